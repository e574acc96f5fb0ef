"""
The protocol json 1.1 with a CBOR body, as the SDKs for Java speak it with Kinesis: operation in X-Amz-Target.

Times are milliseconds here, under the tag for seconds, as in aws-sdk-java-v2 (core/protocols/aws-cbor-protocol).
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.messages import Request, Response
from windtunnel.gateway.protocols import cbor, error_codes, event_stream
from windtunnel.gateway.protocols.aws_json import event_stream_member
from windtunnel.gateway.protocols.faults import fault as described
from windtunnel.gateway.protocols.serialization import SerializationException

name = "aws-cbor"
CONTENT_TYPE = "application/x-amz-cbor-1.1"


def parse(operation: Operation, request: Request, labels: dict[str, str]) -> dict[str, Any]:
    """The parameters of a call."""
    if operation.input is None or not request.body:
        return {}
    import cbor2

    try:
        value = cbor2.loads(request.body, semantic_decoders={1: _seconds})
    except Exception as error:
        # As in `cbor.py`: the bytes may make cbor2 stumble over anything.
        raise SerializationException("Unable to parse the request body as CBOR") from error
    params: dict[str, Any] = cbor.reader(operation.input)(value)
    return params


def answer(operation: Operation, result: dict[str, Any], request_id: str) -> Response:
    """A result as the client expects it."""
    headers = [("x-amzn-RequestId", request_id), ("Content-Type", CONTENT_TYPE)]
    output = operation.output
    if output is None:
        return Response(200, headers)
    events = event_stream_member(output)
    if events is None:
        return Response(200, headers, _written(output, result))
    initial = {key: value for key, value in result.items() if key != events}
    headers[1] = ("Content-Type", "application/vnd.amazon.eventstream")
    first = (CONTENT_TYPE, _written(output, initial))
    return Response(200, headers, event_stream.stream(output.members[events], result[events], encode_event, first))


def fault(service: Service | None, operation: Operation | None, error: ApiError, request_id: str) -> Response:
    """An error as the client expects it."""
    found = described(service, operation, error)
    kind = error_codes.typed(service.name if service else "", found.name)
    headers = [("x-amzn-RequestId", request_id), ("Content-Type", CONTENT_TYPE), ("x-amzn-ErrorType", found.name)]
    members = {key: value for key, value in found.members.items() if value is not None}
    if found.shape is not None:
        known = {key: value for key, value in members.items() if key in found.shape.members}
        members = {**members, **cbor.writer(found.shape, _tagged)(known)}
    return Response(found.status, headers, cbor.encoded({"__type": kind, **members}))


def encode_event(shape: Shape, event: dict[str, Any]) -> tuple[str, bytes]:
    """The payload of one event of an event stream."""
    return CONTENT_TYPE, _written(shape, event)


def _written(shape: Shape, value: dict[str, Any]) -> bytes:
    return cbor.encoded(cbor.writer(shape, _tagged)(value))


def _seconds(milliseconds: Any, *_: Any) -> float:
    return float(milliseconds) / 1000


def _tagged(value: Any) -> Any:
    import cbor2

    return cbor2.CBORTag(1, round(timestamps.seconds(value) * 1000))
