"""Event patterns: EventBridge rules, filter criteria of event source mappings and pipes.

    {"source": ["orders"], "detail": {"total": [{"numeric": [">", 100]}], "state": [{"prefix": "p"}, {"exists": false}]}}

Fields are joined by and, the alternatives of one field by or; `$or` joins whole patterns by or. A pattern is compiled once to a
function of an event. AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

Matches = Callable[[Any], bool]
_ABSENT = object()


class InvalidPattern(ValueError):
    """The pattern is not one; the text says why, in EventBridge's manner."""


def compiled(pattern: str | dict[str, Any]) -> Matches:
    """A function that says whether an event (a JSON object) matches. Raises `InvalidPattern`."""
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError:
            raise InvalidPattern("Event pattern is not valid. Reason: not valid JSON") from None
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPattern("Event pattern is not valid. Reason: Filter is not an object")
    return _object(pattern)


def _object(pattern: dict[str, Any]) -> Matches:
    tests: list[Matches] = []
    for field, wanted in pattern.items():
        if field == "$or":
            if not isinstance(wanted, list) or len(wanted) < 2 or not all(isinstance(w, dict) for w in wanted):
                raise InvalidPattern("Event pattern is not valid. Reason: $or must be a list of at least two objects")
            tests.append(_any([_object(alternative) for alternative in wanted]))
        elif isinstance(wanted, dict):
            if not wanted:
                raise InvalidPattern("Event pattern is not valid. Reason: Empty objects are not allowed")
            tests.append(_inside(field, _object(wanted)))
        elif isinstance(wanted, list):
            if not wanted:
                raise InvalidPattern("Event pattern is not valid. Reason: Empty arrays are not allowed")
            tests.append(_field(field, [_alternative(each) for each in wanted]))
        else:
            raise InvalidPattern(f'Event pattern is not valid. Reason: "{field}" must be an object or an array')
    return lambda event: all(test(event) for test in tests)


def _any(tests: list[Matches]) -> Matches:
    return lambda event: any(test(event) for test in tests)


def _inside(field: str, test: Matches) -> Matches:
    def matches(event: Any) -> bool:
        value = event.get(field) if isinstance(event, dict) else None
        if isinstance(value, list):
            return any(test(each) for each in value)
        return test(value if isinstance(value, dict) else {})

    return matches


def _field(field: str, alternatives: list[Matches]) -> Matches:
    def matches(event: Any) -> bool:
        value = event.get(field, _ABSENT) if isinstance(event, dict) else _ABSENT
        values = value if isinstance(value, list) else [value]
        return any(alternative(each) for alternative in alternatives for each in values or [_ABSENT])

    return matches


def _alternative(wanted: Any) -> Matches:
    if not isinstance(wanted, dict):
        return _equal(wanted)
    if len(wanted) != 1:
        raise InvalidPattern("Event pattern is not valid. Reason: Only one key allowed in match expression")
    [(operator, operand)] = wanted.items()
    make = _OPERATORS.get(operator)
    if make is None:
        raise InvalidPattern(f"Event pattern is not valid. Reason: Unrecognized match type {operator}")
    return make(operand)


def _equal(wanted: Any) -> Matches:
    if isinstance(wanted, bool) or wanted is None:
        return lambda value: value is wanted
    if isinstance(wanted, (int, float)):
        return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value == wanted
    return lambda value: isinstance(value, str) and value == wanted


def _text(operand: Any, operator: str) -> str:
    if not isinstance(operand, str):
        raise InvalidPattern(f"Event pattern is not valid. Reason: {operator} match pattern must be a string")
    return operand


def _affix(operator: str, called: str = "") -> Callable[[Any], Matches]:
    """`called` is how EventBridge calls it inside of anything-but, where it must say something."""

    def make(operand: Any) -> Matches:
        folded = isinstance(operand, dict) and set(operand) == {"equals-ignore-case"} and not called
        text = _text(operand["equals-ignore-case"] if folded else operand, called or operator)
        if called and not text:
            raise InvalidPattern("Event pattern is not valid. Reason: Null prefix/suffix not allowed")
        wanted = text.lower() if folded else text
        method = str.startswith if operator == "prefix" else str.endswith
        return lambda value: isinstance(value, str) and method(value.lower() if folded else value, wanted)

    return make


def _ignoring_case(operand: Any) -> Matches:
    wanted = _text(operand, "equals-ignore-case").lower()
    return lambda value: isinstance(value, str) and value.lower() == wanted


def _exists(operand: Any) -> Matches:
    if not isinstance(operand, bool):
        raise InvalidPattern("Event pattern is not valid. Reason: exists match pattern must be either true or false.")
    return lambda value: (value is not _ABSENT) is operand


