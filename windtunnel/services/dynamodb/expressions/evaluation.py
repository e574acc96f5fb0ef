"""Whether an item meets a (resolved) condition.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from typing import Any

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
from windtunnel.services.dynamodb.records import Item
from windtunnel.services.dynamodb.values import Value, sortable

_ORDERED = ("S", "N", "B")
_ELEMENT = {"SS": "S", "NS": "N", "BS": "B"}


def meets(condition: Any, item: Item) -> bool:
    met: bool = _MEETS[type(condition)](condition, item)
    return met


def value_at(item: Item, path: Path) -> Value | None:
    """What stands at a path; None where nothing does."""
    steps = path.steps
    value: Any = item.get(steps[0])  # type: ignore[arg-type]
    for step in steps[1:]:
        if value is None:
            return None
        if isinstance(step, int):
            elements = value.get("L")
            value = elements[step] if elements is not None and step < len(elements) else None
        else:
            value = value.get("M", {}).get(step)
    return value


def compared(operator: str, left: Value | None, right: Value | None) -> bool:
    """`left operator right`, where a value that is missing is None: only `<>` holds for it."""
    if operator == "=":
        return left is not None and left == right
    if operator == "<>":
        return left != right if left is not None and right is not None else not (left is None and right is None)
    if left is None or right is None:
        return False
    kind = next(iter(left))
    if kind not in _ORDERED or kind not in right:
        return False
    one, other = sortable(left), sortable(right)
    if operator == "<":
        return bool(one < other)
    if operator == "<=":
        return bool(one <= other)
    if operator == ">":
        return bool(one > other)
    return bool(one >= other)


def size(value: Value | None) -> Value | None:
    """What `size(…)` gives, of a text the number of its UTF-16 units as on AWS; None for a value that has no size."""
    if value is None:
        return None
    [(kind, content)] = value.items()
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(content.encode("utf-16-le")) // 2 if kind == "S" else len(content))}


def contains(value: Value | None, wanted: Value | None) -> bool:
    if value is None or wanted is None:
        return False
    [(kind, content)] = value.items()
    if kind in ("S", "B"):
        return kind in wanted and wanted[kind] in content
    if kind == "L":
        return wanted in content
    element = _ELEMENT.get(kind)
    return element is not None and wanted.get(element) in content


def begins_with(value: Value | None, prefix: Value | None) -> bool:
    if value is None or prefix is None:
        return False
    [(kind, content)] = value.items()
    return kind in ("S", "B") and kind in prefix and bool(content.startswith(prefix[kind]))


def _operand(node: Any, item: Item) -> Value | None:
    if type(node) is Path:
        return value_at(item, node)
    if type(node) is Literal:
        value: Value = node.value
        return value
    return size(_operand(node.operands[0], item))


def _comparison(node: Comparison, item: Item) -> bool:
    return compared(node.operator, _operand(node.left, item), _operand(node.right, item))


def _between(node: Between, item: Item) -> bool:
    value = _operand(node.operand, item)
    return compared(">=", value, _operand(node.low, item)) and compared("<=", value, _operand(node.high, item))


def _among(node: Among, item: Item) -> bool:
    value = _operand(node.operand, item)
    return value is not None and any(value == _operand(option, item) for option in node.options)


def _call(node: Call, item: Item) -> bool:
    value = _operand(node.operands[0], item)
    if node.function == "attribute_exists":
        return value is not None
    if node.function == "attribute_not_exists":
        return value is None
    other = _operand(node.operands[1], item)
    if node.function == "attribute_type":
        return value is not None and other is not None and other.get("S") in value
    if node.function == "begins_with":
        return begins_with(value, other)
    return contains(value, other)


_MEETS: dict[type, Any] = {
    Comparison: _comparison,
    Between: _between,
    Among: _among,
    Call: _call,
    Both: lambda node, item: meets(node.left, item) and meets(node.right, item),
    Either: lambda node, item: meets(node.left, item) or meets(node.right, item),
    Negation: lambda node, item: not meets(node.condition, item),
}
