"""Values, paths and conditions of PartiQL, as the nodes that conditions of expressions are resolved to."""

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
    Step,
)
from windtunnel.services.dynamodb.expressions.operands import CONDITIONS, IN_CONDITIONS
from windtunnel.services.dynamodb.partiql.words import NUMBER, SIGN, TEXT, WORD, Words, malformed
from windtunnel.services.dynamodb.values import Value, checked

_COMPARATORS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CONSTANTS: dict[str, Value] = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}
_SETS = {"S": "SS", "N": "NS", "B": "BS"}


def value(words: Words) -> Value:
    """A value that is written in the statement or given as a parameter, in its normal form."""
    return checked(_raw(words))[0]


def sees_value(words: Words) -> bool:
    token = words.next
    if token.kind == WORD:
        return token.text.upper() in _CONSTANTS
    return token.kind in (TEXT, NUMBER) or (token.kind == SIGN and token.text in ("?", "[", "{", "<<", "-", "+"))


def path(words: Words) -> Path:
    steps: list[Step] = [words.name()]
    while True:
        if words.skip("."):
            steps.append(words.name())
        elif words.skip("["):
            if words.next.kind != NUMBER or not words.next.text.isdecimal():
                raise words.unexpected()
            steps.append(int(words.take().text))
            words.expect("]")
        else:
            return Path(tuple(steps))


def operand(words: Words) -> Any:
    """A path, a value or `size(…)`."""
    if words.skip("("):
        inside = operand(words)
        words.expect(")")
        return inside
    if sees_value(words):
        return Literal("", value(words))
    if words.calls():
        return _call(words)
    return path(words)


def condition(words: Words) -> Any:
    left = _both(words)
    while words.skip_words("OR"):
        left = Either(left, _both(words))
    return left


def _both(words: Words) -> Any:
    left = _negation(words)
    while words.skip_words("AND"):
        left = Both(left, _negation(words))
    return left


def _negation(words: Words) -> Any:
    if words.skip_words("NOT"):
        return Negation(_negation(words))
    if words.skip("("):
        inside = condition(words)
        words.expect(")")
        return inside
    left = operand(words)
    if isinstance(left, Call) and left.function in CONDITIONS:
        return left
    if words.next.kind == SIGN and words.next.text in _COMPARATORS:
        return Comparison(_COMPARATORS[words.take().text], left, operand(words))
    if words.skip_words("BETWEEN"):
        low = operand(words)
        words.expect_words("AND")
        return Between(left, low, operand(words))
    if words.skip_words("IN"):
        return Among(left, _options(words))
    if words.skip_words("IS"):
        negated = words.skip_words("NOT")
        found = _is(words, left)
        return Negation(found) if negated else found
    raise words.unexpected()


def _is(words: Words, left: Any) -> Any:
    if not isinstance(left, Path):
        raise words.unexpected()
    if words.skip_words("MISSING"):
        return Call("attribute_not_exists", (left,))
    words.expect_words("NULL")
    return Call("attribute_type", (left, Literal("", {"S": "NULL"})))


def _options(words: Words) -> tuple[Any, ...]:
    closes = "]" if words.skip("[") else ")"
    if closes == ")":
        words.expect("(")
    found = [operand(words)]
    while words.skip(","):
        found.append(operand(words))
    words.expect(closes)
    return tuple(found)


def _call(words: Words) -> Call:
    function = words.take().text.lower()
    if function not in IN_CONDITIONS:
        raise malformed(f"No such function: {function}")
    words.expect("(")
    found = [operand(words)]
    while words.skip(","):
        found.append(operand(words))
    words.expect(")")
    if len(found) != IN_CONDITIONS[function]:
        raise malformed(f"{function} takes {IN_CONDITIONS[function]} arguments, received: {len(found)}")
    return Call(function, tuple(found))


def _raw(words: Words) -> Value:
    if words.skip("?"):
        return words.parameter()
    if words.skip("["):
        return {"L": _elements(words, "]")}
    if words.skip("<<"):
        return _set(words)
    if words.skip("{"):
        return {"M": _members(words)}
    sign = "-" if words.skip("-") else "" if words.skip("+") else ""
    token = words.take()
    if token.kind == NUMBER:
        return {"N": sign + token.text}
    if token.kind == TEXT and not sign:
        return {"S": token.text}
    if token.kind == WORD and token.text.upper() in _CONSTANTS and not sign:
        return _CONSTANTS[token.text.upper()]
    raise malformed("Unexpected term")


def _elements(words: Words, closes: str) -> list[Value]:
    found: list[Value] = []
    while not words.skip(closes):
        if found:
            words.expect(",")
        found.append(_raw(words))
    return found


def _members(words: Words) -> dict[str, Value]:
    found: dict[str, Value] = {}
    while not words.skip("}"):
        if found:
            words.expect(",")
        name = words.take().text if words.next.kind == TEXT else words.name()
        words.expect(":")
        found[name] = _raw(words)
    return found


def _set(words: Words) -> Value:
    elements = _elements(words, ">>")
    kinds = {kind for each in elements for kind in each}
    if len(kinds) != 1 or not kinds <= _SETS.keys():
        raise malformed("Sets must not be empty and must have elements of one type: text, number or binary")
    [kind] = kinds
    return {_SETS[kind]: [each[kind] for each in elements]}
