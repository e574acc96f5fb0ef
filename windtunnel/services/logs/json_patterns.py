"""Filter patterns on JSON events.

{ ($.user.id = 1) && ($.tags[0] = "a*" || $.error IS TRUE) && $.trace NOT EXISTS }
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from windtunnel.services.logs.pattern_values import InvalidPattern, comparison, text_of

Matches = Callable[[str], "dict[str, str] | None"]
Judge = Callable[[Any], bool]
_TOKEN = re.compile(r"""\s*(?:
    (?P<mark>\(|\)|&&|\|\||>=|<=|!=|=|<|>)
  | (?P<selector>\$(?:\.[\w-]+|\.?\[(?:\d+|\*|'[^']*'|"[^"]*")\])*)
  | "(?P<quoted>(?:[^"\\]|\\.)*)"
  | %(?P<expression>[^%]*)%
  | (?P<word>[^\s()&|=<>!"]+)
)""", re.VERBOSE)  # fmt: skip
_STEP = re.compile(r"\.([\w-]+)|\.?\[(?:(\d+)|(\*)|'([^']*)'|\"([^\"]*)\")\]")
_ABSENT = object()


def compiled(text: str) -> Matches:
    """Raises InvalidPattern."""
    if not text.endswith("}"):
        raise InvalidPattern(text)
    parser = _Parser(_tokens(text[1:-1]))
    judge = parser.alternatives()
    if parser.left():
        raise InvalidPattern(text)
    selectors = parser.selectors

    def matches(message: str) -> dict[str, str] | None:
        if "{" not in message:
            return None
        try:
            event = json.loads(message)
        except ValueError:
            return None
        if not isinstance(event, dict) or not judge(event):
            return None
        seen = {name: _values(event, steps) for name, steps in selectors.items()}
        return {name: text_of(values[0]) for name, values in seen.items() if values}

    return matches


Token = tuple[str, str]
Steps = tuple[str | int, ...]


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise InvalidPattern(text)
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return tokens


class _Parser:
    """alternatives := all ('||' all)* ; all := one ('&&' one)* ; one := '(' alternatives ')' | selector test"""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.selectors: dict[str, Steps] = {}

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def alternatives(self) -> Judge:
        judges = [self._all()]
        while self._took("||"):
            judges.append(self._all())
        return judges[0] if len(judges) == 1 else lambda event: any(judge(event) for judge in judges)

    def _all(self) -> Judge:
        judges = [self._one()]
        while self._took("&&"):
            judges.append(self._one())
        return judges[0] if len(judges) == 1 else lambda event: all(judge(event) for judge in judges)

    def _one(self) -> Judge:
        if self._took("("):
            inner = self.alternatives()
            if not self._took(")"):
                raise InvalidPattern("a bracket is not closed")
            return inner
        kind, name = self._next()
        if kind != "selector":
            raise InvalidPattern(name)
        steps = _steps(name)
        self.selectors[name] = steps
        return self._test(steps)

    def _test(self, steps: Steps) -> Judge:
        kind, operator = self._next()
        if kind == "word":
            return self._state(steps, operator.upper())
        value_kind, value = self._next()
        if kind != "mark" or operator in ("(", ")", "&&", "||") or value_kind in ("mark", "selector"):
            raise InvalidPattern(operator)
        test = comparison(operator, _plain(value), value_kind == "quoted", value_kind == "expression")
        if operator == "!=":
            return lambda event: bool(found := _values(event, steps)) and all(map(test, found))
        return lambda event: any(map(test, _values(event, steps)))

    def _state(self, steps: Steps, word: str) -> Judge:
        """`IS NULL`, `IS TRUE`, `IS FALSE`, `EXISTS`, `NOT EXISTS`."""
        if word == "EXISTS":
            return lambda event: bool(_values(event, steps))
        wanted = self._next()[1].upper()
        if word == "NOT" and wanted == "EXISTS":
            return lambda event: not _values(event, steps)
        states = {"NULL": None, "TRUE": True, "FALSE": False}
        if word != "IS" or wanted not in states:
            raise InvalidPattern(word)
        state = states[wanted]
        return lambda event: any(value is state for value in _values(event, steps))

    def _next(self) -> Token:
        if not self.left():
            raise InvalidPattern("the pattern ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _took(self, mark: str) -> bool:
        if self.left() and self._tokens[self._at] == ("mark", mark):
            self._at += 1
            return True
        return False


def _steps(selector: str) -> Steps:
    steps: list[str | int] = []
    for found in _STEP.finditer(selector[1:]):
        name, place, each, single, double = found.groups()
        steps.append(int(place) if place else "*" if each else name or single or double or "")
    if not steps:
        raise InvalidPattern(selector)
    return tuple(steps)


def _values(event: Any, steps: Steps) -> list[Any]:
    """The values that a selector finds; none where there is no such property."""
    found = [event]
    for step in steps:
        found = [inner for value in found for inner in _inside(value, step)]
    return found


def _inside(value: Any, step: str | int) -> list[Any]:
    if isinstance(value, list):
        if step == "*":
            return value
        return [value[step]] if isinstance(step, int) and step < len(value) else []
    if isinstance(value, dict):
        inner = value.get(step, _ABSENT)
        return [] if inner is _ABSENT else [inner]
    return []


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)
