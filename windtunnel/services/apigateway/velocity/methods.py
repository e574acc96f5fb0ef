"""What values of a template can do: the methods of Java's strings, lists and maps that templates use, and operators."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import msgspec


class Items(list[Any]):
    """A list that a template made itself; it is shown as Java shows one. Those of JSON are shown as JSON."""


class Absent(str):
    """The empty text that stands for something asked of `$input` that is not there; false as a condition."""


@runtime_checkable
class Tool(Protocol):
    """`$input` and `$util`: a value with methods of its own."""

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any: ...
    def get(self, name: str) -> Any: ...


def shown(value: Any) -> str:
    """A value in the text of a template."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_inner(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Items):
        return "[" + ", ".join(map(_inner, value)) + "]"
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    return str(value)


def _inner(value: Any) -> str:
    return "null" if value is None else shown(value)


def called(value: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """What a method gives; None where the value has no such method, or not with these arguments."""
    methods = _METHODS.get(next((kind for kind in _METHODS if isinstance(value, kind)), object), {})
    method = methods.get(name) or _OF_ALL.get(name)
    if method is None:
        return None
    try:
        return method(value, *arguments)
    except (TypeError, ValueError, IndexError, KeyError, re.error):
        return None


def combined(operator: str, left: Any, right: Any) -> Any:
    """What an operator that looks at both its sides gives."""
    if operator in ("==", "!="):
        return _equal(left, right) == (operator == "==")
    numbers = _is_number(left) and _is_number(right)
    if operator == "+" and not numbers:
        return shown(left) + shown(right)
    if not numbers:
        same = isinstance(left, str) and isinstance(right, str) and operator in _COMPARING
        return _COMPARING[operator](left, right) if same else None
    if operator in _COMPARING:
        return _COMPARING[operator](left, right)
    if operator in "/%" and not right:
        return None
    return _COUNTING[operator](left, right)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if type(left) is type(right) or (_is_number(left) and _is_number(right)):
        return bool(left == right)
    return shown(left) == shown(right)


def _divided(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        whole = abs(left) // abs(right)
        return whole if (left < 0) == (right < 0) else -whole
    return left / right


_COMPARING: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_COUNTING: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "%": lambda a, b: a - b * _divided(a, b) if isinstance(a, int) and isinstance(b, int) else a % b,
}


def _replacement(text: str) -> str:
    """A replacement as Java writes it, as Python does."""
    return re.sub(
        r"\\(.)|\$(\d)", lambda found: rf"\g<{found[2]}>" if found[2] else found[1].replace("\\", "\\\\"), text
    )


def _split(text: str, pattern: str, limit: int = 0) -> Items:
    parts = re.split(pattern, text, maxsplit=max(limit - 1, 0))
    while limit == 0 and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return Items(parts)


def _put(values: dict[Any, Any], key: Any, value: Any) -> Any:
    before = values.get(key)
    values[key] = value
    return before


def _add(items: list[Any], *arguments: Any) -> bool:
    items.insert(arguments[0] if len(arguments) > 1 else len(items), arguments[-1])
    return True


def _set(items: list[Any], index: int, value: Any) -> Any:
    before = items[index]
    items[index] = value
    return before


def _at(items: list[Any], index: Any) -> Any:
    return items[int(index)]


def _entries(values: Mapping[Any, Any]) -> Items:
    return Items({"key": key, "value": value} for key, value in values.items())


_OF_ALL: dict[str, Callable[..., Any]] = {
    "toString": shown,
    "equals": lambda value, other: type(value) is type(other) and value == other,
}
_METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    str: {
        "length": len,
        "isEmpty": lambda text: not text,
        "contains": lambda text, part: part in text,
        "startsWith": str.startswith,
        "endsWith": str.endswith,
        "indexOf": str.find,
        "lastIndexOf": str.rfind,
        "substring": lambda text, start, end=None: text[start : len(text) if end is None else end],
        "charAt": lambda text, index: text[index],
        "concat": lambda text, other: text + other,
        "replace": lambda text, old, new: text.replace(old, new),
        "replaceAll": lambda text, pattern, new: re.sub(pattern, _replacement(new), text),
        "replaceFirst": lambda text, pattern, new: re.sub(pattern, _replacement(new), text, count=1),
        "matches": lambda text, pattern: re.fullmatch(pattern, text) is not None,
        "split": _split,
        "trim": str.strip,
        "toLowerCase": str.lower,
        "toUpperCase": str.upper,
        "equalsIgnoreCase": lambda text, other: text.lower() == other.lower(),
    },
    Mapping: {  # type: ignore[type-abstract]
        "get": lambda values, key: values.get(key),
        "getOrDefault": lambda values, key, default: values.get(key, default),
        "put": _put,
        "putAll": lambda values, others: values.update(others),
        "remove": lambda values, key: values.pop(key, None),
        "containsKey": lambda values, key: key in values,
        "containsValue": lambda values, value: value in values.values(),
        "keySet": lambda values: Items(values),
        "values": lambda values: Items(values.values()),
        "entrySet": _entries,
        "size": len,
        "isEmpty": lambda values: not values,
        "getKey": lambda values: values.get("key"),
        "getValue": lambda values: values.get("value"),
    },
    list: {
        "get": _at,
        "set": _set,
        "add": _add,
        "addAll": lambda items, others: items.extend(others) or True,
        "remove": lambda items, index: items.pop(index),
        "contains": lambda items, item: item in items,
        "indexOf": lambda items, item: items.index(item) if item in items else -1,
        "size": len,
        "isEmpty": lambda items: not items,
    },
    int: {
        "parseInt": lambda _, text: int(text),
        "parseDouble": lambda _, text: float(text),
        "intValue": int,
        "longValue": int,
        "doubleValue": float,
    },
    float: {"intValue": int, "longValue": int, "doubleValue": float},
}
