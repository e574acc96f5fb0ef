"""Projections: the grammar of projection expressions, and cutting an item down to their paths."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from windtunnel.services.dynamodb.expressions.nodes import Path
from windtunnel.services.dynamodb.expressions.operands import path
from windtunnel.services.dynamodb.expressions.tokens import Reader
from windtunnel.services.dynamodb.records import Item

_WHOLE = object()


@lru_cache(1024)
def parsed(text: str) -> tuple[Path, ...]:
    """The paths of a projection. Raises Invalid."""
    reader = Reader(text)
    found = [path(reader)]
    while reader.skip(","):
        found.append(path(reader))
    reader.expect_end()
    return tuple(found)


def projected(item: Item, paths: Iterable[Path]) -> Item:
    """What of the item lies on these (resolved) paths. Of lists, the chosen elements are left, in their order."""
    return _of_map(item, _tree(paths))


def _tree(paths: Iterable[Path]) -> dict[Any, Any]:
    tree: dict[Any, Any] = {}
    for each in paths:
        branch = tree
        for step in each.steps[:-1]:
            branch = branch.setdefault(step, {})
        branch[each.steps[-1]] = _WHOLE
    return tree


def _of_map(attributes: Item, tree: dict[Any, Any]) -> Item:
    found: Item = {}
    for name, below in tree.items():
        if name in attributes:
            each = attributes[name] if below is _WHOLE else _of_value(attributes[name], below)
            if each is not None:
                found[name] = each
    return found


def _of_value(value: dict[str, Any], tree: dict[Any, Any]) -> dict[str, Any] | None:
    """None where nothing of the value lies on the tree."""
    if "M" in value:
        inside = _of_map(value["M"], tree)
        return {"M": inside} if inside else None
    if "L" not in value:
        return None
    elements = value["L"]
    steps = sorted(step for step in tree if isinstance(step, int) and step < len(elements))
    chosen = (elements[step] if tree[step] is _WHOLE else _of_value(elements[step], tree[step]) for step in steps)
    found = [each for each in chosen if each is not None]
    return {"L": found} if found else None
