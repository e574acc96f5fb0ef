"""
The parameters from before there were expressions, turned into what expressions are turned into.

    Expected, ScanFilter, QueryFilter, KeyConditions ─► conditions      AttributeUpdates ─► actions      AttributesToGet ─► paths

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.services.dynamodb.expressions.nodes import (
    Action,
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
from windtunnel.services.dynamodb.values import Value, checked, invalid

_WRONG = "One or more parameter values were invalid: "
_COMPARATORS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_FUNCTIONS = {"CONTAINS": "contains", "NOT_CONTAINS": "contains", "BEGINS_WITH": "begins_with"}
_ORDERED = ("LE", "LT", "GE", "GT", "BETWEEN")


def check_not_mixed(legacy: dict[str, Any], expressions: dict[str, Any]) -> None:
    """Raises ValidationException where a call has parameters of both kinds."""
    old = [name for name, value in legacy.items() if value is not None]
    new = [name for name, value in expressions.items() if value is not None]
    if old and new:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(new)}}}"
        )


def paths(names: list[str]) -> tuple[Path, ...]:
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise invalid(_WRONG + f"Duplicate value in attribute name: {repeated}")
    return tuple(Path((name,)) for name in names)


def expected(wishes: dict[str, Any] | None, operator: str | None) -> Any:
    """The condition that `Expected` means; None for none."""
    if not wishes:
        _check_operator(operator)
        return None
    return _joined([_expectation(name, wish) for name, wish in wishes.items()], operator)


def filtered(wishes: dict[str, Any] | None, operator: str | None) -> Any:
    """The condition that a filter of attributes means; None for none."""
    if not wishes:
        _check_operator(operator)
        return None
    return _joined([condition(name, wish) for name, wish in wishes.items()], operator)


def condition(name: str, wish: dict[str, Any]) -> Any:
    """The condition on one attribute."""
    return _condition(name, wish["ComparisonOperator"], wish.get("AttributeValueList") or [])


def actions(updates: dict[str, Any]) -> tuple[Action, ...]:
    """The actions that `AttributeUpdates` mean."""
    return tuple(_action(name, update) for name, update in updates.items())


def _action(name: str, update: dict[str, Any]) -> Action:
    path = Path((name,))
    kind = update.get("Action", "PUT")
    if "Value" not in update:
        if kind != "DELETE":
            raise invalid(_WRONG + "Only DELETE action is allowed when no attribute value is specified")
        return Action("REMOVE", path)
    value = _literal(update["Value"])
    [found] = value.value
    if kind == "ADD" and found not in ("N", "SS", "NS", "BS", "L"):
        raise invalid(_WRONG + f"ADD action is not supported for the type {found}")
    if kind == "DELETE" and found not in ("SS", "NS", "BS"):
        raise invalid(_WRONG + f"DELETE action with value is not supported for the type {found}")
    return Action("SET" if kind == "PUT" else kind, path, value)


def _expectation(name: str, wish: dict[str, Any]) -> Any:
    exists, value, operator = wish.get("Exists"), wish.get("Value"), wish.get("ComparisonOperator")
    if operator is not None:
        if exists is not None:
            raise invalid(_WRONG + f"Exists and ComparisonOperator cannot be used together for Attribute: {name}")
        values = wish.get("AttributeValueList")
        if values is not None and value is not None:
            raise invalid(_WRONG + f"Value and AttributeValueList cannot be used together for Attribute: {name}")
        return _condition(name, operator, values if values is not None else [value] if value is not None else [])
    if "AttributeValueList" in wish:
        raise invalid(_WRONG + f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}")
    if exists is False:
        if value is not None:
            raise invalid(_WRONG + f"Value cannot be used when Exists is set to false for Attribute: {name}")
        return Call("attribute_not_exists", (Path((name,)),))
    if value is None:
        shown = "null" if exists is None else "true"
        raise invalid(_WRONG + f"Value must be provided when Exists is set to {shown} for Attribute: {name}")
    return Comparison("=", Path((name,)), _literal(value))


def _condition(name: str, operator: str, values: list[Value]) -> Any:
    path = Path((name,))
    wanted = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}.get(operator, 1)
    if len(values) != wanted and not (operator == "IN" and values):
        raise invalid(_WRONG + f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    found = [_literal(each) for each in values]
    for each in found:
        [kind] = each.value
        allowed = (
            ("S", "N", "B") if operator in (*_ORDERED, "IN") else ("S", "B") if operator == "BEGINS_WITH" else (kind,)
        )
        if kind not in allowed:
            raise invalid(_WRONG + f"ComparisonOperator {operator} is not valid for {kind} AttributeValue type")
    if operator == "NULL":
        return Call("attribute_not_exists", (path,))
    if operator == "NOT_NULL":
        return Call("attribute_exists", (path,))
    if operator in _COMPARATORS:
        return Comparison(_COMPARATORS[operator], path, found[0])
    if operator == "BETWEEN":
        return Between(path, *found)
    if operator == "IN":
        return Among(path, tuple(found))
    call = Call(_FUNCTIONS[operator], (path, found[0]))
    return Negation(call) if operator == "NOT_CONTAINS" else call


def _joined(conditions: list[Any], operator: str | None) -> Any:
    found = conditions[0]
    for each in conditions[1:]:
        found = Either(found, each) if operator == "OR" else Both(found, each)
    return found


def _literal(value: Value) -> Literal:
    return Literal("", checked(value)[0])


def _check_operator(operator: str | None) -> None:
    if operator is not None:
        raise invalid(_WRONG + "ConditionalOperator cannot be used without Filter or Expected")
