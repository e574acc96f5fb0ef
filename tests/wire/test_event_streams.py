"""Event streams arrive event by event, in every protocol that has them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from windtunnel.aws import models
from windtunnel.aws.errors import ApiError
from windtunnel.gateway.protocols import codec

from . import oracle

ID = "11111111-2222-3333-4444-555555555555"
CASES = {
    ("lambda", "rest-json", "InvokeWithResponseStream", "EventStream"): [
        {"PayloadChunk": {"Payload": b"first \x00\xff"}},
        {"InvokeComplete": {"ErrorCode": "Unhandled", "LogResult": "bG9n"}},
    ],
    ("logs", "json", "StartLiveTail", "responseStream"): [
        {"sessionStart": {"requestId": "r", "logGroupIdentifiers": ["a", "b"]}},
        {
            "sessionUpdate": {
                "sessionMetadata": {"sampled": False},
                "sessionResults": [{"message": "é", "timestamp": 5}],
            }
        },
    ],
    ("kinesis", "json", "SubscribeToShard", "EventStream"): [
        {
            "SubscribeToShardEvent": {
                "Records": [{"SequenceNumber": "1", "Data": b"\x00\xff", "PartitionKey": "p"}],
                "ContinuationSequenceNumber": "2",
                "MillisBehindLatest": 0,
            }
        },
    ],
    ("s3", "rest-xml", "SelectObjectContent", "Payload"): [
        {"Records": {"Payload": b"a,b\n"}},
        {"Stats": {"Details": {"BytesScanned": 1, "BytesProcessed": 2, "BytesReturned": 3}}},
        {"End": {}},
    ],
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[2])
def test_events_arrive_as_they_were_given(case: tuple[str, str, str, str]) -> None:
    service, protocol, name, member = case

    read = _read(service, protocol, name, member, _given(CASES[case]))

    assert [_filled(event) for event in read] == CASES[case]


def test_an_error_in_a_stream_is_its_last_event() -> None:
    async def failing() -> AsyncIterator[dict[str, Any]]:
        yield {"sessionStart": {"requestId": "r"}}
        raise ApiError("SessionTimeoutException", "It took too long.")

    with pytest.raises(Exception, match="It took too long"):
        _read("logs", "json", "StartLiveTail", "responseStream", failing())


async def _given(events: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    for event in events:
        yield event


def _read(service: str, protocol: str, name: str, member: str, events: AsyncIterator[Any]) -> list[dict[str, Any]]:
    response = codec(protocol).answer(models.load(service).operations[name], {member: events}, ID)

    async def sent() -> bytes:
        return b"".join([part async for part in response.body])

    body = oracle.Stream(asyncio.run(sent()))
    return list(oracle.parsed(service, protocol, name, response, body)[member])


def _filled(event: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value
        for name, value in event.items()
    }
