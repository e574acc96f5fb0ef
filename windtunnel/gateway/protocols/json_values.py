"""
Values of the model ↔ JSON trees, for every protocol with a JSON body.

`reader(shape)` and `writer(shape)` give closures that are compiled once per shape. Readers check types and raise
SerializationException; nulls and members that the model does not know are dropped, as AWS does it. Times become
float seconds, blobs become bytes. Writers drop None and refuse members that the model does not have: that is a bug
of the service.
"""

from __future__ import annotations

import binascii
import functools
from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.aws import timestamps
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.protocols.serialization import SerializationException, mismatch

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any] | None


class BadAnswer(Exception):
    """A service answered with something that its model has not: a bug of the service, never shown to a client."""


decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder(decimal_format="number").encode


def parse(body: bytes) -> Any:
    """The JSON tree of a body; an empty body is an empty object."""
    if not body:
        return {}
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SerializationException("Unable to parse the request body as JSON") from None


@functools.cache
def reader(shape: Shape) -> Reader:
    """The closure that turns a JSON tree into a value of the shape."""
    if shape.document:
        return _anything
    return _READERS[shape.type](shape)


@functools.cache
def writer(shape: Shape) -> Writer:
    """The closure that turns a value of the shape into a JSON tree; None where nothing has to be done."""
    if shape.document:
        return None
    if shape.jsonvalue:
        return lambda value: encode(value).decode()
    if shape.type in ("structure", "list", "map", "blob", "timestamp"):
        return _WRITERS[shape.type](shape)
    return None


def _anything(value: Any) -> Any:
    return value


def _read_structure(shape: Shape) -> Reader:
    readers: dict[str, tuple[str, Reader]] = {}

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise mismatch(value, "structure")
        if not readers:
            readers.update(
                (member.locationName or name, (name, reader(member))) for name, member in shape.members.items()
            )
        result = {}
        for wire, item in value.items():
            found = readers.get(wire)
            if found is not None and item is not None:
                result[found[0]] = found[1](item)
        return result

    return read


def _read_list(shape: Shape) -> Reader:
    each: list[Reader] = []

    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise mismatch(value, "list")
        if not each:
            each.append(reader(shape.member))
        convert = each[0]
        return [None if item is None else convert(item) for item in value]

    return read


def _read_map(shape: Shape) -> Reader:
    each: list[Reader] = []

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise mismatch(value, "map")
        if not each:
            each.append(reader(shape.value))
        convert = each[0]
        return {key: None if item is None else convert(item) for key, item in value.items()}

    return read


def _string(value: Any) -> Any:
    if type(value) is str:
        return value
    raise mismatch(value, "string")


def _read_string(shape: Shape) -> Reader:
    if not shape.jsonvalue:
        return _string

    def read(value: Any) -> Any:
        try:
            return decode(_string(value))
        except msgspec.DecodeError:
            raise SerializationException("Unable to parse the value as JSON") from None

    return read


def _read_integer(shape: Shape) -> Reader:
    low, high = (-(2**31), 2**31 - 1) if shape.type == "integer" else (-(2**63), 2**63 - 1)
    kind = shape.type

    def read(value: Any) -> int:
        if type(value) is float and value == value and abs(value) != float("inf"):
            value = int(value)
        if type(value) is not int:
            raise mismatch(value, kind)
        if not low <= value <= high:
            raise SerializationException(f"Value {value} is out of the range of {'int' if kind == 'integer' else kind}")
        return value

    return read


def _read_float(shape: Shape) -> Reader:
    kind = shape.type

    def read(value: Any) -> float:
        if type(value) is float or type(value) is int:
            return value
        if type(value) is str and value in ("NaN", "Infinity", "-Infinity"):
            return float(value)
        raise mismatch(value, kind)

    return read


def _boolean(value: Any) -> Any:
    if value is True or value is False:
        return value
    raise mismatch(value, "boolean")


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        raise mismatch(value, "blob")
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except (binascii.Error, ValueError):
        raise SerializationException("Invalid base64-encoded value") from None


def _timestamp(value: Any) -> float:
    if type(value) is int or type(value) is float:
        return float(value)
    if type(value) is not str:
        raise mismatch(value, "timestamp")
    try:
        return timestamps.parse(value)
    except (ValueError, OverflowError):
        raise mismatch(value, "timestamp") from None


def _write_structure(shape: Shape) -> Writer:
    writers: dict[str, tuple[str, Writer]] = {}

    def write(value: Any) -> dict[str, Any]:
        if not writers:
            writers.update(
                (name, (member.locationName or name, writer(member))) for name, member in shape.members.items()
            )
        result = {}
        for name, item in value.items():
            if item is not None:
                try:
                    wire, convert = writers[name]
                except KeyError:
                    raise BadAnswer(f"{shape.name} has no member {name!r}") from None
                result[wire] = item if convert is None else convert(item)
        return result

    return write


def _write_list(shape: Shape) -> Writer:
    each: list[Writer] = []

    def write(value: Any) -> Any:
        if not each:
            each.append(writer(shape.member))
        convert = each[0]
        return list(value) if convert is None else [None if item is None else convert(item) for item in value]

    return write


def _write_map(shape: Shape) -> Writer:
    each: list[Writer] = []

    def write(value: Any) -> Any:
        if not each:
            each.append(writer(shape.value))
        convert = each[0]
        if convert is None:
            return value
        return {key: None if item is None else convert(item) for key, item in value.items()}

    return write


def _write_blob(shape: Shape) -> Writer:
    def write(value: Any) -> str:
        data = value.encode() if isinstance(value, str) else value
        return binascii.b2a_base64(data, newline=False).decode("ascii")

    return write


def _write_timestamp(shape: Shape) -> Writer:
    form = shape.timestampFormat
    return timestamps.iso if form == "iso8601" else timestamps.http_date if form == "rfc822" else timestamps.epoch


_READERS: dict[str, Callable[[Shape], Reader]] = {
    "structure": _read_structure,
    "list": _read_list,
    "map": _read_map,
    "string": _read_string,
    "character": _read_string,
    "integer": _read_integer,
    "long": _read_integer,
    "float": _read_float,
    "double": _read_float,
    "boolean": lambda shape: _boolean,
    "blob": lambda shape: _blob,
    "timestamp": lambda shape: _timestamp,
}
_WRITERS: dict[str, Callable[[Shape], Writer]] = {
    "structure": _write_structure,
    "list": _write_list,
    "map": _write_map,
    "blob": _write_blob,
    "timestamp": _write_timestamp,
}
