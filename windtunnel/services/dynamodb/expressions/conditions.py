"""
Conditions: the grammar of condition, filter and key condition expressions.

    a = :a AND (b > :b OR NOT contains(c, :c))      OR binds weakest, then AND, then NOT
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from windtunnel.services.dynamodb.expressions.nodes import (
    OPERANDS,
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
from windtunnel.services.dynamodb.expressions.operands import CONDITIONS, IN_CONDITIONS, operand
from windtunnel.services.dynamodb.expressions.tokens import NAME, PLACEHOLDER, SIGN, VALUE, Invalid, Reader

COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
MOST_OPTIONS = 100
MOST_OPERATORS = 300


@lru_cache(4096)
def parsed(text: str) -> Any:
    """The node of a condition. Raises Invalid."""
    reader = Reader(text)
    try:
        found = _either(reader)
    except RecursionError:
        raise _too_many(len(reader.tokens)) from None
    reader.expect_end()
    _check_is_condition(reader, found)
    if (count := _operators(found)) > MOST_OPERATORS:
        raise _too_many(count)
    return found


def _operators(node: Any) -> int:
    if isinstance(node, (Path, Literal)):
        return 0
    parts = [
        each
        for part in node
        for each in (part if isinstance(part, tuple) and not hasattr(part, "_fields") else (part,))
    ]
    return 1 + sum(_operators(each) for each in parts if isinstance(each, tuple))


def _too_many(count: int) -> Invalid:
    return Invalid(f"The expression contains too many operators; operator count: {count}")


def _either(reader: Reader) -> Any:
    left = _both(reader)
    while reader.sees_word("OR"):
        _check_is_condition(reader, left)
        reader.take()
        right = _both(reader)
        _check_is_condition(reader, right)
        left = Either(left, right)
    return left


def _both(reader: Reader) -> Any:
    left = _negation(reader)
    while reader.sees_word("AND"):
        _check_is_condition(reader, left)
        reader.take()
        right = _negation(reader)
        _check_is_condition(reader, right)
        left = Both(left, right)
    return left


def _negation(reader: Reader) -> Any:
    if reader.sees_word("NOT"):
        reader.take()
        inner = _negation(reader)
        _check_is_condition(reader, inner)
        return Negation(inner)
    left = _primary(reader)
    token = reader.next
    if token.kind == SIGN and token.text in COMPARATORS:
        _check_is_operand(reader, left)
        reader.take()
        right = _primary(reader)
        _check_is_operand(reader, right)
        return Comparison(token.text, left, right)
    if reader.sees_word("BETWEEN"):
        _check_is_operand(reader, left)
        reader.take()
        low = _operand(reader)
        if not reader.skip_word("AND"):
            raise reader.unexpected()
        return Between(left, low, _operand(reader))
    if reader.sees_word("IN"):
        _check_is_operand(reader, left)
        reader.take()
        return Among(left, _options(reader))
    return left


def _primary(reader: Reader) -> Any:
    if not reader.sees("("):
        return _operand(reader)
    reader.take()
    doubled = reader.sees("(")
    inside = _either(reader)
    reader.expect(")")
    if doubled and _whole_was_grouped(reader):
        raise Invalid("The expression has redundant parentheses;")
    return inside


def _whole_was_grouped(reader: Reader) -> bool:
    """Whether the group that just ended consists of nothing but another group: `((…))`."""
    depth = 0
    ends = reader.at - 1
    inner_end = -1
    for at in range(ends, -1, -1):
        text = reader.tokens[at].text
        if text == ")" and reader.tokens[at].kind == SIGN:
            depth += 1
        elif text == "(" and reader.tokens[at].kind == SIGN:
            depth -= 1
            if depth == 0:
                begins = at
                break
    else:
        return False
    depth = 0
    for at in range(begins + 1, ends):
        text = reader.tokens[at].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            inner_end = at
            break
    return inner_end == ends - 1


def _operand(reader: Reader) -> Any:
    if reader.next.kind not in (NAME, PLACEHOLDER, VALUE):
        raise reader.unexpected()
    return operand(reader, IN_CONDITIONS, "a condition expression")


def _options(reader: Reader) -> tuple[Any, ...]:
    reader.expect("(")
    found = [_operand(reader)]
    while reader.skip(","):
        found.append(_operand(reader))
    reader.expect(")")
    if len(found) > MOST_OPTIONS:
        raise Invalid(
            "Invalid number of operands for operator or function; "
            f"operator or function: IN, number of operands: {len(found)}"
        )
    return tuple(found)


def _check_is_condition(reader: Reader, node: Any) -> None:
    if isinstance(node, Call):
        if node.function not in CONDITIONS:
            raise Invalid(
                f"The function is not allowed to be used this way in an expression; function: {node.function}"
            )
    elif isinstance(node, OPERANDS):
        raise reader.unexpected()


def _check_is_operand(reader: Reader, node: Any) -> None:
    if isinstance(node, Call):
        if node.function in CONDITIONS:
            raise Invalid(
                f"The function is not allowed to be used this way in an expression; function: {node.function}"
            )
    elif not isinstance(node, OPERANDS):
        raise reader.unexpected()