def _wildcard(operand: Any) -> Matches:
    text = _text(operand, "wildcard")
    if (at := text.find("**")) >= 0:
        raise InvalidPattern(f"Event pattern is not valid. Reason: Consecutive wildcard characters at pos {at + 1}")
    parts = [re.escape(part) for part in text.split("*")]
    expression = re.compile(".*".join(parts), re.DOTALL)
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _cidr(operand: Any) -> Matches:
    address, slash, bits = _text(operand, "prefix").partition("/")
    if not slash or "/" in bits:
        raise InvalidPattern("Event pattern is not valid. Reason: Malformed CIDR, one '/' required")
    if not bits.isdigit():
        raise InvalidPattern("Event pattern is not valid. Reason: Malformed CIDR, mask bits must be an integer")
    try:
        network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    except ValueError:
        raise InvalidPattern(f"Event pattern is not valid. Reason: Nonstandard IP address: {address}") from None

    def matches(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return matches


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _numeric(operand: Any) -> Matches:
    terms = _numeric_terms(operand)
    pairs = list(zip(terms[::2], terms[1::2], strict=True))

    def matches(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return all(_COMPARISONS[operator](value, bound) for operator, bound in pairs)

    return matches


def _numeric_terms(operand: Any) -> list[Any]:
    """Read term by term, so that what is wrong is named in EventBridge's order."""
    if not isinstance(operand, list):
        raise InvalidPattern("Event pattern is not valid. Reason: Value of numeric must be an array.")
    terms = list(operand)
    first = terms[0] if terms else "]"
    if not terms or not isinstance(first, str):
        raise InvalidPattern(f"Event pattern is not valid. Reason: Invalid member in numeric match: {first}")
    if first not in _COMPARISONS:
        raise InvalidPattern(f"Event pattern is not valid. Reason: Unrecognized numeric range operator: {first}")
    _check_number(terms, 1, "equals" if first == "=" else first)
    if len(terms) == 2:
        return terms
    if first in ("=", "<", "<="):
        raise InvalidPattern("Event pattern is not valid. Reason: Too many elements in numeric expression")
    second = terms[2]
    if not isinstance(second, str):
        raise InvalidPattern(f"Event pattern is not valid. Reason: Bad value in numeric range: {second}")
    if second not in ("<", "<="):
        raise InvalidPattern(f"Event pattern is not valid. Reason: Bad numeric range operator: {second}")
    _check_number(terms, 3, second)
    if len(terms) > 4:
        raise InvalidPattern("Event pattern is not valid. Reason: Too many terms in numeric range expression")
    if terms[3] <= terms[1]:
        raise InvalidPattern("Event pattern is not valid. Reason: Bottom must be less than top")
    return terms


def _check_number(terms: list[Any], at: int, operator: str) -> None:
    value = terms[at] if at < len(terms) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidPattern(f"Event pattern is not valid. Reason: Value of {operator} must be numeric")


_SCALAR = "Event pattern is not valid. Reason: Value of anything-but must be an array or single string/number value."


def _anything_but(operand: Any) -> Matches:
    if isinstance(operand, dict):
        refused = _refused(operand)
    else:
        values = operand if isinstance(operand, list) else [operand]
        if any(value is None or isinstance(value, (bool, dict, list)) for value in values):
            inside = (
                "Event pattern is not valid. Reason: Inside anything but list, start|null|boolean is not supported."
            )
            raise InvalidPattern(inside if isinstance(operand, list) else _SCALAR)
        refused = [_equal(each) for each in values]
    return lambda value: value is not _ABSENT and not any(test(value) for test in refused)


def _refused(operand: dict[str, Any]) -> list[Matches]:
    """The tests of `{"anything-but": {"prefix": …}}`."""
    if len(operand) != 1:
        raise InvalidPattern("Event pattern is not valid. Reason: Only one key allowed in match expression")
    [(operator, inner)] = operand.items()
    make = _INSIDE_ANYTHING_BUT.get(operator)
    if make is None:
        raise InvalidPattern(f"Event pattern is not valid. Reason: Unsupported anything-but pattern: {operator}")
    values = inner if isinstance(inner, list) else [inner]
    if operator == "equals-ignore-case" and not all(isinstance(value, str) for value in values):
        raise InvalidPattern(
            "Event pattern is not valid. Reason: Inside anything-but/equals-ignore-case list, number|start|null|boolean is "
            "not supported."
        )
    if isinstance(inner, dict):
        raise InvalidPattern(_SCALAR)
    return [make(value) for value in values]


_INSIDE_ANYTHING_BUT: dict[str, Callable[[Any], Matches]] = {
    "prefix": _affix("prefix", "prefix/suffix"),
    "suffix": _affix("suffix", "prefix/suffix"),
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
}
_OPERATORS: dict[str, Callable[[Any], Matches]] = {
    "prefix": _affix("prefix"),
    "suffix": _affix("suffix"),
    "equals-ignore-case": _ignoring_case,
    "exists": _exists,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
