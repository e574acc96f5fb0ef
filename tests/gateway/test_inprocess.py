"""boto3 against a front door in the same process, without a socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import pytest

from windtunnel.aws.errors import ApiError
from windtunnel.gateway import inprocess

from .doors import Door


@pytest.fixture
def run() -> Iterator[Any]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield lambda awaitable: asyncio.run_coroutine_threadsafe(awaitable, loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def client(service: str, door: Door, run: Any) -> Any:
    made = boto3.client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="111122223333",
        aws_secret_access_key="x",
        endpoint_url="http://localhost:4566",
    )
    inprocess.attach(made, door.front, run)
    return made


def test_a_call_is_answered_without_a_socket(run: Any) -> None:
    door = Door({"SendMessage": {"MessageId": "m"}})

    answer = client("sqs", door, run).send_message(QueueUrl="http://localhost:4566/111122223333/q", MessageBody="b")

    assert answer["MessageId"] == "m"
    assert (door.calls[0].account, door.calls[0].region) == ("111122223333", "eu-west-1")


def test_an_error_is_raised_as_by_aws(run: Any) -> None:
    sqs = client("sqs", Door({"SendMessage": ApiError("QueueDoesNotExist", "No such queue.")}), run)

    with pytest.raises(sqs.exceptions.QueueDoesNotExist, match="No such queue"):
        sqs.send_message(QueueUrl="http://localhost:4566/111122223333/q", MessageBody="b")


def test_an_object_travels_both_ways(run: Any) -> None:
    stored = {}

    def put(call: Any) -> dict[str, Any]:
        stored[call.params["Key"]] = call.params["Body"]
        return {"ETag": '"e"'}

    s3 = client("s3", Door({"PutObject": put, "GetObject": lambda call: {"Body": stored[call.params["Key"]]}}), run)

    s3.put_object(Bucket="photos", Key="a b/é", Body=b"\x00\xff" * 1000)

    assert s3.get_object(Bucket="photos", Key="a b/é")["Body"].read() == b"\x00\xff" * 1000


def test_a_streamed_body_is_read_piece_by_piece(run: Any) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    s3 = client("s3", Door({"GetObject": lambda call: {"Body": parts(), "ContentLength": 6}}), run)

    body = s3.get_object(Bucket="photos", Key="k")["Body"]

    assert (body.read(2), body.read()) == (b"on", b"etwo")


def test_events_come_as_they_are_made(run: Any) -> None:
    async def events() -> AsyncIterator[dict[str, Any]]:
        yield {"PayloadChunk": {"Payload": b"one"}}
        yield {"InvokeComplete": {}}

    door = Door({"InvokeWithResponseStream": lambda call: {"StatusCode": 200, "EventStream": events()}})

    answer = client("lambda", door, run).invoke_with_response_stream(FunctionName="f")

    assert [list(event) for event in answer["EventStream"]] == [["PayloadChunk"], ["InvokeComplete"]]


def test_other_clients_are_not_touched(run: Any) -> None:
    door = Door()
    client("sqs", door, run)

    other = boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")

    assert "before-send" not in str(other.meta.events._emitter._handlers.prefix_search("before-send.sqs"))
