"""How much a shard takes and gives each second: a thousand records and a mebibyte; five reads and two mebibytes."""

from __future__ import annotations

from windtunnel.aws.errors import ApiError
from windtunnel.kernel.rates import Bucket
from windtunnel.services.kinesis.quotas import (
    SHARD_BYTES_PER_S,
    SHARD_READ_BYTES_PER_S,
    SHARD_READS_PER_S,
    SHARD_RECORDS_PER_S,
)


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


class ReadRate:
    """
    What is left of the reads of one shard. A read may return more than what is left of the bytes: ten mebibytes at once are
    paid back afterwards, while nobody reads. AWS: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
    """

    __slots__ = ("_at", "_bytes", "_reads")

    def __init__(self, now: float) -> None:
        self._at = now
        self._bytes: float = SHARD_READ_BYTES_PER_S
        self._reads = Bucket(SHARD_READS_PER_S, now)

    def take(self, now: float) -> bool:
        """Whether one more read may happen now."""
        self._bytes = min(SHARD_READ_BYTES_PER_S, self._bytes + (now - self._at) * SHARD_READ_BYTES_PER_S)
        self._at = now
        return self._bytes > 0 and self._reads.take(now, size=SHARD_READS_PER_S, per_s=SHARD_READS_PER_S)

    def returned(self, size: int) -> None:
        """So many bytes were read."""
        self._bytes -= size


def exceeded(shard: str, stream: str, account: str) -> ApiError:
    return ApiError(
        "ProvisionedThroughputExceededException",
        f"Rate exceeded for shard {shard} in stream {stream} under account {account}.",
    )
