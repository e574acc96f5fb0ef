"""
The rules of a Choice state in JSONPath: comparisons of a variable, and And, Or and Not over them.

AWS: step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from windtunnel.services.stepfunctions.language import paths
from windtunnel.services.stepfunctions.language.failures import runtime
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of
from windtunnel.services.stepfunctions.language.times import moment

Condition = Callable[[Scope], bool]
Comparison = Callable[[Any, Any], bool]


def compiled(rule: dict[str, Any]) -> Condition:
    """Raises InvalidPath, and ValueError for a rule that compares nothing."""
    if "And" in rule:
        parts = [compiled(each) for each in rule["And"]]
        return lambda scope: all(part(scope) for part in parts)
    if "Or" in rule:
        parts = [compiled(each) for each in rule["Or"]]
        return lambda scope: any(part(scope) for part in parts)
    if "Not" in rule:
        inner = compiled(rule["Not"])
        return lambda scope: not inner(scope)
    operator = next((name for name in rule if name in OPERATORS), "")
    if not operator:
        raise ValueError("A Choice rule compares nothing")
    return _comparison(paths.compiled(rule["Variable"]), operator, rule[operator])


def _comparison(path: paths.Path, operator: str, operand: Any) -> Condition:
    if operator == "IsPresent":
        return lambda scope: _is_present(path, scope) is operand
    if operator in _KINDS:
        kind = _KINDS[operator]
        return lambda scope: kind(_value(path, scope, "Variable")) is operand
    compare = OPERATORS[operator]
    if operator.endswith("Path"):
        other = paths.compiled(operand)
        return lambda scope: compare(_value(path, scope, "Variable"), _value(other, scope, operator))
    return lambda scope: compare(_value(path, scope, "Variable"), operand)


def _value(path: paths.Path, scope: Scope, field: str) -> Any:
    try:
        return path.value(scope)
    except paths.NoSuchPath:
        given = scope.context() if path.root == paths.CONTEXT else scope.input
        raise runtime(
            f"Invalid path '{path.text}': The choice state's condition path references an invalid value. "
            f"{field} was not found in the input '{text_of(given)}'"
        ) from None


def _is_present(path: paths.Path, scope: Scope) -> bool:
    try:
        found = path.value(scope)
    except paths.NoSuchPath:
        return False
    return path.simple or found != []


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _time(value: Any) -> datetime | None:
    return moment(value) if isinstance(value, str) else None


def _texts(compare: Comparison) -> Comparison:
    return lambda one, other: isinstance(one, str) and isinstance(other, str) and compare(one, other)


def _numbers(compare: Comparison) -> Comparison:
    return lambda one, other: _number(one) and _number(other) and compare(one, other)


def _times(compare: Comparison) -> Comparison:
    def of_times(one: Any, other: Any) -> bool:
        first, second = _time(one), _time(other)
        return first is not None and second is not None and compare(first, second)

    return of_times


def _like(text: str, pattern: str) -> bool:
    """`*` is any text, `\\*` a star. AWS: the same page, "StringMatches"."""
    parts = re.findall(r"\\.|\*|[^\\*]+|\\", pattern, re.DOTALL)
    return re.fullmatch("".join(_part(part) for part in parts), text, re.DOTALL) is not None


def _part(part: str) -> str:
    if part == "*":
        return ".*"
    return re.escape(part[1:] if len(part) == 2 and part[0] == "\\" and part[1] in "*\\" else part)


_ORDERS: dict[str, Comparison] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "GreaterThan": lambda one, other: one > other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThanEquals": lambda one, other: one >= other,
}
_KINDS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": _number,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _time(value) is not None,
}


def _operators() -> dict[str, Comparison]:
    found: dict[str, Comparison] = {
        "IsPresent": lambda one, other: False,
        **dict.fromkeys(_KINDS, lambda one, other: False),
    }
    for order, compare in _ORDERS.items():
        for kind, of_kind in (("String", _texts), ("Numeric", _numbers), ("Timestamp", _times)):
            found[f"{kind}{order}"] = found[f"{kind}{order}Path"] = of_kind(compare)
    both = _ORDERS["Equals"]
    found["BooleanEquals"] = found["BooleanEqualsPath"] = lambda one, other: (
        isinstance(one, bool) and isinstance(other, bool) and both(one, other)
    )
    found["StringMatches"] = _texts(_like)
    return found


OPERATORS = _operators()
