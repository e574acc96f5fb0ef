"""Simple values ↔ text, for headers, paths, query strings, forms and XML."""

from __future__ import annotations

import binascii
import functools
from collections.abc import Callable
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.protocols import json_values
from windtunnel.gateway.protocols.serialization import MalformedInput

FromText = Callable[[str], Any]
ToText = Callable[[Any], str]


@functools.cache
def from_text(shape: Shape) -> FromText:
    """The closure that reads a value of a simple shape from text. It raises MalformedInput."""
    if shape.jsonvalue:
        return _json
    return _FROM[shape.type]


@functools.cache
def to_text(shape: Shape, times: str) -> ToText:
    """The closure that writes a value of a simple shape; `times` is the format of times that say none themselves."""
    if shape.jsonvalue:
        return lambda value: binascii.b2a_base64(json_values.encode(value), newline=False).decode("ascii")
    if shape.type == "timestamp":
        return _TIMES[shape.timestampFormat or times]
    return _TO[shape.type]


def _text(text: str) -> str:
    return text


def _integer(text: str) -> int:
    try:
        return int(text) if "_" not in text else _no_number(text)
    except ValueError:
        return _no_number(text)


def _no_number(text: str) -> int:
    raise MalformedInput(f"{text[:100]!r} is not a number")


def _number(text: str) -> float:
    try:
        return float(text) if "_" not in text else _no_number(text)
    except ValueError:
        return _no_number(text)


def _truth(text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise MalformedInput(f"{text[:100]!r} must be true or false")
    return lowered == "true"


def _bytes(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text)
    except (binascii.Error, ValueError):
        raise MalformedInput("Invalid base64-encoded value") from None


def _time(text: str) -> float:
    try:
        return timestamps.parse(text)
    except (ValueError, OverflowError):
        raise MalformedInput(f"{text[:100]!r} is not a valid time") from None


def _json(text: str) -> Any:
    return json_values.parse(_bytes(text))


_FROM: dict[str, FromText] = {
    "string": _text,
    "character": _text,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "boolean": _truth,
    "blob": _bytes,
    "timestamp": _time,
}


def _write_text(value: Any) -> str:
    return value if type(value) is str else str(value)


def _write_truth(value: Any) -> str:
    return "true" if value else "false"


def _write_bytes(value: Any) -> str:
    return binascii.b2a_base64(value.encode() if isinstance(value, str) else value, newline=False).decode("ascii")


def _write_number(value: Any) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value) if isinstance(value, float) else str(value)


_TO: dict[str, ToText] = {
    "string": _write_text,
    "character": _write_text,
    "integer": lambda value: str(int(value)),
    "long": lambda value: str(int(value)),
    "float": _write_number,
    "double": _write_number,
    "boolean": _write_truth,
    "blob": _write_bytes,
}
_TIMES: dict[str, ToText] = {
    "iso8601": timestamps.iso,
    "iso8601-milliseconds": timestamps.iso_milliseconds,
    "rfc822": timestamps.http_date,
    "unixTimestamp": lambda value: str(timestamps.epoch(value)),
}
