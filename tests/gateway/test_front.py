"""The way of a request through the front door."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable
from typing import Any

import pytest

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.gateway.messages import Request, Response

from .doors import ID, Door, json_call, signed

SEND = b'{"QueueUrl":"u","MessageBody":"b"}'


def test_a_call_reaches_the_dispatcher_as_plain_values() -> None:
    door = Door({"SendMessage": {"MessageId": "m"}})

    response = door(json_call("AmazonSQS.SendMessage", SEND, x_amzn_trace_id="Root=1-2-3"))

    call = door.calls[0]
    assert (call.service, call.operation, call.params) == ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "b"})
    assert (call.request_id, call.trace, call.host, call.protocol) == (ID, "Root=1-2-3", "localhost:4566", "json")
    assert (response.status, json.loads(response.body)) == (200, {"MessageId": "m"})
    assert response.header("x-amzn-RequestId") == ID


def test_an_answer_that_comes_later_is_awaited() -> None:
    async def later(call: Any) -> dict[str, Any]:
        return {"MessageId": "m"}

    answer = Door({"SendMessage": later})(json_call("AmazonSQS.SendMessage", SEND))

    assert isinstance(answer, Awaitable)
    assert asyncio.run(_wait(answer)).body == b'{"MessageId":"m"}'


def test_an_error_that_comes_later_is_an_error() -> None:
    async def later(call: Any) -> dict[str, Any]:
        raise ApiError("QueueDoesNotExist", "No such queue.")

    response = asyncio.run(_wait(Door({"SendMessage": later})(json_call("AmazonSQS.SendMessage", SEND))))

    assert (response.status, response.header("x-amzn-ErrorType")) == (400, "QueueDoesNotExist")


def test_an_invalid_call_does_not_reach_the_dispatcher() -> None:
    door = Door()

    response = door(json_call("AmazonSQS.SendMessage", b'{"QueueUrl":"u"}'))

    assert not door.calls
    assert response.header("x-amzn-query-error") == "MissingParameter;Sender"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Unable to parse the request body as JSON"),
        (b"[]", "Start of list found where not expected"),
        (b'{"QueueUrl":1}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"DelaySeconds":"1"}', "STRING_VALUE can not be converted to an Integer"),
        (b'{"DelaySeconds":true}', "TRUE_VALUE can not be converted to an Integer"),
        (b'{"MessageAttributes":[]}', "Start of list found where not expected"),
    ],
)
def test_a_value_of_the_wrong_type_cannot_be_read(body: bytes, message: str) -> None:
    response = Door()(json_call("AmazonSQS.SendMessage", body))

    found = json.loads(response.body)
    assert (response.status, found["__type"]) == (400, "com.amazon.coral.service#SerializationException")
    assert found["message"] == message


@pytest.mark.parametrize(
    ("service", "path", "query", "code"),
    [
        ("s3", "/b", "list-type=2&max-keys=many", b"<Code>InvalidArgument</Code>"),
        ("lambda", "/2015-03-31/functions", "MaxItems=many", b"'many' is not a number"),
    ],
)
def test_a_text_that_is_no_number_is_refused(service: str, path: str, query: str, code: bytes) -> None:
    response = Door()(Request("GET", path, query, {"authorization": signed(service)}))

    assert response.status == 400
    assert code in response.body


@pytest.mark.parametrize(
    ("service", "target", "body", "message"),
    [
        ("dynamodb", "DynamoDB_20120810.PutItem", b'{"TableName":1}', "NUMBER_VALUE cannot be converted to String"),
        (
            "apigateway",
            "",
            b'{"name":1}',
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
        ),
    ],
)
def test_some_services_word_a_wrong_type_differently(service: str, target: str, body: bytes, message: str) -> None:
    request = json_call(target, body, service)
    if service == "apigateway":
        request = Request("POST", "/restapis", "", {"authorization": signed(service)}, body)

    assert json.loads(Door()(request).body)["message"] == message


def test_what_nobody_implements_is_refused_by_name() -> None:
    door = Door({"SendMessage": NotImplementedHere("sqs.SendMessage")})

    response = door(json_call("AmazonSQS.SendMessage", SEND))

    assert response.status == 501
    assert "sqs.SendMessage is not implemented" in json.loads(response.body)["message"]


def test_a_bug_is_told_to_us_and_not_to_the_client() -> None:
    bug = RuntimeError("secret")
    door = Door({"SendMessage": bug})

    response = door(json_call("AmazonSQS.SendMessage", SEND))

    assert door.bugs == [bug]
    assert (response.status, response.header("x-amzn-ErrorType")) == (500, "InternalFailure")
    assert b"secret" not in response.body


@pytest.mark.parametrize("answer", [None, [], "text", {"NoSuchMember": 1}])
def test_an_answer_that_is_none_is_a_bug(answer: Any) -> None:
    door = Door({"SendMessage": lambda call: answer})

    assert door(json_call("AmazonSQS.SendMessage", SEND)).status == 500
    assert len(door.bugs) == 1


def test_a_token_that_the_client_may_leave_out_is_filled_in() -> None:
    door = Door()
    body = b'{"ScheduleExpression":"rate(1 minute)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"a","RoleArn":"arn:aws:iam::000000000000:role/r"}}'
    request = Request("POST", "/schedules/s", "", {"authorization": signed("scheduler")}, body)

    assert door(request).status == 200
    assert door.calls[0].params["ClientToken"] == ID


def test_a_chunked_object_is_stored_plain() -> None:
    door = Door()
    headers = {
        "authorization": signed("s3"),
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "11",
        "content-encoding": "aws-chunked",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    body = b"6;chunk-signature=00\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"

    assert door(Request("PUT", "/b/k", "", headers, body)).status == 200
    params = door.calls[0].params
    assert params == {
        "Bucket": "b",
        "Key": "k",
        "Body": b"hello world",
        "ContentLength": 11,
        "ChecksumCRC32": "DUoRhQ==",
    }


@pytest.mark.parametrize("body", [b"", b"zz\r\n", b"5\r\nab", b"-1\r\n", b"2\r\nabc\r\n"])
def test_a_chunked_object_that_breaks_off_is_refused(body: bytes) -> None:
    headers = {"authorization": signed("s3"), "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}

    response = Door()(Request("PUT", "/b/k", "", headers, body))

    assert response.status == 400
    assert b"<Code>IncompleteBody</Code>" in response.body


def test_a_zipped_call_is_unzipped() -> None:
    door = Door()

    door(json_call("AmazonSQS.SendMessage", gzip.compress(SEND), content_encoding="gzip"))

    assert door.calls[0].params["MessageBody"] == "b"


def test_traffic_of_the_application_is_served_by_others() -> None:
    door = Door()

    response = door(Request("GET", "/_api/a1/dev/pets", "x=1", {"host": "localhost:4566"}))

    assert (response.body, door.planes[0].id, door.planes[0].request.query) == (b"/dev/pets", "a1", "x=1")


def test_the_health_page_says_that_it_runs() -> None:
    door = Door(status=lambda: {"version": "1"})

    response = door(Request("GET", "/_windtunnel/health"))

    assert json.loads(response.body) == {"status": "running", "version": "1"}


def test_a_browser_may_ask_first() -> None:
    headers = {
        "origin": "http://localhost:3000",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-amz-target",
    }

    response = Door()(Request("OPTIONS", "/", "", headers))

    assert response.status == 200
    assert response.header("Access-Control-Allow-Origin") == "http://localhost:3000"
    assert response.header("Access-Control-Allow-Headers") == "x-amz-target"


def test_a_browser_may_read_the_answer() -> None:
    response = Door()(json_call("AmazonSQS.SendMessage", SEND, origin="http://localhost:3000"))

    assert response.header("Access-Control-Allow-Origin") == "http://localhost:3000"


def test_an_api_answers_its_own_preflights() -> None:
    door = Door()
    headers = {"origin": "o", "access-control-request-method": "GET", "host": "a1.execute-api.localhost"}

    door(Request("OPTIONS", "/dev", "", headers))

    assert len(door.planes) == 1


async def _wait(answer: Awaitable[Response]) -> Response:
    return await answer
