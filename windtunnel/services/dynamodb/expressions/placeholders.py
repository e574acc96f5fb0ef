"""
The names and values that a request gives for the placeholders of its expressions: checked, looked up, and all of them used.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
"""

from __future__ import annotations

import re
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.expressions.nodes import Literal, Path, Step
from windtunnel.services.dynamodb.expressions.reserved import RESERVED
from windtunnel.services.dynamodb.expressions.tokens import Invalid
from windtunnel.services.dynamodb.values import TOO_DEEP, Value, checked, invalid

_NAME = re.compile(r"#[A-Za-z0-9_]+")
_VALUE = re.compile(r":[A-Za-z0-9_]+")


class Placeholders:
    """
    Of one request. `expressions` are those it could have, by the names of their parameters: None for one that it has not.
    Raises ValidationException for names or values that are none, or that no expression can use.
    """

    __slots__ = ("_names", "_unused_names", "_unused_values", "_values")

    def __init__(
        self, names: dict[str, str] | None, values: dict[str, Value] | None, expressions: dict[str, str | None]
    ) -> None:
        if names is None and values is None:
            self._names: dict[str, str] = {}
            self._values: dict[str, Value] = {}
            self._unused_names: set[str] = set()
            self._unused_values: set[str] = set()
            return
        self._names = _names_of(names, expressions) if names is not None else {}
        self._values = _values_of(values, expressions) if values is not None else {}
        self._unused_names = set(self._names)
        self._unused_values = set(self._values)

    def path(self, path: Path) -> Path:
        """With every placeholder replaced by its name. Raises Invalid."""
        return Path(tuple([step if type(step) is int else self._name(step) for step in path.steps]))

    def literal(self, literal: Literal) -> Literal:
        """With its value. Raises Invalid."""
        name = literal.written
        value = self._values.get(name)
        if value is None:
            raise Invalid(f"An expression attribute value used in expression is not defined; attribute value: {name}")
        self._unused_values.discard(name)
        return Literal(name, value)

    def _name(self, step: Step) -> str:
        assert isinstance(step, str)
        if step[0] == "#":
            name = self._names.get(step)
            if name is None:
                raise Invalid(
                    f"An expression attribute name used in the document path is not defined; attribute name: {step}"
                )
            self._unused_names.discard(step)
            return name
        if step.upper() in RESERVED:
            raise Invalid(f"Attribute name is a reserved keyword; reserved keyword: {step}")
        return step

    def check_all_used(self) -> None:
        """Raises ValidationException when an expression used not all of them."""
        for kind, unused in (("Names", self._unused_names), ("Values", self._unused_values)):
            if unused:
                keys = ", ".join(sorted(unused))
                raise invalid(f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{keys}}}")


def _check_are_usable(kind: str, expressions: dict[str, str | None]) -> None:
    if any(text is not None for text in expressions.values()):
        return
    says = f"ExpressionAttribute{kind} can only be specified when using expressions"
    named = [name for name in expressions if name != "ProjectionExpression"] if kind == "Values" else []
    if named:
        says += f": {' and '.join(named)} {'is' if len(named) == 1 else 'are'} null"
    raise invalid(says)


def _names_of(names: dict[str, str], expressions: dict[str, str | None]) -> dict[str, str]:
    _check_are_usable("Names", expressions)
    if not names:
        raise invalid("ExpressionAttributeNames must not be empty")
    for key in names:
        if not _NAME.fullmatch(key):
            raise invalid(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{key}"')
    return names


def _values_of(values: dict[str, Any], expressions: dict[str, str | None]) -> dict[str, Value]:
    _check_are_usable("Values", expressions)
    if not values:
        raise invalid("ExpressionAttributeValues must not be empty")
    found = {}
    for key, value in values.items():
        if not _VALUE.fullmatch(key):
            raise invalid(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{key}"')
        try:
            found[key], _ = checked(value)
        except ApiError as error:
            if error.message == TOO_DEEP:
                raise
            raise invalid(f"ExpressionAttributeValues contains invalid value: {error.message} for key {key}") from None
    return found
