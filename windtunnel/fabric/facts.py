"""What the pollers of queues and streams tell the recorder."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class BatchProcessed(Fact, frozen=True):
    """
    A batch of an event source mapping came back. `failed` are the ids of messages that stay in the queue, or the sequence
    numbers of records that are not done; `shard` and the age of the last record (`behind_ms`) belong to streams.
    """

    mapping: str
    source: str
    function: str
    size: int
    failed: tuple[str, ...]
    error: str
    partial: bool
    shard: str = ""
    behind_ms: int = 0


class BatchDiscarded(Fact, frozen=True):
    """Records of a stream were given up. `target` is where they went on to, empty where they are lost."""

    mapping: str
    source: str
    function: str
    shard: str
    first: str
    last: str
    size: int
    condition: str
    target: str
