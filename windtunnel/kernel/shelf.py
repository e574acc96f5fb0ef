"""
The records of one partition of a stream by position: the newest as they are, what is older packed.

    packed    one block of bytes for `BLOCK` records each    what nobody reads often costs a tenth of its memory
    loose     position → record                              always the newest `BLOCK`, at most twice as many
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Generic, TypeVar

import msgspec

BLOCK = 256
_BLOCKS_AT_HAND = 8
_FASTEST = 1

Record = TypeVar("Record", bound=msgspec.Struct)


class Packing(Generic[Record]):
    """How the records of one stream are packed; the blocks that were read last stay at hand."""

    def __init__(self, record: type[Record]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[record]).decode  # type: ignore[valid-type]
        self.unpack = lru_cache(_BLOCKS_AT_HAND)(self._unpack)

    def pack(self, records: list[Record]) -> bytes:
        return zlib.compress(self._encode(records), _FASTEST)

    def _unpack(self, packed: bytes) -> list[Record]:
        return self._decode(zlib.decompress(packed))


class Shelf(Generic[Record]):
    """Changed at its ends only: put at the end, taken from either end, put back at the front."""

    __slots__ = ("_loose", "_packed", "_packing")

    def __init__(self, packing: Packing[Record]) -> None:
        self._packing = packing
        self._packed: dict[int, bytes] = {}
        self._loose: dict[int, Record] = {}

    def __bool__(self) -> bool:
        return bool(self._loose or self._packed)

    def put(self, position: int, record: Record) -> None:
        self._loose[position] = record
        if not position % BLOCK:
            self._pack(position // BLOCK - 2)

    def take(self, position: int) -> Record | None:
        """Remove a record and return it; None where there is none."""
        if position not in self._loose and position // BLOCK in self._packed:
            self._loosen(position // BLOCK)
        return self._loose.pop(position, None)

    def read(self, start: int, end: int) -> Iterator[tuple[int, Record]]:
        """The records from `start` up to `end`, each with its position."""
        while start < end:
            block = start // BLOCK
            first, until = block * BLOCK, min(end, (block + 1) * BLOCK)
            if (packed := self._packed.get(block)) is not None:
                yield from enumerate(self._packing.unpack(packed)[start - first : until - first], start)
            else:
                for position in range(start, until):
                    if (record := self._loose.get(position)) is not None:
                        yield position, record
            start = until

    def _pack(self, block: int) -> None:
        """Pack a block if all of it is there."""
        first = block * BLOCK
        loose = self._loose
        if first >= 0 and first in loose and first + BLOCK - 1 in loose:
            self._packed[block] = self._packing.pack([loose.pop(each) for each in range(first, first + BLOCK)])

    def _loosen(self, block: int) -> None:
        records = self._packing.unpack(self._packed.pop(block))
        self._loose.update(enumerate(records, block * BLOCK))
