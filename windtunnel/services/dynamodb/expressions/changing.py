"""
What an item becomes by the (resolved) actions of an update. The item itself is never touched: what changes is copied on the way.

Every operand is read from the item as it was. AWS: .../Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import numbers
from windtunnel.services.dynamodb.expressions.evaluation import value_at
from windtunnel.services.dynamodb.expressions.nodes import Action, Call, Literal, Path, Sum
from windtunnel.services.dynamodb.records import Item
from windtunnel.services.dynamodb.values import Value, checked, invalid

_GONE = None


def changed(item: Item, actions: Sequence[Action]) -> Item:
    """Raises ValidationException where an action does not fit the item."""
    placed: list[tuple[Path, Value | None]] = []
    removed: list[Path] = []
    for action in actions:
        if action.kind == "REMOVE":
            removed.append(action.path)
            continue
        old = value_at(item, action.path)
        if action.kind == "SET":
            placed.append((action.path, _operand(action.operand, item)))
        elif action.kind == "ADD":
            placed.append((action.path, _with(old, action.operand.value)))
        elif old is not None:
            left = _without(old, action.operand.value)
            if left is None:
                removed.append(action.path)
            else:
                placed.append((action.path, left))
    new = item
    for path, value in sorted(placed, key=_index):
        new = _replaced(new, path.steps, value)
    for path in sorted(removed, key=lambda each: _index((each, None)), reverse=True):
        new = _replaced(new, path.steps, _GONE)
    return new


def _index(placed: tuple[Path, Value | None]) -> int:
    """Elements of lists are set from the first on, and removed from the last on, so that indexes stay those of the old item."""
    last = placed[0].steps[-1]
    return last if isinstance(last, int) else -1


def _operand(node: Any, item: Item) -> Value:
    if isinstance(node, Literal):
        literal: Value = node.value
        return literal
    if isinstance(node, Path):
        found = value_at(item, node)
        if found is None:
            raise invalid("The provided expression refers to an attribute that does not exist in the item")
        return found
    if isinstance(node, Sum):
        left, right = _operand(node.left, item), _operand(node.right, item)
        if "N" not in left or "N" not in right:
            raise _wrong_type()
        return {"N": numbers.added(left["N"], right["N"], node.operator == "-")}
    assert isinstance(node, Call)
    if node.function == "if_not_exists":
        found = value_at(item, node.operands[0])
        return found if found is not None else _operand(node.operands[1], item)
    left, right = (_operand(each, item) for each in node.operands)
    if "L" not in left or "L" not in right:
        raise _wrong_type()
    return {"L": left["L"] + right["L"]}


def _with(old: Value | None, more: Value) -> Value:
    """ADD: a number or set, and more of it."""
    if old is None:
        return more
    [(kind, content)] = more.items()
    if kind not in old:
        raise _wrong_type()
    if kind == "N":
        return {"N": numbers.added(old["N"], content)}
    if kind == "L":
        return {"L": old["L"] + content}
    union, _ = checked({kind: [*old[kind], *(each for each in content if each not in old[kind])]})
    return union


def _without(old: Value, less: Value) -> Value | None:
    """DELETE: a set without some elements; None for one that is empty then."""
    [(kind, content)] = less.items()
    if kind not in old:
        raise _wrong_type()
    left = [each for each in old[kind] if each not in content]
    return {kind: left} if left else None


def _replaced(attributes: Item, steps: tuple[Any, ...], value: Value | None) -> Item:
    """The attributes with another value at a path, or none there."""
    name = steps[0]
    if len(steps) == 1:
        if value is _GONE:
            return {key: each for key, each in attributes.items() if key != name}
        return {**attributes, name: value}
    if name not in attributes:
        raise _no_such_path()
    return {**attributes, name: _inside(attributes[name], steps[1:], value)}


def _inside(old: Value, steps: tuple[Any, ...], value: Value | None) -> Value:
    step = steps[0]
    if not isinstance(step, int):
        if "M" not in old:
            raise _no_such_path()
        return {"M": _replaced(old["M"], steps, value)}
    if "L" not in old:
        raise _no_such_path()
    elements: list[Value] = list(old["L"])
    if len(steps) > 1:
        if step >= len(elements):
            raise _no_such_path()
        elements[step] = _inside(elements[step], steps[1:], value)
    elif value is _GONE:
        del elements[step : step + 1]
    elif step < len(elements):
        elements[step] = value
    else:
        elements.append(value)
    return {"L": elements}


def _wrong_type() -> ApiError:
    return invalid("An operand in the update expression has an incorrect data type")


def _no_such_path() -> ApiError:
    return invalid("The document path provided in the update expression is invalid for update")
