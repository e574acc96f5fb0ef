"""The protocols json 1.0 and 1.1: operation in X-Amz-Target, everything else in a JSON body."""

from __future__ import annotations

import functools
import zlib
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.messages import Request, Response
from windtunnel.gateway.protocols import error_codes, event_stream, json_values
from windtunnel.gateway.protocols.faults import fault as described
from windtunnel.gateway.protocols.json_values import decode, encode, reader, writer

name = "json"


def parse(operation: Operation, request: Request, labels: dict[str, str]) -> dict[str, Any]:
    """The parameters of a call."""
    if operation.input is None:
        return {}
    params: dict[str, Any] = reader(operation.input)(json_values.parse(request.body))
    return params


def answer(operation: Operation, result: dict[str, Any], request_id: str) -> Response:
    """A result as the client expects it."""
    headers = [("x-amzn-RequestId", request_id), ("Content-Type", content_type(operation.service.json_version))]
    output = operation.output
    if output is None:
        return Response(200, headers)
    events = event_stream_member(output)
    if events is not None:
        initial = {key: value for key, value in result.items() if key != events}
        shape = output.members[events]
        headers[1] = ("Content-Type", "application/vnd.amazon.eventstream")
        body = event_stream.stream(shape, result[events], encode_event, ("application/json", _written(output, initial)))
        return Response(200, headers, body)
    return _checksummed(operation.service, Response(200, headers, _written(output, result)))


def fault(service: Service | None, operation: Operation | None, error: ApiError, request_id: str) -> Response:
    """An error as the client expects it."""
    found = described(service, operation, error)
    kind = error_codes.typed(service.name if service else "", found.name)
    version = service.json_version if service is not None else "1.1"
    headers = [
        ("x-amzn-RequestId", request_id),
        ("Content-Type", content_type(version)),
        ("x-amzn-ErrorType", found.name),
    ]
    if service is not None and service.query_compatible:
        headers.append(("x-amzn-query-error", f"{found.code};{found.blame}"))
    body = encode({"__type": kind, **error_members(found.shape, found.members)})
    return _checksummed(service, Response(found.status, headers, body))


def _checksummed(service: Service | None, response: Response) -> Response:
    """DynamoDB's answers carry their checksum. AWS: amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html"""
    if service is not None and service.signing_name == "dynamodb":
        assert isinstance(response.body, bytes)
        response.headers.append(("x-amz-crc32", str(zlib.crc32(response.body))))
    return response


def error_members(shape: Shape | None, members: dict[str, Any]) -> dict[str, Any]:
    """Members of an error as JSON; those that no shape describes are written as they are."""
    if shape is None:
        return {key: value for key, value in members.items() if value is not None}
    known = {key: value for key, value in members.items() if key in shape.members}
    convert = writer(shape)
    written: dict[str, Any] = convert(known) if convert is not None else known
    unknown = {key: value for key, value in members.items() if key not in known and value is not None}
    return {**written, **unknown}


def encode_event(shape: Shape, event: dict[str, Any]) -> tuple[str, bytes]:
    """The payload of one event of an event stream."""
    return "application/json", _written(shape, event)


@functools.cache
def content_type(version: str) -> str:
    return f"application/x-amz-json-{version}"


@functools.cache
def event_stream_member(output: Shape) -> str | None:
    """The member that is an event stream, if there is one."""
    return next((name for name, member in output.members.items() if member.eventstream), None)


def _written(shape: Shape, value: dict[str, Any]) -> bytes:
    convert = writer(shape)
    return encode(value if convert is None else convert(value))


__all__ = ["answer", "content_type", "decode", "encode_event", "error_members", "fault", "parse"]
