"""
Paths into documents and texts made from them: input transformers of EventBridge and of Pipes.

    selected({"detail": {"n": 7}}, "$.detail.n") ─► 7
    filled('{"number": <n>}', {"n": 7}.get, …)   ─► {"number": 7}

AWS: eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

ABSENT: Any = object()
"""What a path finds that leads nowhere."""

_STEP = re.compile(r"\.([A-Za-z0-9_\-]+)|\['([^']+)'\]|\[\"([^\"]+)\"\]|\[(\d+|\*)\]")


class NotJson(Exception):
    """A template for JSON gives none with these values."""


def selected(document: Any, path: str) -> Any:
    """What a path like `$.detail.items[0].name` finds, or ABSENT."""
    value = document
    for name, quoted, double, index in _STEP.findall(path):
        key = name or quoted or double
        if key:
            value = value.get(key, ABSENT) if isinstance(value, dict) else ABSENT
        elif index != "*":
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else ABSENT
        if value is ABSENT:
            return ABSENT
    return value


def filled(template: str, variable: re.Pattern[str], value_of: Callable[[str], Any], *, plain: bool) -> str:
    """
    The template with its variables replaced: by JSON outside of quotes, by text inside. In a `plain` template, one that is a text
    as a whole, documents lose their own quotes inside of it.
    """
    parts: list[str] = []
    at, quoted = 0, False
    for found in variable.finditer(template):
        before = template[at : found.start()]
        quoted ^= _quotes(before) % 2 == 1
        value = value_of(found[1])
        parts += [before, _in_text(value, plain) if quoted else _in_json(value)]
        at = found.end()
    return "".join([*parts, template[at:]])


def checked(text: str) -> str:
    """The text, which is JSON. Raises NotJson."""
    try:
        json.loads(text)
    except ValueError:
        raise NotJson(f"The input template gives no JSON: {text[:200]}") from None
    return text


def compact(value: Any) -> str:
    """A JSON value without spaces, characters as they are."""
    return msgspec.json.encode(value).decode()


def _quotes(text: str) -> int:
    return text.replace('\\"', "").count('"')


def _in_json(value: Any) -> str:
    return '""' if value is ABSENT else compact(value)


def _in_text(value: Any, plain: bool) -> str:
    """Inside of quotes: a string as it is; what is more than that loses its own quotes in a template that is text."""
    if value is ABSENT:
        return ""
    if isinstance(value, str):
        return json.dumps(value)[1:-1]
    return compact(value).replace('"', "") if plain else compact(value)
