"""The protocol smithy-rpc-v2-cbor: `POST /service/{name}/operation/{operation}`, everything else in a CBOR body."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.messages import Request, Response
from windtunnel.gateway.protocols import error_codes
from windtunnel.gateway.protocols.faults import fault as described
from windtunnel.gateway.protocols.json_values import BadAnswer
from windtunnel.gateway.protocols.serialization import SerializationException, mismatch

name = "smithy-rpc-v2-cbor"
_HEADERS = [("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor")]
Convert = Callable[[Any], Any]


def parse(operation: Operation, request: Request, labels: dict[str, str]) -> dict[str, Any]:
    """The parameters of a call."""
    if operation.input is None or not request.body:
        return {}
    import cbor2

    try:
        value = cbor2.loads(request.body)
    except Exception as error:
        # cbor2 raises whatever the bytes make it stumble over: its own errors, and those of datetime, decimal, re …
        raise SerializationException("Unable to parse the request body as CBOR") from error
    params: dict[str, Any] = reader(operation.input)(value)
    return params


def answer(operation: Operation, result: dict[str, Any], request_id: str) -> Response:
    """A result as the client expects it."""
    headers = [("x-amzn-RequestId", request_id), *_HEADERS]
    if operation.output is None:
        return Response(200, headers[:2])
    return Response(200, headers, encoded(writer(operation.output)(result)))


def fault(service: Service | None, operation: Operation | None, error: ApiError, request_id: str) -> Response:
    """An error as the client expects it."""
    found = described(service, operation, error)
    headers = [("x-amzn-RequestId", request_id), *_HEADERS, ("x-amzn-ErrorType", found.name)]
    if service is not None and service.query_compatible:
        headers.append(("x-amzn-query-error", f"{found.code};{found.blame}"))
    members = {key: value for key, value in found.members.items() if value is not None}
    if found.shape is not None:
        known = {key: value for key, value in members.items() if key in found.shape.members}
        members = {**members, **writer(found.shape)(known)}
    kind = error_codes.typed(service.name if service else "", found.name)
    return Response(found.status, headers, encoded({"__type": kind, **members}))


@functools.cache
def reader(shape: Shape) -> Convert:
    """The closure that turns a CBOR tree into a value of the shape."""
    if shape.type == "structure":
        return _read_structure(shape)
    if shape.type == "list":
        return lambda value: _read_items(shape, value)
    if shape.type == "map":
        return lambda value: _read_entries(shape, value)
    return lambda value: _read_scalar(shape, value)


@functools.cache
def writer(shape: Shape, moment: Convert | None = None) -> Convert:
    """The closure that turns a value of the shape into a CBOR tree; `moment` writes times, as seconds if it is not given."""
    if shape.type == "structure":
        return lambda value: _write_structure(shape, value, moment)
    if shape.type == "list":
        return lambda value: [writer(shape.member, moment)(item) for item in value]
    if shape.type == "map":
        return lambda value: {key: writer(shape.value, moment)(item) for key, item in value.items()}
    if shape.type == "timestamp":
        return moment or _moment
    return _WRITERS.get(shape.type, _same)


def _read_structure(shape: Shape) -> Convert:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise mismatch(value, "structure")
        members = shape.members
        return {key: reader(members[key])(item) for key, item in value.items() if item is not None and key in members}

    return read


def _read_items(shape: Shape, value: Any) -> list[Any]:
    if type(value) is not list:
        raise mismatch(value, "list")
    convert = reader(shape.member)
    return [None if item is None else convert(item) for item in value]


def _read_entries(shape: Shape, value: Any) -> dict[str, Any]:
    if type(value) is not dict or not all(type(key) is str for key in value):
        raise mismatch(value, "map")
    convert = reader(shape.value)
    return {key: None if item is None else convert(item) for key, item in value.items()}


def _read_scalar(shape: Shape, value: Any) -> Any:
    kind = shape.type
    if kind == "timestamp":
        if isinstance(value, datetime):
            return timestamps.seconds(value)
        if type(value) in (int, float):
            return float(value)
    elif kind in ("integer", "long"):
        if type(value) is int or (type(value) is float and value == value and abs(value) != float("inf")):
            return int(value)
    elif kind in ("float", "double"):
        if type(value) in (int, float):
            return value
    elif type(value) is _TYPES[kind]:
        return value
    raise mismatch(value, kind)


def _write_structure(shape: Shape, value: dict[str, Any], moment: Convert | None) -> dict[str, Any]:
    members = shape.members
    for key in value:
        if key not in members:
            raise BadAnswer(f"{shape.name} has no member {key!r}")
    return {key: writer(members[key], moment)(item) for key, item in value.items() if item is not None}


def _same(value: Any) -> Any:
    return value


def _moment(value: Any) -> Any:
    import cbor2

    return cbor2.CBORTag(1, timestamps.epoch(value))


def encoded(value: Any) -> bytes:
    """A CBOR tree as bytes."""
    import cbor2

    return cbor2.dumps(value)


_TYPES: dict[str, type] = {"string": str, "character": str, "boolean": bool, "blob": bytes}
_WRITERS: dict[str, Convert] = {
    "blob": lambda value: value.encode() if isinstance(value, str) else value,
    "float": float,
    "double": float,
}
