"""Which variables each state of a definition reads."""

from __future__ import annotations

import re
from typing import Any

from windtunnel.services.stepfunctions.language import intrinsics, jsonata, paths

_PATHS = re.compile(r"(Path|^Variable)$")
_WORD = re.compile(r"\$([A-Za-z_]\w*)")
_BOUND = re.compile(r"\$([A-Za-z_]\w*)\s*:=|function\s*\(([^)]*)\)|λ\s*\(([^)]*)\)")
_CALLED = re.compile(r"\$([A-Za-z_]\w*)\s*\(")
_INNER = ("Branches", "ItemProcessor", "Iterator", "States")


def of(definition: dict[str, Any]) -> dict[str, list[str]]:
    """State → its variables in order; states that read none are left out."""
    found: dict[str, list[str]] = {}
    _of_flow(definition, definition.get("QueryLanguage", "JSONPath"), found)
    return found


def _of_flow(flow: dict[str, Any], language: str, found: dict[str, list[str]]) -> None:
    language = flow.get("QueryLanguage", language)
    for name, state in flow.get("States", {}).items():
        own = state.get("QueryLanguage", language)
        fields = {field: value for field, value in state.items() if field not in _INNER}
        names = _in_jsonata(fields) if own == "JSONata" else _in_jsonpath(fields)
        if names:
            found[name] = sorted(names)
        for inner in [*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")]:
            if inner:
                _of_flow(inner, own, found)


def _in_jsonpath(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for each in value for name in _in_jsonpath(each)}
    if not isinstance(value, dict):
        return set()
    names: set[str] = set()
    for field, inner in value.items():
        if isinstance(inner, str) and (field.endswith(".$") or _PATHS.search(field)):
            names |= _of_text(inner)
        else:
            names |= _in_jsonpath(inner)
    return names


def _of_text(text: str) -> set[str]:
    try:
        if not text.startswith("$"):
            return set(intrinsics.variables(text))
        path = paths.compiled(text)
    except (paths.InvalidPath, intrinsics.InvalidIntrinsic):
        return set()
    return {path.variable} if path.variable else set()


def _in_jsonata(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for each in value for name in _in_jsonata(each)}
    if isinstance(value, dict):
        return {name for each in value.values() for name in _in_jsonata(each)}
    if not jsonata.is_expression(value):
        return set()
    bound = {name for match in _BOUND.finditer(value) for name in _WORD.findall(match[0])}
    called = set(_CALLED.findall(value))
    return set(_WORD.findall(value)) - bound - called - {"states"}
