"""The protocol rest-json: the operation in method and path, members wherever the model puts them, bodies in JSON."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.messages import Headers, Request, Response
from windtunnel.gateway.protocols import aws_json, event_stream, json_values, rest
from windtunnel.gateway.protocols.faults import fault as described
from windtunnel.gateway.protocols.json_values import encode, reader, writer

name = "rest-json"
_JSON = ("Content-Type", "application/json")


def parse(operation: Operation, request: Request, labels: dict[str, str]) -> dict[str, Any]:
    """The parameters of a call."""
    if operation.input is None:
        return {}
    places = rest.bound(operation.input)
    params = rest.read_places(places, request, labels, operation.query)
    if places.payload is not None:
        key, shape = places.payload
        value = _read_payload(shape, request.body)
        if value is not None:
            params[key] = value
    elif places.body and request.body:
        body = reader(operation.input)(json_values.parse(request.body))
        params.update((key, value) for key, value in body.items() if key in places.body)
    return params


def answer(operation: Operation, result: dict[str, Any], request_id: str) -> Response:
    """A result as the client expects it."""
    headers: Headers = [("x-amzn-RequestId", request_id)]
    output = operation.output
    if output is None:
        return Response(operation.status, headers if operation.status == 204 else [*headers, _JSON])
    places = rest.bound(output)
    headers += rest.written_headers(places, result)
    status = int(result.get(places.status) or operation.status) if places.status else operation.status
    if places.payload is not None:
        key, shape = places.payload
        content, body = _written_payload(shape, result.get(key))
        if not places.content_type:
            headers.append(("Content-Type", content))
        return Response(status, headers, body)
    if not places.body and status == 204:
        return Response(status, headers)
    headers.append(_JSON)
    in_body = result if not places.headers and not places.status else _only(result, places)
    convert = writer(output)
    return Response(status, headers, encode(convert(in_body) if convert is not None else in_body))


def fault(service: Service | None, operation: Operation | None, error: ApiError, request_id: str) -> Response:
    """An error as the client expects it."""
    found = described(service, operation, error)
    headers: Headers = [("x-amzn-RequestId", request_id), _JSON, ("x-amzn-ErrorType", found.name)]
    members = found.members
    if found.shape is not None:
        places = rest.bound(found.shape)
        headers += rest.written_headers(places, members)
        elsewhere = {key for key, shape in found.shape.members.items() if shape.location is not None}
        members = {key: value for key, value in members.items() if key not in elsewhere}
    return Response(found.status, headers, encode(aws_json.error_members(found.shape, members)))


def _only(result: dict[str, Any], places: rest.Bound) -> dict[str, Any]:
    known = places.shape.members
    return {key: value for key, value in result.items() if key in places.body or key not in known}


def _read_payload(shape: Shape, body: bytes) -> Any:
    if shape.type == "blob":
        return body if body or shape.streaming else None
    if not body:
        return None
    if shape.type == "string":
        return body.decode("utf-8", "replace")
    return reader(shape)(json_values.parse(body))


def _written_payload(shape: Shape, value: Any) -> tuple[str, Any]:
    if shape.eventstream:
        return "application/vnd.amazon.eventstream", event_stream.stream(shape, value, aws_json.encode_event)
    if shape.type == "blob":
        return "application/octet-stream", value.encode() if isinstance(
            value, str
        ) else value if value is not None else b""
    if shape.type == "string":
        return "text/plain", (value or "").encode()
    convert = writer(shape)
    return "application/json", encode(convert(value or {}) if convert is not None else value)
