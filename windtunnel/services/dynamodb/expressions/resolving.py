"""Resolving: the nodes of an expression with the names and values of a request, and what can be checked without an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.services.dynamodb.expressions import conditions, projections, updates
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
    Sum,
)
from windtunnel.services.dynamodb.expressions.placeholders import Placeholders
from windtunnel.services.dynamodb.expressions.tokens import Invalid, refused
from windtunnel.services.dynamodb.values import TYPES, Value, sortable

_ORDERED = ("S", "N", "B")
_NAMES = {
    "S": "STRING", "N": "NUMBER", "B": "BINARY", "SS": "STRING_SET", "NS": "NUMBER_SET", "BS": "BINARY_SET", "L": "LIST",
    "M": "MAP", "BOOL": "BOOLEAN", "NULL": "NULL",
}  # fmt: skip
_ADDABLE = ("N", "SS", "NS", "BS")
_DELETABLE = ("SS", "NS", "BS")


def condition(text: str, placeholders: Placeholders, kind: str = "ConditionExpression") -> Any:
    """The resolved node of a condition. Raises ValidationException, which names the `kind` of the expression."""
    try:
        return _resolved(conditions.parsed(text), placeholders)
    except Invalid as problem:
        raise refused(kind, problem) from None


def update(text: str, placeholders: Placeholders) -> tuple[Action, ...]:
    """The resolved actions of an update. Raises ValidationException."""
    try:
        actions = tuple(_action(each, placeholders) for each in updates.parsed(text))
        _check_paths_are_apart([each.path for each in actions])
        return actions
    except Invalid as problem:
        raise refused("UpdateExpression", problem) from None


def projection(text: str, placeholders: Placeholders) -> tuple[Path, ...]:
    """The resolved paths of a projection. Raises ValidationException."""
    try:
        paths = tuple(placeholders.path(each) for each in projections.parsed(text))
        _check_paths_are_apart(paths)
        return paths
    except Invalid as problem:
        raise refused("ProjectionExpression", problem) from None


def _action(action: Action, placeholders: Placeholders) -> Action:
    path = placeholders.path(action.path)
    if action.operand is None:
        return Action(action.kind, path)
    operand = _resolved(action.operand, placeholders)
    allowed = {"ADD": _ADDABLE, "DELETE": _DELETABLE}.get(action.kind)
    if allowed is not None and (found := _type(operand)) not in allowed:
        raise Invalid(
            f"Incorrect operand type for operator or function; operator: {action.kind}, operand type: {_NAMES[found]}, "
            f"typeSet: ALLOWED_FOR_{action.kind}_OPERAND"
        )
    return Action(action.kind, path, operand)


def _check_paths_are_apart(paths: Sequence[Path]) -> None:
    for number, one in enumerate(paths):
        for other in paths[number + 1 :]:
            shorter = min(len(one.steps), len(other.steps))
            if one.steps[:shorter] == other.steps[:shorter]:
                problem = "overlap"
            elif _conflict(one, other):
                problem = "conflict"
            else:
                continue
            raise Invalid(
                f"Two document paths {problem} with each other; must remove or rewrite one of these paths; "
                f"path one: {one}, path two: {other}"
            )


def _conflict(one: Path, other: Path) -> bool:
    """Whether they part where one takes a list for what the other takes for a map."""
    for step, another in zip(one.steps, other.steps, strict=False):
        if step != another:
            return isinstance(step, int) != isinstance(another, int)
    return False


def _resolved(node: Any, placeholders: Placeholders) -> Any:
    return _RESOLVE[type(node)](node, placeholders)


def _comparison(node: Comparison, placeholders: Placeholders) -> Comparison:
    left, right = _resolved(node.left, placeholders), _resolved(node.right, placeholders)
    if left == right and isinstance(left, Path):
        raise _not_distinct(node.operator, left)
    if node.operator not in ("=", "<>"):
        for each in (left, right):
            _check_type(node.operator, each, _ORDERED)
    return Comparison(node.operator, left, right)


def _between(node: Between, placeholders: Placeholders) -> Between:
    operand, low, high = (_resolved(each, placeholders) for each in node)
    for each in (operand, low, high):
        _check_type("BETWEEN", each, _ORDERED)
    if isinstance(low, Literal) and isinstance(high, Literal):
        shown = f"lower bound operand: AttributeValue: {_shown(low.value)}, upper bound operand: AttributeValue: {_shown(high.value)}"
        if _type(low) != _type(high):
            raise Invalid(f"The BETWEEN operator requires same data type for lower and upper bounds; {shown}")
        if sortable(low.value) > sortable(high.value):
            raise Invalid(
                f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {shown}"
            )
    return Between(operand, low, high)


def _call(node: Call, placeholders: Placeholders) -> Call:
    function = node.function
    operands = tuple(_resolved(each, placeholders) for each in node.operands)
    first = operands[0]
    if function in ("attribute_exists", "attribute_not_exists", "attribute_type", "if_not_exists") and not isinstance(
        first, Path
    ):
        raise Invalid(f"Operator or function requires a document path; operator or function: {function}")
    if function == "attribute_type":
        _check_type(function, operands[1], ("S",))
        wanted = operands[1].value["S"] if isinstance(operands[1], Literal) else None
        if wanted is not None and wanted not in TYPES:
            raise Invalid(f"Invalid attribute type name found; type: {wanted}, valid types: {{{','.join(TYPES)}}}")
    elif function == "begins_with":
        for each in operands:
            _check_type(function, each, ("S", "B"))
    elif function == "size":
        _check_type(function, first, ("S", "B", "SS", "NS", "BS", "L", "M"))
    elif function == "list_append":
        for each in operands:
            _check_type(function, each, ("L",))
    if function in ("begins_with", "contains") and first == operands[1] and isinstance(first, (Path, Literal)):
        raise _not_distinct(function, first)
    return Call(function, operands)


def _sum(node: Sum, placeholders: Placeholders) -> Sum:
    left, right = _resolved(node.left, placeholders), _resolved(node.right, placeholders)
    for each in (left, right):
        _check_type(node.operator, each, ("N",))
    return Sum(node.operator, left, right)


def _among(node: Among, placeholders: Placeholders) -> Among:
    return Among(_resolved(node.operand, placeholders), tuple(_resolved(each, placeholders) for each in node.options))


def _type(node: Any) -> str:
    """The type of a value, empty for what depends on the item."""
    if isinstance(node, Literal):
        return str(next(iter(node.value)))
    if isinstance(node, Call):
        return {"size": "N", "list_append": "L"}.get(node.function, "")
    return ""


def _check_type(operator: str, node: Any, allowed: tuple[str, ...]) -> None:
    found = _type(node)
    if found and found not in allowed:
        raise Invalid(
            f"Incorrect operand type for operator or function; operator or function: {operator}, operand type: {found}"
        )


def _not_distinct(operator: str, operand: Any) -> Invalid:
    return Invalid(
        "The first operand must be distinct from the remaining operands for this operator or function; "
        f"operator: {operator}, first operand: {operand if isinstance(operand, Path) else operand.written}"
    )


def _shown(value: Value) -> str:
    return "{" + ", ".join(f"{kind}:{content}" for kind, content in value.items()) + "}"


_RESOLVE: dict[type, Any] = {
    Path: lambda node, placeholders: placeholders.path(node),
    Literal: lambda node, placeholders: placeholders.literal(node),
    Both: lambda node, placeholders: Both(_resolved(node.left, placeholders), _resolved(node.right, placeholders)),
    Either: lambda node, placeholders: Either(_resolved(node.left, placeholders), _resolved(node.right, placeholders)),
    Negation: lambda node, placeholders: Negation(_resolved(node.condition, placeholders)),
    Comparison: _comparison,
    Between: _between,
    Among: _among,
    Call: _call,
    Sum: _sum,
}
