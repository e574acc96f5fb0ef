"""Numbers that a field holds, finds by a path, or computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.services.stepfunctions.language import jsonata, paths, templates
from windtunnel.services.stepfunctions.language.failures import runtime
from windtunnel.services.stepfunctions.language.scopes import Scope


def number(fields: dict[str, Any], field: str) -> Callable[[Scope], float]:
    """A number that a field holds or, in JSONata, computes; 0 where it is not there."""
    value = fields.get(field, 0)
    if jsonata.is_expression(value):
        expression = jsonata.Expression(value, field)
        return lambda scope: expression.of_type(scope, {"input": scope.input}, "number", whole=True)  # type: ignore[no-any-return]
    return lambda scope: value  # type: ignore[no-any-return]


def whole_number(fields: dict[str, Any], field: str) -> Callable[[Scope], float]:
    """The same, or by the path of its sibling `<field>Path`; not below 0."""
    path = fields.get(f"{field}Path")
    plainly = number(fields, field)
    is_percentage = field.endswith("Percentage")

    def value(scope: Scope) -> float:
        found = plainly(scope) if path is None else _by_path(path, field, scope, is_percentage)
        if found < 0:
            raise runtime(f"{field} cannot be negative.")
        if is_percentage and found > 100:
            raise runtime(f"{field} cannot be greater than 100.")
        return found

    return value


def _by_path(path: str, field: str, scope: Scope, is_percentage: bool) -> float:
    found = path_value(path, f"{field}Path", scope)
    if isinstance(found, str) and found.isdigit():
        found = int(found)
    whole = isinstance(found, int) and not isinstance(found, bool)
    if not whole and not (is_percentage and isinstance(found, float)):
        raise runtime(f'The {field}Path field refers to value "{plain(found)}" which is not a valid integer: {path}')
    return found  # type: ignore[no-any-return]


def path_value(text: str, field: str, scope: Scope) -> Any:
    """Raises StateFailed."""
    if not text.startswith("$"):
        return templates.expression(text, field)(scope)
    path = paths.compiled(text)
    try:
        return path.value(scope)
    except paths.NoSuchPath as missing:
        raise runtime(f"Invalid path '{text}' : {missing}") from None


def plain(value: Any) -> str:
    return value if isinstance(value, str) else templates.text_of(value)
