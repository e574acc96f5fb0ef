"""
Updates: the grammar of update expressions.

    SET a = :a, b.c = b.c + :n, d = list_append(if_not_exists(d, :none), :d) REMOVE e[1] ADD f :f DELETE g :g
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from windtunnel.services.dynamodb.expressions.nodes import Action, Literal, Sum
from windtunnel.services.dynamodb.expressions.operands import IN_UPDATES, operand, path
from windtunnel.services.dynamodb.expressions.tokens import END, NAME, PLACEHOLDER, VALUE, Invalid, Reader

SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")


@lru_cache(4096)
def parsed(text: str) -> tuple[Action, ...]:
    """The actions of an update, in the order in which they are written. Raises Invalid."""
    reader = Reader(text)
    try:
        return _actions(reader)
    except RecursionError:
        raise Invalid(f"The expression contains too many operators; operator count: {text.count('(')}") from None


def _actions(reader: Reader) -> tuple[Action, ...]:
    actions: list[Action] = []
    seen: set[str] = set()
    while reader.next.kind != END or not actions:
        if not reader.sees_word(*SECTIONS):
            raise reader.unexpected()
        section = reader.take().text.upper()
        if section in seen:
            raise Invalid(f'The "{section}" section can only be used once in an update expression;')
        seen.add(section)
        actions.append(_action(reader, section))
        while reader.skip(","):
            actions.append(_action(reader, section))
    return tuple(actions)


def _action(reader: Reader, section: str) -> Action:
    changed = path(reader)
    if section == "REMOVE":
        return Action(section, changed)
    if section == "SET":
        reader.expect("=")
        return Action(section, changed, _sum(reader))
    if reader.next.kind != VALUE:
        raise reader.unexpected()
    return Action(section, changed, Literal(reader.take().text))


def _sum(reader: Reader) -> Any:
    left = _operand(reader)
    if reader.sees("+") or reader.sees("-"):
        return Sum(reader.take().text, left, _operand(reader))
    return left


def _operand(reader: Reader) -> Any:
    if reader.skip("("):
        inside = _sum(reader)
        reader.expect(")")
        return inside
    if reader.next.kind not in (NAME, PLACEHOLDER, VALUE):
        raise reader.unexpected()
    return operand(reader, IN_UPDATES, "an update expression")
