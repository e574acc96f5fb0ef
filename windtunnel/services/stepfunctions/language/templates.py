"""
Payload templates of JSONPath states: JSON in which a field `x.$` holds a path or an intrinsic function.

    made = templates.compiled({"id.$": "$.order.id", "at.$": "States.Format('{}', $$.State.EnteredTime)"}, "Parameters")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.services.stepfunctions.language import intrinsics, paths
from windtunnel.services.stepfunctions.language.failures import runtime
from windtunnel.services.stepfunctions.language.scopes import Scope, text_of

Expression = Callable[[Scope], Any]
Template = Callable[[Scope], Any]


def compiled(template: Any) -> Template:
    """Raises InvalidPath and InvalidIntrinsic for expressions that can never be evaluated."""
    if isinstance(template, dict) and not _is_plain(template):
        fields = [_field(name, inner) for name, inner in template.items()]
        return lambda scope: {name: made(scope) for name, made in fields}
    if isinstance(template, list) and not _is_plain(template):
        items = [compiled(inner) for inner in template]
        return lambda scope: [made(scope) for made in items]
    return lambda scope: template


def expression(text: str, field: str) -> Expression:
    """A path or an intrinsic function, of the field of this name."""
    if not text.startswith("$"):
        return intrinsics.compiled(text, field)
    path = paths.compiled(text)

    def value(scope: Scope) -> Any:
        try:
            return path.value(scope)
        except paths.NoSuchPath:
            raise not_found(path, field, scope) from None

    return value


def not_found(path: paths.Path, field: str, scope: Scope) -> Exception:
    given = scope.context() if path.root == paths.CONTEXT else scope.input
    return runtime(
        f"The JSONPath '{path.text}' specified for the field '{field}' could not be found in the input '{text_of(given)}'"
    )


def expressions(template: Any) -> list[tuple[str, Any]]:
    """Every field and its expression, for those who check a definition."""
    if isinstance(template, dict):
        found = []
        for name, inner in template.items():
            if name.endswith(".$"):
                found.append((name, inner))
            else:
                found += expressions(inner)
        return found
    if isinstance(template, list):
        return [each for inner in template for each in expressions(inner)]
    return []


def _field(name: str, inner: Any) -> tuple[str, Template]:
    if name.endswith(".$"):
        if not isinstance(inner, str):
            raise paths.InvalidPath(
                f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
            )
        return name[:-2], expression(inner, name)
    return name, compiled(inner)


def _is_plain(template: Any) -> bool:
    if isinstance(template, dict):
        return all(not name.endswith(".$") and _is_plain(inner) for name, inner in template.items())
    if isinstance(template, list):
        return all(_is_plain(inner) for inner in template)
    return True
