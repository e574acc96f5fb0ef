"""Paths, values and function calls: what conditions and updates are made of."""

from __future__ import annotations

from typing import Any

from windtunnel.services.dynamodb.expressions.nodes import Call, Literal, Path, Step
from windtunnel.services.dynamodb.expressions.tokens import NAME, NUMBER, PLACEHOLDER, VALUE, Invalid, Reader

CONDITIONS = {"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2}
"""Functions that a condition may consist of, with the number of their operands."""
IN_CONDITIONS = {**CONDITIONS, "size": 1}
IN_UPDATES = {"if_not_exists": 2, "list_append": 2}
_COUNTS = {**IN_CONDITIONS, **IN_UPDATES}


def path(reader: Reader) -> Path:
    """A document path: `a.#b[1].c`."""
    steps: list[Step] = [_name(reader)]
    while True:
        if reader.skip("."):
            steps.append(_name(reader))
        elif reader.sees("["):
            reader.take()
            if reader.next.kind != NUMBER:
                raise reader.unexpected()
            steps.append(int(reader.take().text))
            reader.expect("]")
        else:
            return Path(tuple(steps))


def operand(reader: Reader, functions: dict[str, int], kind: str) -> Any:
    """A path, a value or a call of one of the functions that this `kind` of expression has."""
    token = reader.next
    if token.kind == VALUE:
        reader.take()
        return Literal(token.text)
    if token.kind == NAME and _calls(reader):
        return _call(reader, functions, kind)
    return path(reader)


def _calls(reader: Reader) -> bool:
    following = reader.tokens[reader.at + 1]
    return following.text == "("


def _call(reader: Reader, functions: dict[str, int], kind: str) -> Call:
    function = reader.take().text
    reader.expect("(")
    found = [operand(reader, functions, kind)]
    while reader.skip(","):
        found.append(operand(reader, functions, kind))
    reader.expect(")")
    misused = next((each.function for each in found if isinstance(each, Call) and each.function in CONDITIONS), None)
    if misused is not None:
        raise Invalid(f"The function is not allowed to be used this way in an expression; function: {misused}")
    if function not in _COUNTS:
        raise Invalid(f"Invalid function name; function: {function}")
    if function not in functions:
        raise Invalid(f"The function is not allowed in {kind}; function: {function}")
    if len(found) != functions[function]:
        raise Invalid(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {function}, number of operands: {len(found)}"
        )
    return Call(function, tuple(found))


def _name(reader: Reader) -> str:
    if reader.next.kind not in (NAME, PLACEHOLDER):
        raise reader.unexpected()
    return reader.take().text
