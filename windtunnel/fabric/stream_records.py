"""
The one model of what comes out of a stream: records in shards, read from a place on. For mappings to functions and for pipes.

    shards ─► open a place ─► read ─► records, and the place after them (None: the shard has ended) ─► read ─► …
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from windtunnel.aws import timestamps

TRIM_HORIZON = "TRIM_HORIZON"
LATEST = "LATEST"
AT_TIMESTAMP = "AT_TIMESTAMP"


class StreamRecord(msgspec.Struct, frozen=True):
    """A record as whoever processes it sees it (`event`). Records of one `key` keep their order; `at` is when it came."""

    sequence: str
    key: str
    at: float
    size: int
    event: dict[str, Any]


class StreamShard(msgspec.Struct, frozen=True):
    id: str
    parents: tuple[str, ...]
    open: bool


class Start(msgspec.Struct, frozen=True):
    """Where reading begins; `timestamp` belongs to AT_TIMESTAMP."""

    kind: str
    timestamp: float = 0.0


class StreamSource(Protocol):
    """A stream to read from. Every method raises the ApiErrors of the stream's own API."""

    arn: str

    async def shards(self) -> list[StreamShard]:
        """Those that can be read, open or closed, parents before children."""

    async def open(self, shard: str, start: Start) -> str:
        """A place to read from. Good for a while only: `read` raises ExpiredIteratorException then."""

    async def after(self, shard: str, sequence: str) -> str:
        """The place after this record; the beginning of the shard where nobody knows the record any more."""

    async def read(self, shard: str, place: str, limit: int) -> tuple[list[StreamRecord], str | None]:
        """Up to `limit` records, in order, and the place after them: None at the end of a closed shard."""

    async def retention_s(self) -> float:
        """How long the stream keeps its records."""

    def news(self, shard: str) -> str:
        """The name of the signal that fires when the shard has more to read, or is closed."""

    def seen_by_filters(self, event: dict[str, Any]) -> dict[str, Any]:
        """The event as filter patterns see it."""


class Window(msgspec.Struct, frozen=True):
    """A tumbling window; `state` is what the last invocation of it answered."""

    start: float
    end: float
    state: dict[str, Any]
    final: bool = False
    terminated_early: bool = False


class Batch(msgspec.Struct, frozen=True):
    """Records of one shard, in order, to be processed together."""

    shard: str
    records: list[StreamRecord]
    window: Window | None = None

    @property
    def first(self) -> StreamRecord:
        return self.records[0]

    @property
    def last(self) -> StreamRecord:
        return self.records[-1]


def batch_info(batch: Batch, stream: str) -> dict[str, Any]:
    """What a notice says of a batch that was given up, as mappings and pipes both tell it.

    AWS: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    dynamodb = stream.split(":")[2] == "dynamodb"
    moment = timestamps.iso if dynamodb else timestamps.iso_milliseconds
    return {
        "DDBStreamBatchInfo" if dynamodb else "KinesisBatchInfo": {
            "shardId": batch.shard,
            "startSequenceNumber": batch.first.sequence,
            "endSequenceNumber": batch.last.sequence,
            "approximateArrivalOfFirstRecord": moment(batch.first.at),
            "approximateArrivalOfLastRecord": moment(batch.last.at),
            "batchSize": len(batch.records),
            "streamArn": stream,
        }
    }


class Processed(msgspec.Struct, frozen=True):
    """
    What became of a batch. Without `error` all of it is done; `failed` is the number of the first record that is not, where
    whoever processed it could tell. `reached` is False where nobody got to see the batch: then the attempt does not count.
    """

    error: str = ""
    failed: str = ""
    reached: bool = True
    request: str = ""
    version: str = ""
    function_error: str | None = None
    state: dict[str, Any] | None = None


class Discarded(msgspec.Struct, frozen=True):
    """A batch that was given up; `last` is what became of its last attempt, if there was one."""

    batch: Batch
    condition: str
    invocations: int
    last: Processed | None


class Reading(msgspec.Struct, frozen=True):
    """How a stream is read and its batches are tried again. -1 stands for no limit, as it does in AWS's APIs."""

    reader: str
    start: Start
    batch_size: int = 100
    window_s: float = 0
    factor: int = 1
    retries: int = -1
    maximum_age_s: int = -1
    bisects: bool = False
    tumbling_s: int = 0
    accepts: Callable[[dict[str, Any]], bool] | None = None
