"""What was delivered lately, so that it can be delivered again: the last deliveries that are over, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from windtunnel.fabric.deliveries import Delivery

MOST = 1_000
MOST_BYTES = 16 * 1024 * 1024


class Past(msgspec.Struct):
    """A delivery that ended at `ended_at`, in seconds since the epoch. Written out only when somebody looks."""

    make: Callable[[], Delivery]
    size: int
    ended_at: float
    made: Delivery | None = None

    @property
    def delivery(self) -> Delivery:
        if self.made is None:
            self.made = self.make()
        return self.made


class History:
    """The newest `MOST` of them, and no more than `MOST_BYTES` of payload: the oldest go first."""

    def __init__(self) -> None:
        self._past: deque[Past] = deque()
        self._size = 0

    def keep(self, make: Callable[[], Delivery], size: int, ended_at: float) -> None:
        """`make` writes the delivery out, `size` is about its payload's, in bytes."""
        self._past.append(Past(make, size, ended_at))
        self._size += size
        while len(self._past) > MOST or self._size > MOST_BYTES:
            self._size -= self._past.popleft().size

    def all(self) -> list[Past]:
        """Oldest first."""
        return list(self._past)

    def find(self, id: str) -> Delivery | None:
        return next((past.delivery for past in self._past if past.delivery.id == id), None)
