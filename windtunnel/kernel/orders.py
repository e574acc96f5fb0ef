"""Keys kept in order: added, removed and read from any place in O(log n), whatever their number.

    chunks   [a c f] [h k] [m n z]        each sorted and of bounded length
    last     [f, k, z]                    where to look is found by bisection

Keys are tuples that can be compared. `TOP` ends a bound: `(…, TOP)` lies above every key that begins with `(…)`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any

Place = tuple[Any, ...]
_LONGEST = 1024


class _Top:
    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return self is not other

    def __repr__(self) -> str:
        return "TOP"


TOP = _Top()
"""Greater than everything else."""


class Order:
    """A set of keys in order. A key is in it once at most."""

    __slots__ = ("_chunks", "_last", "_size")

    def __init__(self, keys: Iterable[Place] = ()) -> None:
        found = sorted(keys)
        half = _LONGEST // 2
        self._chunks = [found[at : at + half] for at in range(0, len(found), half)]
        self._last = [chunk[-1] for chunk in self._chunks]
        self._size = len(found)

    def __len__(self) -> int:
        return self._size

    def add(self, key: Place) -> None:
        """The key must not be there yet."""
        self._size += 1
        at = bisect_left(self._last, key)
        if at == len(self._last):
            if not self._chunks:
                self._chunks.append([key])
                self._last.append(key)
                return
            at -= 1
            self._chunks[at].append(key)
            self._last[at] = key
        else:
            insort(self._chunks[at], key)
        if len(self._chunks[at]) > _LONGEST:
            self._split(at)

    def remove(self, key: Place) -> None:
        """The key must be there."""
        at = bisect_left(self._last, key)
        chunk = self._chunks[at]
        place = bisect_left(chunk, key)
        assert chunk[place] == key, "the key is not in the order"
        del chunk[place]
        self._size -= 1
        if not chunk:
            del self._chunks[at], self._last[at]
        elif place == len(chunk):
            self._last[at] = chunk[-1]

    def first(self) -> Place | None:
        """The smallest key."""
        return self._chunks[0][0] if self._chunks else None

    def __iter__(self) -> Iterator[Place]:
        """All keys in order. The order must not change meanwhile."""
        for chunk in self._chunks:
            yield from chunk

    def between(self, low: Place, high: Place, backward: bool = False) -> Iterator[Place]:
        """The keys from `low` on (inclusive) up to `high` (exclusive). The order must not change meanwhile."""
        first, begin = self._find(low)
        last, end = self._find(high)
        for at in range(last, first - 1, -1) if backward else range(first, last + 1):
            if at == len(self._chunks):
                continue
            chunk = self._chunks[at]
            keys = chunk[begin if at == first else 0 : end if at == last else len(chunk)]
            yield from reversed(keys) if backward else keys

    def _find(self, bound: Place) -> tuple[int, int]:
        at = bisect_left(self._last, bound)
        return at, bisect_left(self._chunks[at], bound) if at < len(self._chunks) else 0

    def _split(self, at: int) -> None:
        chunk = self._chunks[at]
        half = len(chunk) // 2
        self._chunks[at : at + 1] = [chunk[:half], chunk[half:]]
        self._last[at : at + 1] = [chunk[half - 1], chunk[-1]]
