"""Conditions and projections of calls on items, in either of their two spellings: as expressions, or as before there were any."""

from __future__ import annotations

from typing import Any

from windtunnel.services.dynamodb import legacy
from windtunnel.services.dynamodb.expressions import resolving
from windtunnel.services.dynamodb.expressions.nodes import Path
from windtunnel.services.dynamodb.expressions.placeholders import Placeholders


def condition(
    expression: str | None,
    names: dict[str, str] | None,
    values: dict[str, Any] | None,
    expected: dict[str, Any] | None = None,
    operator: str | None = None,
) -> Any:
    """The condition of a write, in whichever of the two spellings; None for none."""
    given = {"ConditionExpression": expression}
    if expected is not None or operator is not None:
        legacy.check_not_mixed({"Expected": expected, "ConditionalOperator": operator}, given)
    placeholders = Placeholders(names, values, given)
    if expression is None:
        return legacy.expected(expected, operator)
    condition = resolving.condition(expression, placeholders)
    placeholders.check_all_used()
    return condition


def projection(
    expression: str | None, names: dict[str, str] | None, attributes: list[str] | None = None
) -> tuple[Path, ...] | None:
    """The paths of a read, in whichever of the two spellings; None for the whole item."""
    if attributes is not None:
        legacy.check_not_mixed({"AttributesToGet": attributes}, {"ProjectionExpression": expression})
    placeholders = Placeholders(names, None, {"ProjectionExpression": expression})
    if expression is None:
        return legacy.paths(attributes) if attributes is not None else None
    paths = resolving.projection(expression, placeholders)
    placeholders.check_all_used()
    return paths
