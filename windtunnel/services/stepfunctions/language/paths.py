"""
Paths: `$.a.b[0]`, `$$.Execution.Id`, `$variable.x`, and JSONPath with filters, slices and wildcards.

    path = paths.compiled("$.order.items[0]");  path.value(scope);  path.put(target, value)

A reference path is a getter of our own. What is more than that goes to python-jsonpath, loaded then. As on AWS (whose dialect is
Jayway's) a path that may find several nodes gives a list, also an empty one; a path to one node fails where the node is not there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from windtunnel.services.stepfunctions.language.scopes import Scope

_STEP = re.compile(
    r"""\.(?P<name>[^\s.\[\]()*?,:'"]+)|\[(?P<index>-?\d+)\]|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\["(?P<double>(?:[^"\\]|\\.)*)"\]"""
)
_ROOT = re.compile(r"\$\$|\$[A-Za-z_][A-Za-z0-9_]*|\$")
_FUNCTION = re.compile(r"\.(length|min|max|avg|sum|stddev)\(\)$")
_ESCAPE = re.compile(r"\\(.)")
INPUT, CONTEXT = "$", "$$"


class NoSuchPath(Exception):
    """The path finds nothing; the text is Jayway's."""


class InvalidPath(ValueError):
    """The text is no path."""


class Path:
    """A compiled path. `root` is `$`, `$$` or the name of a variable."""

    __slots__ = ("_function", "_query", "root", "simple", "steps", "text")

    def __init__(self, text: str) -> None:
        found = _ROOT.match(text)
        if found is None:
            raise InvalidPath(f"{text} is not a valid path")
        self.text = text
        start = found[0]
        self.root = start if start in (INPUT, CONTEXT) else start[1:]
        self.steps: tuple[str | int, ...] = ()
        self.simple = True
        self._function = ""
        self._query: Any = None
        rest = text[found.end() :]
        if ending := _FUNCTION.search(rest):
            self._function, rest = ending[1], rest[: ending.start()]
        steps = _steps(rest)
        if steps is None:
            self.simple = False
            self._query = _query("$" + rest)
        else:
            self.steps = steps

    @property
    def variable(self) -> str:
        """The variable that it starts at, if it does."""
        return "" if self.root in (INPUT, CONTEXT) else self.root

    def value(self, scope: Scope) -> Any:
        """What it finds. Raises NoSuchPath."""
        if self.root == INPUT:
            return self.of(scope.input)
        if self.root == CONTEXT:
            return self.of(scope.context())
        if self.root not in scope.variables:
            raise NoSuchPath(f"No results for path: $['{self.root}']")
        return self.of(scope.variables[self.root])

    def of(self, document: Any) -> Any:
        """What it finds in this document, whatever its root. Raises NoSuchPath."""
        if self._query is not None:
            try:
                found = [match.obj for match in self._query.finditer(document)]
            except (TypeError, KeyError, IndexError):
                found = []
        else:
            found = document
            for at, step in enumerate(self.steps):
                try:
                    if type(step) is int:
                        if type(found) is not list:
                            raise KeyError
                        found = found[step]
                    else:
                        if type(found) is not dict:
                            raise KeyError
                        found = found[step]
                except (KeyError, IndexError):
                    raise NoSuchPath(self._missing(found, at)) from None
        return _applied(self._function, found) if self._function else found

    def put(self, target: Any, value: Any) -> Any:
        """The target with the value at this place; what is on the way is copied, what is missing is made."""
        return _put(target, self.steps, value)

    def _missing(self, found: Any, at: int) -> str:
        place = "$" + "".join(_shown(step) for step in self.steps[: at + 1])
        before = "$" + "".join(_shown(step) for step in self.steps[:at])
        step = self.steps[at]
        if type(step) is int:
            if type(found) is list:
                return f"Index out of bounds when evaluating path {place}"
            return f"Filter: [{step}] can only be applied to arrays. Current context is: {_kind(found)}"
        if type(found) is dict:
            if at == len(self.steps) - 1:
                return f"No results for path: {place}"
            return f"Missing property in path {place}"
        kind = _kind(found)
        return (
            f"Expected to find an object with property ['{step}'] in path {before} but found '{kind}'. "
            "This is not a json object according to the JsonProvider: "
            "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
        )


@lru_cache(maxsize=4096)
def compiled(text: str) -> Path:
    """Raises InvalidPath."""
    return Path(text)


def _steps(rest: str) -> tuple[str | int, ...] | None:
    """None where it is more than a reference path."""
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            return None
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["name"] is not None:
            steps.append(found["name"])
        else:
            quoted = found["single"] if found["single"] is not None else found["double"]
            steps.append(_ESCAPE.sub(r"\1", quoted))
        at = found.end()
    return tuple(steps)


def _query(text: str) -> Any:
    import jsonpath

    try:
        return jsonpath.compile(text)
    except (jsonpath.JSONPathError, ValueError):
        raise InvalidPath(f"{text} is not a valid path") from None


def _applied(function: str, found: Any) -> Any:
    if function == "length":
        if not isinstance(found, (list, dict, str)):
            raise NoSuchPath("Function length() can only be applied to arrays, objects and strings")
        return len(found)
    numbers = [float(each) for each in found] if isinstance(found, list) and found else []
    if not numbers:
        raise NoSuchPath(f"Aggregation function attempted to calculate value using empty array: {function}()")
    if function == "min":
        return min(numbers)
    if function == "max":
        return max(numbers)
    mean = sum(numbers) / len(numbers)
    if function == "avg":
        return mean
    if function == "sum":
        return sum(numbers)
    return float((sum((each - mean) ** 2 for each in numbers) / len(numbers)) ** 0.5)


def _put(target: Any, steps: tuple[str | int, ...], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if not isinstance(target, list) or not -len(target) <= step < len(target):
            raise NoSuchPath(f"Index out of bounds when evaluating path $[{step}]")
        changed = list(target)
        changed[step] = _put(target[step], rest, value)
        return changed
    kept = dict(target) if isinstance(target, dict) else {}
    kept[step] = _put(kept.get(step), rest, value)
    return kept


def _shown(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f"['{step}']"


def _kind(value: Any) -> str:
    """How Jackson's tree calls what is there."""
    if value is None:
        return "com.fasterxml.jackson.databind.node.NullNode"
    if isinstance(value, bool):
        return "com.fasterxml.jackson.databind.node.BooleanNode"
    if isinstance(value, str):
        return "com.fasterxml.jackson.databind.node.TextNode"
    if isinstance(value, int):
        return "com.fasterxml.jackson.databind.node.IntNode"
    if isinstance(value, float):
        return "com.fasterxml.jackson.databind.node.DoubleNode"
    if isinstance(value, list):
        return "com.fasterxml.jackson.databind.node.ArrayNode"
    return "com.fasterxml.jackson.databind.node.ObjectNode"
