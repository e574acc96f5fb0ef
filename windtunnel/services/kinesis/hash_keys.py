"""Hash keys: which shard a record belongs to, and how 128 bits are divided among shards."""

from __future__ import annotations

import hashlib

from windtunnel.aws.errors import ApiError
from windtunnel.services.kinesis.quotas import LAST_HASH


def of_key(partition_key: str) -> int:
    return int.from_bytes(hashlib.md5(partition_key.encode(), usedforsecurity=False).digest(), "big")


def explicit(text: str) -> int:
    """Raises InvalidArgumentException for a number that is no hash key."""
    value = int(text)
    if value > LAST_HASH:
        raise ApiError(
            "InvalidArgumentException",
            f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {text}",
        )
    return value


def even(count: int) -> list[tuple[int, int]]:
    """As many ranges of the same size; the last one takes what is left over."""
    width = (LAST_HASH + 1) // count
    starts = [width * place for place in range(count)]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), LAST_HASH], strict=True))
