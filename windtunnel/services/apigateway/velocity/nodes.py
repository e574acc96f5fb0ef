"""What a template is made of once it is read."""

from __future__ import annotations

from typing import Any, NamedTuple


class Text(NamedTuple):
    text: str


class Literal(NamedTuple):
    value: Any


class Step(NamedTuple):
    """One step from a value to another: a property by `name`, a method with `arguments`, or an index."""

    name: str
    arguments: tuple[Any, ...] | None = None
    index: Any = None


class Reference(NamedTuple):
    """`$name`, and the steps from there."""

    name: str
    steps: tuple[Step, ...] = ()


class Interpolated(NamedTuple):
    """A text in double quotes: a small template of its own."""

    body: tuple[Any, ...]


class ListOf(NamedTuple):
    items: tuple[Any, ...]


class MapOf(NamedTuple):
    pairs: tuple[tuple[Any, Any], ...]


class Range(NamedTuple):
    first: Any
    last: Any


class Not(NamedTuple):
    value: Any


class Binary(NamedTuple):
    operator: str
    left: Any
    right: Any


class Set(NamedTuple):
    target: Reference
    value: Any


class If(NamedTuple):
    """The first branch whose condition holds; that of `#else` has none."""

    branches: tuple[tuple[Any, tuple[Any, ...]], ...]


class Foreach(NamedTuple):
    name: str
    items: Any
    body: tuple[Any, ...]


class Leave(NamedTuple):
    """`#break` leaves the loop, `#stop` the template."""

    word: str
