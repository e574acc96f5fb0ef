"""
Checks of a call's parameters against the constraints of the model, answered in AWS's words.

`check(operation, params)` is what callers use. Each shape is compiled once to a closure that answers None where all is
well, else the list of what is wrong, so that a good call costs next to nothing; where, what and how it is worded is
only worked out for a bad one:

    2 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than
    or equal to 1; Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from windtunnel.aws import constraints
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation
from windtunnel.aws.shapes import Shape
from windtunnel.aws.validation_words import WORDS, Words, code_for


class Wrong(NamedTuple):
    """One violated constraint: where (innermost step first), of which shape, with which value, and what it says."""

    path: tuple[str, ...]
    shape: Shape
    value: Any
    kind: str  # null, length, value, pattern, enum, member, key
    says: str


Check = Callable[[Any], "list[Wrong] | None"]


def check(operation: Operation, params: dict[str, Any]) -> None:
    """Raises the ApiError that the service would answer with when `params` do not fit the operation's model."""
    words = WORDS.get(operation.service.name, _PLAIN)
    if operation.input is None or not words.validates:
        return
    checked = compiled(operation.input)
    wrong = checked(params) if checked is not None else None
    if wrong:
        _refuse(operation, words, wrong)


@functools.cache
def compiled(shape: Shape) -> Check | None:
    """The closure that checks values of the shape; None where nothing can be wrong."""
    if shape.document or not _may_be_wrong(shape, set()):
        return None
    if shape.type == "structure":
        return _structure(shape)
    if shape.type == "list":
        return _list(shape)
    if shape.type == "map":
        return _map(shape)
    return _scalar(shape)


_PLAIN = Words()


def _may_be_wrong(shape: Shape, seen: set[str]) -> bool:
    if shape.name in seen or shape.document:
        return False
    seen.add(shape.name)
    if shape.required or constraints.constrained(shape):
        return True
    if shape.type == "structure":
        return any(_may_be_wrong(member, seen) for member in shape.members.values())
    if shape.type == "list":
        return _may_be_wrong(shape.member, seen)
    return shape.type == "map" and (_may_be_wrong(shape.key, seen) or _may_be_wrong(shape.value, seen))


def _structure(shape: Shape) -> Check:
    required = shape.required
    checks: dict[str, Check] = {}
    pending = [True]

    def check_structure(value: Any) -> list[Wrong] | None:
        if pending:
            found = ((name, compiled(member)) for name, member in shape.members.items())
            checks.update((name, each) for name, each in found if each is not None)
            pending.clear()
        good = True
        for name in required:
            if name not in value:
                good = False
        for name, item in value.items():
            each = checks.get(name)
            if each is not None and each(item):
                good = False
        return None if good else _all_wrong(shape, checks, value)

    return check_structure


def _all_wrong(shape: Shape, checks: dict[str, Check], value: Any) -> list[Wrong]:
    """Everything that is wrong with a structure, in the order of the model."""
    wrong = []
    for name, member in shape.members.items():
        step = constraints.step(name)
        if name not in value:
            if name in shape.required:
                wrong.append(Wrong((step,), member, None, "null", "Member must not be null"))
        elif name in checks:
            wrong += [each._replace(path=(*each.path, step)) for each in checks[name](value[name]) or ()]
    return wrong


def _list(shape: Shape) -> Check:
    size = constraints.length(shape)
    element = compiled(shape.member) if _may_be_wrong(shape.member, set()) else None
    simple = shape.member.type not in ("structure", "list", "map")
    later: list[Check | None] = [] if element is None or simple else [element]

    def check_list(value: Any) -> list[Wrong] | None:
        wrong: list[Wrong] = []
        if size is not None:
            wrong += [Wrong((), shape, value, "length", says) for says in size(len(value))]
        if None in value:
            wrong.append(Wrong((), shape, value, "member", f"Member must satisfy constraint: [{_NOT_NULL}]"))
        elif element is not None and simple:
            if any(element(item) for item in value):
                says = ", ".join([*constraints.described(shape.member), _NOT_NULL])
                wrong.append(Wrong((), shape, value, "member", says))
        elif later:
            each = later[0]
            for number, item in enumerate(value, 1):
                for found in (each(item) if each is not None else None) or ():
                    wrong.append(found._replace(path=(*found.path, "member", str(number))))
        return wrong or None

    return check_list


def _map(shape: Shape) -> Check:
    size = constraints.length(shape)
    key, item = compiled(shape.key), compiled(shape.value)
    simple = shape.value.type not in ("structure", "list", "map")

    def check_map(value: Any) -> list[Wrong] | None:
        wrong: list[Wrong] = []
        if size is not None:
            wrong += [Wrong((), shape, value, "length", says) for says in size(len(value))]
        if key is not None and any(key(each) for each in value):
            says = ", ".join([*constraints.described(shape.key), _NOT_NULL])
            wrong.append(Wrong((), shape, value, "key", f"Map keys must satisfy constraint: [{says}]"))
        if item is not None:
            for name, each in value.items():
                found = item(each) if each is not None else None
                if found and simple:
                    says = ", ".join([*constraints.described(shape.value), _NOT_NULL])
                    wrong.append(Wrong((), shape, value, "key", f"Map value must satisfy constraint: [{says}]"))
                    break
                wrong += [below._replace(path=(*below.path, "member", name)) for below in found or ()]
        return wrong or None

    return check_map


def _scalar(shape: Shape) -> Check:
    tests = constraints.tests(shape)

    def check_scalar(value: Any) -> list[Wrong] | None:
        wrong = None
        for kind, test in tests:
            for says in test(value):
                wrong = wrong or []
                wrong.append(Wrong((), shape, value, kind, says))
        return wrong

    return check_scalar


_NOT_NULL = "Member must not be null"


def _refuse(operation: Operation, words: Words, wrong: list[Wrong]) -> None:
    for each in wrong:
        own = words.own(operation, each.kind, each.path, each.shape, each.value)
        if own is not None:
            raise own
    if words.names_input:
        wrong.sort(key=lambda each: not _in_body(operation, each.path[-1]))
    said = [_said(operation, words, each) for each in wrong]
    errors = "validation error" if len(said) == 1 else "validation errors"
    raise ApiError(code_for(operation, words, wrong[0].kind), f"{len(said)} {errors} detected: {'; '.join(said)}")


def _said(operation: Operation, words: Words, wrong: Wrong) -> str:
    path = ".".join(reversed(wrong.path))
    if words.names_input and _in_body(operation, wrong.path[-1]):
        path = f"{constraints.step(operation.name)}Input.{path}"
    if wrong.value is None:
        value = "Value null"
    elif wrong.shape.sensitive or not words.shows_values:
        value = "Value"
    else:
        value = f"Value '{constraints.shown(wrong.value)}'"
    says = wrong.says
    if wrong.kind == "enum" and not words.shows_enums:
        says = says.partition(":")[0]
    if wrong.kind == "member" and not says.startswith("Member must satisfy constraint"):
        kept = says if words.elements_not_null else says.removesuffix(f", {_NOT_NULL}")
        says = f"Member must satisfy constraint: [{kept}]"
    return f"{value} at '{path}' failed to satisfy constraint: {says}"


def _in_body(operation: Operation, step: str) -> bool:
    assert operation.input is not None
    return any(
        constraints.step(name) == step and member.location is None for name, member in operation.input.members.items()
    )
