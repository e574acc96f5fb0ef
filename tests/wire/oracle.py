"""botocore as the other side: its serializers make requests, its parsers read our responses."""

from __future__ import annotations

import functools
import io
from typing import Any
from urllib.parse import urlencode, urlsplit

import botocore.parsers
import botocore.serialize
import botocore.session
from botocore.awsrequest import AWSRequest, HeadersDict, prepare_request_dict
from botocore.model import ServiceModel
from botocore.response import StreamingBody

from windtunnel.gateway.messages import Request, Response

SERVICES = (
    "apigateway",
    "apigatewayv2",
    "cloudformation",
    "cloudwatch",
    "codedeploy",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "pipes",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "xray",
)


@functools.cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def protocols(service: str) -> tuple[str, ...]:
    metadata = model(service).metadata
    return tuple(metadata.get("protocols") or (metadata["protocol"],))


CASES = [(service, protocol) for service in SERVICES for protocol in protocols(service)]


def request(service: str, protocol: str, operation: str, params: dict[str, Any]) -> Request:
    """The request that botocore would send."""
    shaped = model(service).operation_model(operation)
    parts = botocore.serialize.create_serializer(protocol, False).serialize_to_request(params, shaped)
    prepare_request_dict(parts, "http://localhost:4566")
    prepared = AWSRequest(
        method=parts["method"], url=parts["url"], data=parts["body"], headers=parts["headers"]
    ).prepare()
    url = urlsplit(prepared.url)
    body = prepared.body
    if isinstance(body, dict):
        body = urlencode(body)
    if isinstance(body, str):
        body = body.encode()
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in prepared.headers.items()}
    headers["Host"] = "localhost:4566"
    signing = model(service).signing_name
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=111122223333/20240501/eu-west-1/{signing}/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    return Request(prepared.method, url.path, url.query, headers, body or b"")


def parsed(service: str, protocol: str, operation: str, response: Response, body: Any = None) -> dict[str, Any]:
    """What botocore reads from a response."""
    shaped = model(service).operation_model(operation)
    parser = botocore.parsers.create_parser(protocol)
    if body is None and shaped.has_streaming_output and response.status < 300:
        body = StreamingBody(io.BytesIO(response.body), len(response.body))
    answer: dict[str, Any] = parser.parse(
        {
            "status_code": response.status,
            "headers": HeadersDict(response.headers),
            "body": response.body if body is None else body,
            "context": {"operation_name": operation},
        },
        shaped.output_shape,
    )
    return {name: value.read() if isinstance(value, StreamingBody) else value for name, value in answer.items()}


class Stream:
    """A response's body that botocore reads piece by piece."""

    def __init__(self, data: bytes):
        self._data = data

    def stream(self) -> Any:
        yield from (self._data[at : at + 7] for at in range(0, len(self._data), 7))

    def close(self) -> None:
        pass
