"""Whatever comes in, an answer in AWS's shape goes out: never a 500, never nothing."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from windtunnel.gateway.connection import Connection
from windtunnel.gateway.http import Server
from windtunnel.gateway.messages import Request, Response

from .doors import Door, signed

SERVICES = ("sqs", "sns", "s3", "lambda", "dynamodb", "monitoring", "apigateway", "iam", "frobnicator", "")
TARGETS = (
    "AmazonSQS.SendMessage",
    "DynamoDB_20120810.PutItem",
    "GraniteServiceVersion20100801.PutMetricData",
    "x",
    ".",
)
quick = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(
                [
                    "QueueUrl",
                    "MessageBody",
                    "TableName",
                    "Item",
                    "Key",
                    "S",
                    "L",
                    "M",
                    "BOOL",
                    "DelaySeconds",
                    "MessageAttributes",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
forms = some.lists(
    some.tuples(
        some.sampled_from(
            ["Action", "Version", "Tags.member.1.Key", "Tags.member.x", "Attributes.entry.1", "A", "Tags"]
        ),
        some.sampled_from(["CreateTopic", "CreateRole", "CreateQueue", "PutMetricData", "x", "%ff", ""]),
    ),
    max_size=6,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode())
bodies = some.one_of(
    some.binary(max_size=60),
    json_values.map(lambda value: json.dumps(value).encode()),
    forms,
    some.sampled_from(
        [
            b"<Tagging><TagSet><Tag/></TagSet></Tagging>",
            b"<a",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            b"[" * 5000,
            b"\xbf",
            b"\xa1\x61a\xbf",
            b"\xd9\xd9\xf7",
        ]
    ),
)


@quick
@given(
    method=some.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"]),
    path=some.one_of(
        some.sampled_from(
            ["/", "/b", "/b/k", "/2015-03-31/functions/f/code", "/restapis/a", "/v2/apis", "//", "/%ff/%"]
        ),
        some.text(max_size=20).map(lambda text: f"/{text}"),
        some.sampled_from(["SendMessage", "PutMetricData"]).map(
            lambda name: f"/service/GraniteServiceVersion20100801/operation/{name}"
        ),
    ),
    query=some.one_of(some.just(""), some.sampled_from(["tagging", "uploads", "Action=x", "%", "max-keys=x", "a=%ff"])),
    service=some.sampled_from(SERVICES),
    target=some.sampled_from([None, *TARGETS]),
    extra=some.dictionaries(
        some.sampled_from(
            [
                "content-type",
                "content-encoding",
                "x-amz-content-sha256",
                "smithy-protocol",
                "host",
                "x-amz-date",
                "range",
                "x-amz-object-lock-retain-until-date",
                "content-length",
                "x-amz-invocation-type",
            ]
        ),
        some.sampled_from(
            [
                "application/x-www-form-urlencoded",
                "aws-chunked",
                "gzip",
                "STREAMING-X",
                "rpc-v2-cbor",
                "a.s3.localhost",
                "x",
                "",
                "é",
                "[::1]:80",
                "application/xml",
            ]
        ),
        max_size=4,
    ),
    body=bodies,
)
def test_a_malformed_request_is_answered_in_the_shape_of_aws(
    method: str, path: str, query: str, service: str, target: str | None, extra: dict[str, str], body: bytes
) -> None:
    door = Door()
    headers = {"host": "localhost:4566", **extra}
    if service:
        headers["authorization"] = signed(service)
    if target is not None:
        headers["x-amz-target"] = target

    response = door(Request(method, path, query, headers, body))

    assert not door.bugs
    assert isinstance(response, Response)
    assert response.status < 500 or response.status == 501
    assert isinstance(response.body, bytes)
    _is_readable(response)


def _is_readable(response: Response) -> None:
    content = response.header("content-type") or ""
    assert isinstance(response.body, bytes)
    if response.body and "json" in content:
        json.loads(response.body)
    elif response.body and "xml" in content:
        ElementTree.fromstring(response.body)


class Wire:
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def get_extra_info(self, name: str) -> None:
        return None

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@quick
@given(
    start=some.sampled_from(
        [b"", b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nHost: a\r\n", b"POST /\xff HTTP/1.0\r\n", b"\x16\x03\x01"]
    ),
    rest=some.lists(
        some.sampled_from(
            [
                b"Content-Length: 5\r\n",
                b"Content-Length: x\r\n",
                b"Content-Length: 3\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Expect: 100-continue\r\n",
                b"\r\n",
                b"hello",
                b"5\r\nhello\r\n",
                b"0\r\n\r\n",
                b"A: \xff\xfe\r\n",
                b": x\r\n",
                b"\x00",
                b"GET /x HTTP/1.1\r\n\r\n",
                b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
            ]
        ),
        max_size=8,
    ),
    at=some.integers(1, 40),
)
@pytest.mark.filterwarnings("ignore")
def test_malformed_bytes_do_not_break_the_server(start: bytes, rest: list[bytes], at: int) -> None:
    import asyncio

    async def run() -> bytes:
        connection, wire = Connection(Server(Door()), False), Wire()
        connection.connection_made(wire)
        data = start + b"".join(rest)
        for begin in range(0, len(data), at):
            if not wire.closed:
                connection.data_received(data[begin : begin + at])
        connection.connection_lost(None)
        return wire.written

    written = asyncio.run(run())

    assert not written or written.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 500" not in written
