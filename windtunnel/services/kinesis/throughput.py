"""How much a shard takes: a thousand records and a mebibyte each second."""

from __future__ import annotations

from windtunnel.services.kinesis.quotas import SHARD_BYTES_PER_S, SHARD_RECORDS_PER_S


class Throughput:
    """
    What is left of the rate of one shard, or of one stream on demand; unused capacity is saved up for a second.

    A record larger than what is left passes while anything is left, and is paid back afterwards: large records come in
    bursts. AWS: https://docs.aws.amazon.com/streams/latest/dev/large-records.html
    """

    __slots__ = ("_at", "_bytes", "_factor", "_records")

    def __init__(self, now: float, factor: int = 1) -> None:
        self._factor = factor
        self._at = now
        self._records: float = SHARD_RECORDS_PER_S * factor
        self._bytes: float = SHARD_BYTES_PER_S * factor

    def take(self, now: float, size: int) -> bool:
        """Whether one more record of this size is taken now."""
        if now > self._at:
            passed, factor = now - self._at, self._factor
            self._records = min(SHARD_RECORDS_PER_S * factor, self._records + passed * SHARD_RECORDS_PER_S * factor)
            self._bytes = min(SHARD_BYTES_PER_S * factor, self._bytes + passed * SHARD_BYTES_PER_S * factor)
            self._at = now
        if self._records < 1 or self._bytes <= 0:
            return False
        self._records -= 1
        self._bytes -= size
        return True
