"""Patch operations: how the Update calls of REST APIs say what to change.

AWS: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.aws.errors import ApiError

Convert = Callable[[Any], Any]
Wrong = Callable[[str, str], ApiError]


def truth(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def text(value: Any) -> str:
    return str(value)


def invalid(path: str, op: str) -> ApiError:
    return ApiError("BadRequestException", f"Invalid patch path {path}")


def patched(
    members: dict[str, Any],
    operations: list[dict[str, str]] | None,
    plain: dict[str, Convert],
    maps: dict[str, Convert] | None = None,
    lists: frozenset[str] = frozenset(),
    wrong: Wrong = invalid,
    unknown: Callable[[str], ApiError] | None = None,
) -> dict[str, Any]:
    """
    The members after the operations. `plain` are paths of single values, `maps` members with a key after the slash, `lists`
    members whose elements stand after the slash. Raises what `wrong` makes of a path and an operation that fit nothing.
    """
    changed = dict(members)
    for operation in operations or ():
        op, path, value = operation.get("op", ""), operation.get("path"), operation.get("value")
        if path is None:
            raise ApiError("BadRequestException", "Invalid patch path null")
        name, slash, rest = path.lstrip("/").partition("/")
        key = rest.replace("~1", "/").replace("~0", "~")
        if f"/{name}" in plain and not slash and op in ("replace", "add", "remove"):
            _set(changed, name, None if op == "remove" else plain[f"/{name}"](value))
        elif maps and name in maps and key and op in ("replace", "add", "remove"):
            inner = dict(changed.get(name) or {})
            if op != "add" and key not in inner and unknown is not None:
                raise unknown(name)
            _set(inner, key, None if op == "remove" else maps[name](value))
            changed[name] = inner
        elif name in lists and key and op in ("replace", "add", "remove"):
            items = [item for item in changed.get(name) or () if item != key]
            new = key if op == "add" else (value or "").replace("~1", "/") if op == "replace" else ""
            changed[name] = [*items, new] if new else items
        else:
            raise wrong(path, op)
    return changed


def _set(members: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        members.pop(name, None)
    else:
        members[name] = value
