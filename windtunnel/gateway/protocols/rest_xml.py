"""The protocol rest-xml, which is S3's: the operation in method, path and query string; bodies in XML."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.messages import Headers, Request, Response
from windtunnel.gateway.protocols import event_stream, rest, s3_names, xml_text, xml_values
from windtunnel.gateway.protocols.faults import fault as described
from windtunnel.gateway.protocols.serialization import MalformedXML, Misplaced

name = "rest-xml"
TIMES = "iso8601-milliseconds"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def parse(operation: Operation, request: Request, labels: dict[str, str]) -> dict[str, Any]:
    """The parameters of a call."""
    if operation.input is None:
        return {}
    places = rest.bound(operation.input)
    try:
        params = rest.read_places(places, request, labels, operation.query)
    except Misplaced as problem:
        raise _invalid(problem) from None
    if places.payload is not None:
        key, shape = places.payload
        value = _read_payload(shape, request.body)
        if value is not None:
            params[key] = value
    elif places.body and request.body:
        body = xml_values.reader(operation.input)(xml_values.parse(request.body))
        params.update((key, value) for key, value in body.items() if key in places.body)
    return params


def answer(operation: Operation, result: dict[str, Any], request_id: str) -> Response:
    """A result as the client expects it."""
    headers: Headers = [("x-amz-request-id", request_id), ("x-amz-id-2", s3_names.host_id(request_id))]
    output = operation.output
    if output is None:
        return Response(operation.status, headers)
    places = rest.bound(output)
    headers += rest.written_headers(places, result)
    status = int(result.get(places.status) or operation.status) if places.status else operation.status
    if result.get("ContentRange") is not None and operation.service.name == "s3":
        status = 206  # the model has no place for it
    if places.payload is not None:
        key, shape = places.payload
        content, body = _written_payload(operation, shape, key, result.get(key))
        if content and not places.content_type:
            headers.append(("Content-Type", content))
        return Response(status, headers, body)
    if not places.body or operation.method == "HEAD":
        return Response(status, headers)
    attributes, inner = xml_text.content(output, TIMES)(
        {key: value for key, value in result.items() if key in places.body or key not in output.members}
    )
    headers.append(("Content-Type", "application/xml"))
    if operation.name in s3_names.BARE:
        inner = result.get(s3_names.BARE[operation.name]) or ""
        inner = xml_text.escaped(inner)
    root = s3_names.root(operation)
    return Response(status, headers, _document(root, attributes or f' xmlns="{s3_names.XML_NAMESPACE}"', inner))


def fault(service: Service | None, operation: Operation | None, error: ApiError, request_id: str) -> Response:
    """An error as the client expects it."""
    found = described(service, operation, error)
    host_id = s3_names.host_id(request_id)
    headers: Headers = [("x-amz-request-id", request_id), ("x-amz-id-2", host_id), ("Content-Type", "application/xml")]
    if (operation is not None and operation.method == "HEAD") or found.status == 304:
        return Response(found.status, headers)
    spare = {key: value for key, value in found.members.items() if key.lower() not in ("message", "code")}
    inner = "".join(
        f"<{key}>{xml_text.escaped(str(value))}</{key}>" for key, value in spare.items() if value is not None
    )
    body = (
        f"{_DECLARATION}<Error><Code>{xml_text.escaped(found.code)}</Code>"
        f"<Message>{xml_text.escaped(found.message)}</Message>{inner}"
        f"<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId></Error>"
    )
    return Response(found.status, headers, body.encode())


def encode_event(shape: Shape, event: dict[str, Any]) -> tuple[str, bytes]:
    """The payload of one event of an event stream."""
    attributes, inner = xml_text.content(shape, TIMES)(event)
    return "text/xml", f"<{shape.name}{attributes}>{inner}</{shape.name}>".encode()


# AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList (InvalidArgument)
def _invalid(problem: Misplaced) -> ApiError:
    message = f"Provided {problem.wire} not an integer or within integer range"
    return ApiError("InvalidArgument", message, ArgumentName=problem.wire, ArgumentValue=problem.text)


def _read_payload(shape: Shape, body: bytes) -> Any:
    if shape.type == "blob":
        return body if body or shape.streaming else None
    if not body:
        return None
    if shape.type == "string":
        try:
            return body.decode()
        except UnicodeDecodeError:
            raise MalformedXML from None
    return xml_values.reader(shape)(xml_values.parse(body))


def _written_payload(operation: Operation, shape: Shape, key: str, value: Any) -> tuple[str, Any]:
    if shape.eventstream:
        return "application/vnd.amazon.eventstream", event_stream.stream(shape, value, encode_event)
    if shape.type == "blob":
        return "binary/octet-stream", value.encode() if isinstance(value, str) else value if value is not None else b""
    if shape.type == "string":
        return "application/json", (value or "").encode()
    if value is None:
        return "", b""
    attributes, inner = xml_text.content(shape, TIMES)(value)
    root = shape.locationName or key
    return "application/xml", _document(root, attributes or f' xmlns="{s3_names.XML_NAMESPACE}"', inner)


def _document(root: str, attributes: str, inner: str) -> bytes:
    return f"{_DECLARATION}<{root}{attributes}>{inner}</{root}>".encode()
