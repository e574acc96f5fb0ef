"""How much memory an environment has used, as its control group says or, where there is none, as the process does."""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.engine.group import MEBIBYTE, Group


class MemoryUse:
    """The high water of one environment. `group` is that of its process, None before there is one."""

    def __init__(self, limit_mb: int) -> None:
        self._limit_mb = limit_mb
        self._used = 0
        self._peak = 0
        self.group: Group | None = None
        self.exceeded = False
        """The function was killed, or is to be, because it used more than it has."""

    def told(self, kilobytes: int, supervised: bool) -> bool:
        """
        What the process says of itself; whether that is too much, where no control group limits it. A program under a
        supervisor has pages of its own interpreter, which nobody is charged for.
        """
        if self.group is not None and self.group.limits_memory:
            self._used = max(self._used, kilobytes * 1024 if supervised else 0)
            return False
        self._used = max(self._used, kilobytes * 1024)
        return self._used > self._limit_mb * MEBIBYTE

    def ended(self) -> None:
        """The process is gone; the kernel may have ended it."""
        if self.group is not None and self.group.killed_by_memory():
            self.exceeded = True

    def most_mb(self, shared_bytes: int | None, programs: Callable[[], int] | None = None) -> int:
        """
        So far, whole mebibytes. `shared_bytes` are used without being charged to the group; None when there is no
        process any more whose group could be asked. `programs` says what a runtime that is not ours has in memory,
        which does not say so itself.
        """
        if self.exceeded:
            self.exceeded = False
            return self._limit_mb
        if self.group is not None and shared_bytes is not None and (peak := self.group.peak()) != self._peak:
            self._peak = peak
            self._used = max(self._used, peak - self.group.files() + shared_bytes, programs() if programs else 0)
        return min(-(-self._used // MEBIBYTE), self._limit_mb)
