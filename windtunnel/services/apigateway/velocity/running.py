"""Running a template: nodes and what names stand for, to text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from windtunnel.services.apigateway.velocity import methods
from windtunnel.services.apigateway.velocity.methods import Items, Tool, shown
from windtunnel.services.apigateway.velocity.nodes import (
    Binary,
    Foreach,
    If,
    Interpolated,
    Leave,
    ListOf,
    Literal,
    MapOf,
    Not,
    Range,
    Reference,
    Set,
    Step,
    Text,
)

MOST_ROUNDS = 1000
"""AWS: apigateway/latest/developerguide/limits.html ("Iterations in a #foreach ... #end loop in mapping templates")."""


class Left(Exception):
    """`#break` or `#stop` was met."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Run:
    """`names` are what references begin with; `#set` changes them."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._parts: list[str] = []

    def text(self, nodes: Iterable[Any]) -> str:
        """What the template says. Names that mean nothing are empty."""
        try:
            self._all(nodes)
        except Left:
            pass
        return "".join(self._parts)

    def _all(self, nodes: Iterable[Any]) -> None:
        for node in nodes:
            kind = type(node)
            if kind is Text:
                self._parts.append(node.text)
            elif kind is Reference:
                self._parts.append(shown(self._value(node)))
            elif kind is Set:
                self._set(node.target, self._value(node.value))
            elif kind is If:
                chosen = next((body for condition, body in node.branches if holds(self._value(condition))), ())
                self._all(chosen)
            elif kind is Foreach:
                self._each(node)
            elif kind is Leave:
                raise Left(node.word)

    def _each(self, loop: Foreach) -> None:
        found = self._value(loop.items)
        items = list(found.values()) if isinstance(found, Mapping) else list(found) if isinstance(found, list) else []
        outer = {name: self._names.get(name) for name in (loop.name, "foreach", "velocityCount")}
        for index, item in enumerate(items[:MOST_ROUNDS]):
            last = index + 1 == len(items)
            self._names[loop.name] = item
            self._names["velocityCount"] = index + 1
            self._names["foreach"] = {
                "index": index, "count": index + 1, "hasNext": not last, "first": index == 0, "last": last,
                "parent": outer["foreach"],
            }  # fmt: skip
            try:
                self._all(loop.body)
            except Left as left:
                if left.word == "stop":
                    raise
                break
        self._names.update(outer)

    def _set(self, target: Reference, value: Any) -> None:
        if not target.steps:
            self._names[target.name] = value
            return
        place = self._value(Reference(target.name, target.steps[:-1]))
        last = target.steps[-1]
        if isinstance(place, dict):
            place[last.name or self._value(last.index)] = value
        elif isinstance(place, list) and last.index is not None:
            methods.called(place, "set", (self._value(last.index), value))

    def _value(self, node: Any) -> Any:
        kind = type(node)
        if kind is Literal:
            return node.value
        if kind is Reference:
            found = self._names.get(node.name)
            for step in node.steps:
                if found is None:
                    return None
                found = self._stepped(found, step)
            return found
        if kind is Interpolated:
            inner = Run(self._names)
            return inner.text(node.body)
        if kind is Binary:
            return self._binary(node)
        if kind is Not:
            return not holds(self._value(node.value))
        if kind is ListOf:
            return Items(self._value(each) for each in node.items)
        if kind is MapOf:
            return {self._value(key): self._value(value) for key, value in node.pairs}
        assert kind is Range
        first, last = self._value(node.first), self._value(node.last)
        if type(first) is not int or type(last) is not int:
            return None
        return Items(range(first, last + 1) if first <= last else range(first, last - 1, -1))

    def _stepped(self, value: Any, step: Step) -> Any:
        if step.arguments is not None:
            arguments = tuple(self._value(each) for each in step.arguments)
            return (
                value.call(step.name, arguments)
                if isinstance(value, Tool)
                else methods.called(value, step.name, arguments)
            )
        if step.index is not None:
            return methods.called(value, "get", (self._value(step.index),))
        return value.get(step.name) if isinstance(value, (Mapping, Tool)) else None

    def _binary(self, node: Binary) -> Any:
        left = self._value(node.left)
        if node.operator == "&&":
            return holds(left) and holds(self._value(node.right))
        if node.operator == "||":
            return holds(left) or holds(self._value(node.right))
        return methods.combined(node.operator, left, self._value(node.right))


def holds(value: Any) -> bool:
    """Whether a condition is true: neither false nor nothing, nor what was asked of `$input` and is not there."""
    return value is not None and value is not False and not isinstance(value, methods.Absent)
