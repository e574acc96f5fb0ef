"""What Kinesis tells the recorder."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class RecordsPut(Fact, frozen=True):
    """One PutRecord or PutRecords was answered; `throttled` of its records were refused for the rate of their shard."""

    stream: str
    records: int
    size: int
    throttled: int


class RecordsRead(Fact, frozen=True):
    stream: str
    shard: str
    records: int
    size: int
    behind_ms: int


class ReadThrottled(Fact, frozen=True):
    """GetRecords was refused: five reads or two mebibytes of this shard had been taken within a second."""

    stream: str
    shard: str


class StreamResharded(Fact, frozen=True):
    stream: str
    closed: tuple[str, ...]
    opened: tuple[str, ...]
