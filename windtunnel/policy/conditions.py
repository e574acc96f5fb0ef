"""
Conditions of statements: operators on condition keys.

    "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["cost*", "team"]}
     quantifier  operator  lenient     key             any of these

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from windtunnel.policy.wildcards import Context, Pattern

Comparison = Callable[[str, Context], bool]
"""Whether a value of the request is what one value of the policy asks for."""

_FOR_ALL = "ForAllValues:"
_FOR_ANY = "ForAnyValue:"
_IF_EXISTS = "IfExists"
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


class Test:
    """One operator on one key."""

    __slots__ = ("_comparisons", "_lenient", "_negated", "_null", "_quantifier", "key")

    def __init__(self, name: str, key: str, values: list[str], variables: bool) -> None:
        """Raises ValueError for an operator that there is not, or a value that it cannot use."""
        self.key = key.lower()
        self._quantifier = next((each for each in (_FOR_ALL, _FOR_ANY) if name.startswith(each)), "")
        name = name[len(self._quantifier) :]
        self._lenient = name.endswith(_IF_EXISTS)
        name = name.removesuffix(_IF_EXISTS)
        self._null: bool | None = None
        if name == "Null":
            self._null = any(value.lower() == "true" for value in values)
        self._negated = "Not" in name
        compare = _comparison(name.replace("Not", ""))
        self._comparisons = () if self._null is not None else tuple(compare(value, variables) for value in values)

    def holds(self, context: Context) -> bool:
        found = context.get(self.key)
        if self._null is not None:
            return (found is None) is self._null
        if found is None:
            return self._lenient or self._quantifier == _FOR_ALL or (self._negated and not self._quantifier)
        values = (found,) if isinstance(found, str) else found
        every = self._quantifier == _FOR_ALL or (self._negated and not self._quantifier)
        if every:
            return all(self._suits(value, context) for value in values)
        return any(self._suits(value, context) for value in values)

    def _suits(self, value: str, context: Context) -> bool:
        return any(compare(value, context) for compare in self._comparisons) is not self._negated


def tests(block: Any, variables: bool) -> tuple[Test, ...]:
    """The tests of a Condition element, all of which must hold. Raises ValueError."""
    if not isinstance(block, dict):
        raise ValueError("a Condition is an object of operators")
    found = []
    for name, keys in block.items():
        if not isinstance(keys, dict):
            raise ValueError(f"{name} needs condition keys")
        for key, given in keys.items():
            values = given if isinstance(given, list) else [given]
            found.append(Test(name, key, [_text(value) for value in values], variables))
    return tuple(found)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ValueError(f"{value!r} is not a value of a condition")


def _comparison(name: str) -> Callable[[str, bool], Comparison]:
    """For one operator: from a value of the policy to the comparison with it."""
    for family, make in _FAMILIES.items():
        if name.startswith(family):
            return lambda value, variables: make(name[len(family) :], value, variables)
    if name == "Null":
        return lambda value, variables: lambda found, context: False
    raise ValueError(f"{name} is not an operator of conditions")


def _string(kind: str, value: str, variables: bool) -> Comparison:
    if kind not in ("Equals", "EqualsIgnoreCase", "Like"):
        raise ValueError(f"String{kind} is not an operator of conditions")
    return Pattern(value, variables, wild=kind == "Like", any_case=kind == "EqualsIgnoreCase").fits


def _arn(kind: str, value: str, variables: bool) -> Comparison:
    if kind not in ("Equals", "Like"):
        raise ValueError(f"Arn{kind} is not an operator of conditions")
    return Pattern(value, variables, arn=True).fits


def _ordered(family: str, read: Callable[[str], float]) -> Callable[[str, str, bool], Comparison]:
    def make(kind: str, value: str, variables: bool) -> Comparison:
        if kind not in _ORDERS:
            raise ValueError(f"{family}{kind} is not an operator of conditions")
        order, wanted = _ORDERS[kind], read(value)

        def compare(found: str, context: Context) -> bool:
            try:
                return order(read(found), wanted)
            except ValueError:
                return False

        return compare

    return make


def _moment(text: str) -> float:
    """A date as ISO 8601 writes it, or seconds since the epoch."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _bool(kind: str, value: str, variables: bool) -> Comparison:
    if kind:
        raise ValueError(f"Bool{kind} is not an operator of conditions")
    wanted = value.lower()
    return lambda found, context: found.lower() == wanted


def _binary(kind: str, value: str, variables: bool) -> Comparison:
    if kind != "Equals":
        raise ValueError(f"Binary{kind} is not an operator of conditions")
    try:
        wanted = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError(f"{value!r} is not base64") from None

    def compare(found: str, context: Context) -> bool:
        try:
            return base64.b64decode(found, validate=True) == wanted
        except (binascii.Error, ValueError):
            return False

    return compare


def _address(kind: str, value: str, variables: bool) -> Comparison:
    if kind:
        raise ValueError(f"IpAddress{kind} is not an operator of conditions")
    network = ipaddress.ip_network(value, strict=False)

    def compare(found: str, context: Context) -> bool:
        try:
            return ipaddress.ip_address(found) in network
        except ValueError:
            return False

    return compare


_FAMILIES: dict[str, Callable[[str, str, bool], Comparison]] = {
    "String": _string,
    "Arn": _arn,
    "Numeric": _ordered("Numeric", float),
    "Date": _ordered("Date", _moment),
    "Bool": _bool,
    "Binary": _binary,
    "IpAddress": _address,
}
