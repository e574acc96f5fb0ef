"""What the values in filter patterns are, and how they compare with those of an event: numbers, words with `*`, expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Test = Callable[[Any], bool]


class InvalidPattern(ValueError):
    """The text is no filter pattern."""


_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def comparison(operator: str, value: str, quoted: bool, expression: bool = False) -> Test:
    """A test of a value of an event. Raises InvalidPattern."""
    if operator in (">", ">=", "<", "<="):
        if quoted or not _NUMBER.fullmatch(value):
            raise InvalidPattern(value)
        return _ordered(operator, float(value))
    same = _same(value, quoted, expression)
    return same if operator == "=" else lambda actual: not same(actual)


def text_of(value: Any) -> str:
    """A value of a JSON event as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _same(value: str, quoted: bool, expression: bool) -> Test:
    if expression:
        try:
            search = re.compile(value).search
        except re.error:
            raise InvalidPattern(value) from None
        return lambda actual: isinstance(actual, str) and search(actual) is not None
    if not quoted and _NUMBER.fullmatch(value):
        number = float(value)
        return lambda actual: _number(actual) == number
    if "*" in value:
        fits = re.compile(".*".join(map(re.escape, value.split("*"))), re.DOTALL).fullmatch
        return lambda actual: _simple(actual) and fits(text_of(actual)) is not None
    return lambda actual: _simple(actual) and text_of(actual) == value


def _ordered(operator: str, limit: float) -> Test:
    def test(actual: Any) -> bool:
        number = _number(actual)
        if number is None:
            return False
        if operator[0] == ">":
            return number > limit or (number == limit and operator == ">=")
        return number < limit or (number == limit and operator == "<=")

    return test


def _simple(actual: Any) -> bool:
    return actual is not None and not isinstance(actual, (dict, list))


def _number(actual: Any) -> float | None:
    if isinstance(actual, bool):
        return None
    if isinstance(actual, (int, float)):
        return float(actual)
    return float(actual) if isinstance(actual, str) and _NUMBER.fullmatch(actual) else None
