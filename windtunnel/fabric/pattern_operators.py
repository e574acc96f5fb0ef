"""What an alternative of a field may ask for in an event pattern: `{"prefix": …}`, `{"numeric": […]}` and the others."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from windtunnel.fabric.pattern_tokens import InvalidPattern, Tokens
from windtunnel.fabric.wildcards import TOO_COMPLEX, Wildcard, WrongWildcard

Matches = Callable[[Any], bool]
ABSENT = object()
LARGEST_NUMBER = 5e9
RESERVED = frozenset(
    ["exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
     "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
     "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"]
)  # fmt: skip
_ONE_KEY = "Only one key allowed in match expression"
_TOO_MANY = "Too many elements in numeric expression"
_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")


def expression(tokens: Tokens) -> Matches:
    """The test that an object among the alternatives of a field describes; its bracket has been read. Raises InvalidPattern."""
    if tokens.next() != "name":
        tokens.fail("Match expression name not found")
    operator = tokens.text
    make = _OPERATORS.get(operator)
    if make is None:
        tokens.fail(f"Unrecognized match type {operator}")
    return make(tokens)


def equal(wanted: Any) -> Matches:
    if isinstance(wanted, bool) or wanted is None:
        return lambda value: value is wanted
    if isinstance(wanted, (int, float)):
        return lambda value: _is_number(value) and value == wanted
    return lambda value: isinstance(value, str) and value == wanted


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _end(tokens: Tokens, otherwise: str = _ONE_KEY) -> None:
    if tokens.next() != "}":
        tokens.fail(otherwise)


def _string(tokens: Tokens, called: str) -> str:
    if tokens.next() != "string":
        tokens.fail(f"{called} match pattern must be a string")
    return tokens.text


def _exactly(tokens: Tokens) -> Matches:
    text = _string(tokens, "exact")
    _end(tokens)
    return equal(text)


def _affix(operator: str) -> Callable[[Tokens], Matches]:
    def make(tokens: Tokens) -> Matches:
        if tokens.next() == "{":
            return _folded_affix(tokens, operator)
        if tokens.kind != "string":
            tokens.fail(f"{operator} match pattern must be a string")
        test = _with_affix(operator, tokens.text)
        _end(tokens)
        return test

    return make


def _folded_affix(tokens: Tokens, operator: str) -> Matches:
    if tokens.next() != "name":
        tokens.fail(f"{operator.capitalize()} expression name not found")
    if (inner := tokens.text) != "equals-ignore-case":
        tokens.fail(f"Unsupported {operator} pattern: {inner}")
    test = _with_affix(operator, _string(tokens, "equals-ignore-case").lower())
    _end(tokens)
    _end(tokens)
    return lambda value: isinstance(value, str) and test(value.lower())


def _with_affix(operator: str, text: str) -> Matches:
    method = str.startswith if operator == "prefix" else str.endswith
    return lambda value: isinstance(value, str) and method(value, text)


def _ignoring_case(text: str) -> Matches:
    wanted = text.lower()
    return lambda value: isinstance(value, str) and value.lower() == wanted


def _equals_ignore_case(tokens: Tokens) -> Matches:
    text = _string(tokens, "equals-ignore-case")
    _end(tokens)
    return _ignoring_case(text)


def _exists(tokens: Tokens) -> Matches:
    kind = tokens.next()
    if kind not in ("true", "false"):
        tokens.fail("exists match pattern must be either true or false.")
    _end(tokens)
    wanted = kind == "true"
    return lambda value: (value is not ABSENT) is wanted


def _wildcard(tokens: Tokens) -> Matches:
    text = _string(tokens, "wildcard")
    test = _with_wildcards(tokens, text)
    _end(tokens)
    return test


def _with_wildcards(tokens: Tokens, text: str) -> Matches:
    try:
        wildcard = Wildcard(text)
    except WrongWildcard as wrong:
        tokens.fail(str(wrong))
    if wildcard.is_too_complex():
        raise InvalidPattern(TOO_COMPLEX)
    return lambda value: isinstance(value, str) and wildcard.matches(value)


def _cidr(tokens: Tokens) -> Matches:
    address, bits = _address_and_bits(_string(tokens, "prefix"))
    if not (_IPV4.fullmatch(address) or _IPV6.fullmatch(address)):
        raise InvalidPattern(f"Nonstandard IP address: {address}")
    try:
        network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    except ValueError:
        version = "IPv6 mask bits must be < 128" if ":" in address else "IPv4 mask bits must be < 32"
        many = bits > (128 if ":" in address else 32)
        raise InvalidPattern(version if many else f"Invalid IP address: {address}") from None
    _end(tokens)

    def matches(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return matches


def _address_and_bits(text: str) -> tuple[str, int]:
    parts = text.rstrip("/").split("/")
    if len(parts) != 2:
        raise InvalidPattern("Malformed CIDR, one '/' required")
    try:
        bits = int(parts[1])
    except ValueError:
        raise InvalidPattern("Malformed CIDR, mask bits must be an integer") from None
    if bits < 0:
        raise InvalidPattern("Malformed CIDR, mask bits must not be negative")
    return parts[0], bits


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _numeric(tokens: Tokens) -> Matches:
    if tokens.next() != "[":
        tokens.fail("Value of numeric must be an array.")
    bounds = _bounds(tokens)
    try:
        checked = [(operator, _number(text)) for operator, text in bounds]
        if len(checked) == 2 and checked[1][1] <= checked[0][1]:
            raise InvalidPattern("Bottom must be less than top")
    except InvalidPattern as wrong:
        tokens.fail(str(wrong))
    _end(tokens, _TOO_MANY)
    pairs = [(_COMPARISONS[operator], bound) for operator, bound in checked]
    return lambda value: _is_number(value) and all(holds(value, bound) for holds, bound in pairs)


def _bounds(tokens: Tokens) -> list[tuple[str, str]]:
    """Operators with their numbers, to the end of the list."""
    if tokens.next() != "string":
        tokens.fail(f"Invalid member in numeric match: {tokens.text}")
    first = tokens.text
    tokens.next()
    if first not in _COMPARISONS:
        tokens.fail(f"Unrecognized numeric range operator: {first}")
    if tokens.kind != "number":
        tokens.fail(f"Value of {'equals' if first == '=' else first} must be numeric")
    bounds = [(first, tokens.text)]
    if tokens.next() == "]":
        return bounds
    if first in ("=", "<", "<="):
        tokens.fail(_TOO_MANY)
    if tokens.kind != "string":
        tokens.fail(f"Bad value in numeric range: {tokens.text}")
    if (second := tokens.text) not in ("<", "<="):
        tokens.fail(f"Bad numeric range operator: {second}")
    if tokens.next() != "number":
        tokens.fail(f"Value of {second} must be numeric")
    bounds.append((second, tokens.text))
    if tokens.next() != "]":
        tokens.fail("Too many terms in numeric range expression")
    return bounds


def _number(text: str) -> float:
    """AWS: eventbridge/latest/userguide/eb-create-pattern-operators.html, "Numeric matching"."""
    number = float(text)
    if not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
        raise InvalidPattern("Value must be between -5.0E9 and 5.0E9, inclusive")
    return number


def _anything_but(tokens: Tokens) -> Matches:
    operator = ""
    if tokens.next() == "{":
        if tokens.next() != "name":
            tokens.fail("Anything-But expression name not found")
        if (operator := tokens.text) not in ("equals-ignore-case", "prefix", "suffix", "wildcard"):
            tokens.fail(f"Unsupported anything-but pattern: {operator}")
        tokens.next()
    if tokens.kind not in ("[", "string", "number"):
        tokens.fail("Value of anything-but must be an array or single string/number value.")
    values = _listed(tokens, operator) if tokens.kind == "[" else [_refused_value(tokens, operator)]
    if not operator and len({type(value) for value in values}) != 1:
        tokens.fail("Inside anything but list, either all values are number or string, mixed type is not supported")
    refused = [_refusal(tokens, operator, value) for value in values]
    _end(tokens, _TOO_MANY)
    if operator:
        _end(tokens, _TOO_MANY)
    return lambda value: value is not ABSENT and not any(test(value) for test in refused)


def _listed(tokens: Tokens, operator: str) -> list[str | float]:
    values = []
    try:
        while tokens.next() != "]":
            values.append(_refused_value(tokens, operator))
    except InvalidPattern as wrong:
        tokens.fail(str(wrong))  # AWS names the place twice
    return values


def _refused_value(tokens: Tokens, operator: str) -> str | float:
    if tokens.kind == "number" and not operator:
        return _number(tokens.text)
    if tokens.kind != "string":
        tokens.fail(_MUST_BE_TEXT[operator])
    text = tokens.text
    if not text and operator in ("prefix", "suffix"):
        tokens.fail("Null prefix/suffix not allowed")
    return text


_MUST_BE_TEXT = {
    "": "Inside anything but list, start|null|boolean is not supported.",
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
}


def _refusal(tokens: Tokens, operator: str, value: Any) -> Matches:
    if operator == "wildcard":
        return _with_wildcards(tokens, value)
    if operator == "equals-ignore-case":
        return _ignoring_case(value)
    return _with_affix(operator, value) if operator else equal(value)


_OPERATORS: dict[str, Callable[[Tokens], Matches]] = {
    "exactly": _exactly,
    "prefix": _affix("prefix"),
    "suffix": _affix("suffix"),
    "equals-ignore-case": _equals_ignore_case,
    "exists": _exists,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
