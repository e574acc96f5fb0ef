"""
Sequence numbers: 56 decimal digits that grow inside a shard, and from a shard to its children.

    2 | epoch of the shard, 36 bits | place in the shard, 68 bits | milliseconds, 44 bits | number of the shard, 32 bits | 2

The place is what a reader needs: whoever holds a number finds its record without looking for it.
"""

from __future__ import annotations

from windtunnel.services.kinesis.records import Shard

_HEAD = 2 << 184
_TAIL = 2
LAST_PLACE = 2**63 - 1
"""Above every place that a record can have: the ending number of a closed shard."""


def number(shard: Shard, position: int, at: float) -> str:
    """That of the record at `position`; -1 gives the number at which the shard begins."""
    milliseconds = int(at * 1000)
    return str(
        _HEAD
        | shard.epoch << 148
        | (position + 1) << 80
        | (milliseconds & (2**44 - 1)) << 36
        | shard.index << 4
        | _TAIL
    )


def starting(shard: Shard) -> str:
    return number(shard, -1, shard.opened_at)


def ending(shard: Shard) -> str:
    return number(shard, LAST_PLACE - 1, shard.closed_at)


def position(shard: Shard, text: str) -> int | None:
    """Where in the shard this number stands; None for one that is not of this shard."""
    value = int(text)
    mine = value >> 184 == 2 and value & 15 == _TAIL
    if not mine or (value >> 148) & (2**36 - 1) != shard.epoch or (value >> 4) & (2**32 - 1) != shard.index:
        return None
    return ((value >> 80) & (2**68 - 1)) - 1
