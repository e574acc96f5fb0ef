"""
Values made from the models: the same ones every time, awkward on purpose.

`minimal` has the required members only, `full` has every member, lists and maps with two elements.
"""

from __future__ import annotations

import datetime
from typing import Any

from botocore.model import Shape

MOMENT = datetime.datetime(2024, 5, 1, 10, 20, 30, tzinfo=datetime.UTC)
TEXT = "a b&c<d>\"e'=/é%25+日\nz"
# botocore changes the type of these after it has read the models.
RETYPED = ("Expires", "ExpiresString")
PLAIN_TEXT = "plain text, with a comma"


def minimal(shape: Shape | None) -> dict[str, Any]:
    """A value of a structure with its required members."""
    return _structure(shape, (), full=False) if shape is not None else {}


def full(shape: Shape | None) -> dict[str, Any]:
    """A value of a structure with all members."""
    return _structure(shape, (), full=True) if shape is not None else {}


def _structure(shape: Any, above: tuple[str, ...], full: bool) -> dict[str, Any]:
    names = list(shape.members) if full else list(shape.required_members)
    if shape.is_tagged_union:
        names = names[:1] or list(shape.members)[:1]
    value = {}
    for name in names:
        member = shape.members[name]
        if member.serialization.get("eventstream"):
            continue
        if member.name not in (*above, *RETYPED):
            value[name] = _value(member, (*above, shape.name), full)
    return value


def _value(shape: Any, above: tuple[str, ...], full: bool) -> Any:
    kind = shape.type_name
    place = shape.serialization.get("location")
    if getattr(shape, "is_document_type", False):
        return {"any": [1, "thing", None, {"deep": True}]}
    if kind == "structure":
        return _structure(shape, above, full)
    if kind == "list":
        if shape.member.name in above:
            return []
        return [_value(shape.member, (*above, shape.name), full) for _ in range(2 if full else 1)]
    if kind == "map":
        if shape.value.name in above:
            return {}
        keys = ["one", "two.three"][: 2 if full else 1] if place != "querystring" else ["one"]
        keys = _enum(shape.key)[:2] or keys
        return {key: _header_text(_value(shape.value, (*above, shape.name), full), place) for key in keys}
    return _simple(shape, place)


def _simple(shape: Any, place: str | None) -> Any:
    kind = shape.type_name
    if kind in ("string", "character"):
        if place == "statusCode":
            return 202
        values = _enum(shape)
        if values:
            return values[-1]
        if shape.serialization.get("hostLabel"):
            return "label"
        return PLAIN_TEXT if place == "header" else TEXT
    if kind in ("integer", "long"):
        return 202 if place == "statusCode" else -7
    if kind in ("float", "double"):
        return 1.25
    if kind == "boolean":
        return True
    if kind == "blob":
        return b"\x00\xff blob \r\n"
    return MOMENT


def _header_text(value: Any, place: str | None) -> Any:
    return PLAIN_TEXT if place == "headers" else value


def _enum(shape: Any) -> list[str]:
    return list(getattr(shape, "enum", ()) or ())


def plain(value: Any) -> Any:
    """A value for comparison: times as seconds, and nothing that is empty, since not all protocols can say it."""
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if not _is_empty(plain(item))}
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value]
        return [] if all(_is_empty(item) for item in items) else items
    if isinstance(value, bytearray):
        return bytes(value)
    return value


def _is_empty(value: Any) -> bool:
    return value in ({}, [], None)
