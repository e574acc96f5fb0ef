"""How fast something may happen: so many times at once, and so many more each second."""

from __future__ import annotations


class Bucket:
    """Full at the beginning; what is not used is saved up to its size."""

    __slots__ = ("_at", "_left")

    def __init__(self, size: float, now: float) -> None:
        self._left = size
        self._at = now

    def take(self, now: float, *, size: float, per_s: float) -> bool:
        """Whether it may happen once more now. Size and rate may change from call to call."""
        self._left = min(size, self._left + (now - self._at) * per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
