"""
What expressions are parsed to.

Before they are resolved, steps of a path and values are as they were written (`#n`, `:v`); afterwards they are names and attribute
values. `written` keeps the text for messages.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Step = str | int


class Path(NamedTuple):
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(f"[{step}]" if isinstance(step, int) else step for step in self.steps) + "]"


class Literal(NamedTuple):
    """A value: its placeholder, and once it is resolved the value itself."""

    written: str
    value: Any = None


class Call(NamedTuple):
    """A function of a condition or an update; `size`, `if_not_exists` and `list_append` give values, the others truth."""

    function: str
    operands: tuple[Any, ...]


class Sum(NamedTuple):
    """`operator` is + or -."""

    operator: str
    left: Any
    right: Any


class Comparison(NamedTuple):
    operator: str
    left: Any
    right: Any


class Between(NamedTuple):
    operand: Any
    low: Any
    high: Any


class Among(NamedTuple):
    """`operand IN (…)`."""

    operand: Any
    options: tuple[Any, ...]


class Both(NamedTuple):
    left: Any
    right: Any


class Either(NamedTuple):
    left: Any
    right: Any


class Negation(NamedTuple):
    condition: Any


class Action(NamedTuple):
    """One action of an update: `kind` is SET, REMOVE, ADD or DELETE; `operand` is None for REMOVE."""

    kind: str
    path: Path
    operand: Any = None


OPERANDS = (Path, Literal, Call, Sum)
