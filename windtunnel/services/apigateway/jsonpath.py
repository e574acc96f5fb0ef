"""The JSONPath expressions of mapping templates: `$.orders[0].lines[*].sku`, `$..id`, `$.books[?(@.price < 10)]`."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable
from typing import Any

import msgspec

MISSING = object()
_TOKEN = re.compile(
    r"\.\.(?P<deep>[\w$-]+|\*)|\.(?P<name>[\w$-]+(?:\(\))?|\*)"
    r"|\[(?:(?P<quoted>(?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*)|(?P<all>\*)|(?P<indexes>-?\d+(?:\s*,\s*-?\d+)*)"
    r"|(?P<slice>-?\d*:-?\d*)|\?\((?P<filter>.*?)\))\]"
)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_FILTER = re.compile(r"\s*@((?:\.[\w-]+|\['[^']*'\])*)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
Select = Callable[[list[Any]], list[Any]]


def picked(document: Any, path: str) -> Any:
    """What the path names: the value, a list for a path that can name several, MISSING where nothing is there."""
    compiled = _compiled(path)
    if compiled is None:
        return MISSING
    steps, several = compiled
    found = [document]
    for step in steps:
        found = step(found)
    if several:
        return found
    return found[0] if found else MISSING


@functools.lru_cache(maxsize=512)
def _compiled(path: str) -> tuple[list[Select], bool] | None:
    """The steps of a path, and whether it can name several values; None for one that is not understood."""
    rest = path.strip()
    rest = rest[1:] if rest.startswith("$") else f".{rest}"
    steps: list[Select] = []
    several = False
    at = 0
    while at < len(rest):
        found = _TOKEN.match(rest, at)
        if found is None:
            return None
        step, many = _step(found)
        steps.append(step)
        several = several or many
        at = found.end()
    return steps, several


def _step(token: re.Match[str]) -> tuple[Select, bool]:
    if token["deep"] is not None:
        name = token["deep"]
        return (lambda found: [v for each in found for v in _below(each, name)]), True
    if token["name"] == "*" or token["all"] is not None:
        return (lambda found: [v for each in found for v in _children(each)]), True
    if token["name"] == "length()":
        return (lambda found: [len(each) for each in found if isinstance(each, (list, dict, str))]), False
    if token["name"] is not None:
        return _members([token["name"]])
    if token["quoted"] is not None:
        return _members([single or double for single, double in _QUOTED.findall(token["quoted"])])
    if token["indexes"] is not None:
        numbers = [int(each) for each in token["indexes"].split(",")]
        return (lambda found: [v for each in found for n in numbers for v in _item(each, n)]), len(numbers) > 1
    if token["slice"] is not None:
        start, end = (int(part) if part else None for part in token["slice"].split(":"))
        return (lambda found: [v for each in found if isinstance(each, list) for v in each[start:end]]), True
    wanted = _filter(token["filter"])
    return (lambda found: [v for each in found for v in _children(each) if wanted(v)]), True


def _members(names: list[str]) -> tuple[Select, bool]:
    def select(found: list[Any]) -> list[Any]:
        return [each[name] for each in found if isinstance(each, dict) for name in names if name in each]

    return select, len(names) > 1


def _item(value: Any, index: int) -> list[Any]:
    return [value[index]] if isinstance(value, list) and -len(value) <= index < len(value) else []


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _below(value: Any, name: str) -> list[Any]:
    own = _children(value) if name == "*" else [value[name]] if isinstance(value, dict) and name in value else []
    return [*own, *(found for child in _children(value) for found in _below(child, name))]


def _filter(text: str) -> Callable[[Any], bool]:
    found = _FILTER.fullmatch(text)
    if found is None:
        return lambda _: False
    path, sign, literal = f"${found[1]}", found[2], found[3]
    if sign is None:
        return lambda value: picked(value, path) is not MISSING
    quoted = _QUOTED.fullmatch(literal)
    wanted = (quoted[1] or quoted[2] or "") if quoted is not None else _plain(literal)
    compare = _COMPARE[sign]

    def holds(value: Any) -> bool:
        given = picked(value, path)
        try:
            return given is not MISSING and compare(given, wanted)
        except TypeError:
            return False

    return holds


def _plain(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
