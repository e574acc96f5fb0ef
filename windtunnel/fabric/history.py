"""What was delivered lately, so that it can be delivered again: the last ones that are over, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

MOST = 1_000
MOST_BYTES = 16 * 1024 * 1024


class Identified(Protocol):
    @property
    def id(self) -> str: ...


Kept = TypeVar("Kept", bound=Identified)


class Past(Generic[Kept]):
    """A delivery that ended at `ended_at`, in seconds since the epoch. Written out only when somebody looks."""

    __slots__ = ("_made", "_make", "ended_at", "size")

    def __init__(self, make: Callable[[], Kept], size: int, ended_at: float) -> None:
        self._make = make
        self._made: Kept | None = None
        self.size = size
        self.ended_at = ended_at

    @property
    def delivery(self) -> Kept:
        if self._made is None:
            self._made = self._make()
        return self._made


class History(Generic[Kept]):
    """The newest `MOST` of them, and no more than `MOST_BYTES` of payload: the oldest go first."""

    def __init__(self) -> None:
        self._past: deque[Past[Kept]] = deque()
        self._size = 0

    def keep(self, make: Callable[[], Kept], size: int, ended_at: float) -> None:
        """`make` writes the delivery out, `size` is about its payload's, in bytes."""
        self._past.append(Past(make, size, ended_at))
        self._size += size
        while len(self._past) > MOST or self._size > MOST_BYTES:
            self._size -= self._past.popleft().size

    def all(self) -> list[Past[Kept]]:
        """Oldest first."""
        return list(self._past)

    def find(self, id: str) -> Kept | None:
        return next((past.delivery for past in self._past if past.delivery.id == id), None)
