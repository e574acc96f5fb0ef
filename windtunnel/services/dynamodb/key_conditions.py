"""
What a query asks of the key: one partition, and a range of its sort keys.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from windtunnel.kernel.orders import TOP, Place
from windtunnel.services.dynamodb import keys, legacy
from windtunnel.services.dynamodb.expressions.nodes import (
    Among,
    Between,
    Both,
    Call,
    Comparison,
    Either,
    Literal,
    Negation,
    Path,
)
from windtunnel.services.dynamodb.values import Value, invalid, sortable

_KIND = "Invalid KeyConditionExpression: "
_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NOT_SUPPORTED = "Query key condition not supported"


class KeyRange(NamedTuple):
    """Places from `low` (inclusive) to `high` (exclusive)."""

    low: Place
    high: Place


class _Condition(NamedTuple):
    name: str
    operator: str  # =, <, <=, >, >=, BETWEEN, begins_with
    values: tuple[Value, ...]


def key_range(condition: Any, keyed: keys.Keyed, types: dict[str, str]) -> KeyRange:
    """The range that a resolved condition means. Raises ValidationException for one that is not on the key alone."""
    found: dict[str, _Condition] = {}
    for each in flat(condition):
        one = _simple(each)
        if one.name in found:
            raise invalid(_KIND + "KeyConditionExpressions must only contain one condition per key")
        found[one.name] = one
    return _range(found, keyed, types)


def of_legacy(wishes: dict[str, Any], keyed: keys.Keyed, types: dict[str, str]) -> KeyRange:
    """The range that `KeyConditions` mean."""
    found = {}
    for name, wish in wishes.items():
        if wish["ComparisonOperator"] not in ("EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN"):
            raise invalid("Attempted conditional constraint is not an indexable operation")
        found[name] = _simple(legacy.condition(name, wish))
    return _range(found, keyed, types)


def _range(found: dict[str, _Condition], keyed: keys.Keyed, types: dict[str, str]) -> KeyRange:
    hashed = found.get(keyed.hash)
    if hashed is None:
        raise invalid(f"Query condition missed key schema element: {keyed.hash}")
    others = [name for name in found if name != keyed.hash]
    if others and (not keyed.range or len(others) > 1 or others[0] != keyed.range):
        if keyed.range and keyed.range not in found:
            raise invalid(f"Query condition missed key schema element: {keyed.range}")
        raise invalid(_NOT_SUPPORTED)
    if hashed.operator != "=":
        raise invalid(_NOT_SUPPORTED)
    for each in found.values():
        for value in each.values:
            _check_type(each.name, value, types[each.name])
    start = keys.partition(hashed.values[0])
    ranged = found.get(keyed.range) if keyed.range else None
    if ranged is None:
        return KeyRange(start, (*start, TOP))
    return _narrowed(start, ranged)


def _narrowed(start: Place, ranged: _Condition) -> KeyRange:
    value = sortable(ranged.values[0])
    operator = ranged.operator
    if operator == "begins_with":
        return KeyRange((*start, value), (*start, _after_prefix(value)))
    if operator == "BETWEEN":
        return KeyRange((*start, value), (*start, sortable(ranged.values[1]), TOP))
    low = (*start, value) if operator in ("=", ">=") else (*start, value, TOP) if operator == ">" else start
    high = (*start, value, TOP) if operator in ("=", "<=") else (*start, value) if operator == "<" else (*start, TOP)
    return KeyRange(low, high)


def _after_prefix(prefix: Any) -> Any:
    """What lies just above everything that begins so."""
    if isinstance(prefix, bytes):
        shorter = prefix.rstrip(b"\xff")
        return shorter[:-1] + bytes([shorter[-1] + 1]) if shorter else TOP
    shorter = prefix.rstrip("\U0010ffff")
    if not shorter:
        return TOP
    following = ord(shorter[-1]) + 1
    return shorter[:-1] + chr(0xE000 if 0xD800 <= following <= 0xDFFF else following)


def flat(condition: Any) -> list[Any]:
    """The parts of a condition that all have to be met."""
    if isinstance(condition, Both):
        return [*flat(condition.left), *flat(condition.right)]
    return [condition]


def _simple(node: Any) -> _Condition:
    if isinstance(node, Comparison):
        if node.operator == "<>":
            raise _operator("<>")
        left, right, operator = node.left, node.right, node.operator
        if isinstance(left, Literal) and isinstance(right, Path):
            left, right, operator = right, left, _TURNED[operator]
        return _Condition(_name(left, right), operator, (_value(right),))
    if isinstance(node, Between):
        return _Condition(_name(node.operand, node.low, node.high), "BETWEEN", (_value(node.low), _value(node.high)))
    if isinstance(node, Call) and node.function == "begins_with":
        return _Condition(_name(*node.operands), "begins_with", (_value(node.operands[1]),))
    words = {Either: "OR", Negation: "NOT", Among: "IN"}
    raise _operator(node.function if isinstance(node, Call) else words[type(node)])


def _name(operand: Any, *others: Any) -> str:
    if any(isinstance(each, Path) for each in others):
        if isinstance(operand, Path):
            raise invalid(
                _KIND + "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
            )
        raise invalid(_KIND + "Invalid condition in KeyConditionExpression: No key attribute specified")
    if isinstance(operand, Call):
        raise _operator(operand.function)
    if not isinstance(operand, Path):
        raise invalid(_KIND + "Invalid condition in KeyConditionExpression: No key attribute specified")
    if len(operand.steps) > 1:
        raise invalid(_KIND + "KeyConditionExpressions cannot have conditions on nested attributes")
    return str(operand.steps[0])


def _value(operand: Any) -> Value:
    if isinstance(operand, Call):
        raise _operator(operand.function)
    value: Value = operand.value
    return value


def _operator(operator: str) -> Exception:
    return invalid(_KIND + f"Invalid operator used in KeyConditionExpression: {operator}")


def _check_type(name: str, value: Value, wanted: str) -> None:
    content = value.get(wanted)
    if content is None:
        raise invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    if content in ("", b""):
        kind = "binary" if wanted == "B" else "string"
        raise invalid(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
            f"{kind} value. Key: {name}"
        )
