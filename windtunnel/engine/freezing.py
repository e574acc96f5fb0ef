"""
Between invocations an environment stands still: nothing of it runs, whatever it left under way goes on with the next.

It is stopped a moment after it became idle, not at once: who invokes again and again pays nothing. By SIGSTOP and not by
the kernel's freezer, whose processes cannot be killed and take 85 us to go on (3 us here).
AWS: lambda/latest/dg/lambda-runtime-environment.html, "Invoke phase"
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from windtunnel.kernel.stopwatch import ticks

AFTER_S = 0.02
_MOST_ROUNDS = 5
"""A process may start another while they are being stopped."""


class Freezer:
    """For one process and all that it started; `processes` lists them, by their ids on this machine."""

    def __init__(self, processes: Callable[[], list[int]], may: Callable[[], bool]) -> None:
        """`may` is asked before: whether nothing is under way."""
        self._processes = processes
        self._may = may
        self.stopped: list[int] = []
        """Those that stand still now."""
        self._timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0

    def idle(self) -> None:
        """Nothing is under way from now on. One timer serves many invocations, as in `deadline.py`."""
        self._idle_since = ticks()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(AFTER_S, self._look)

    def thaw(self) -> None:
        """Idempotent."""
        if self.stopped:
            stopped, self.stopped = self.stopped, []
            for pid in stopped:
                _send(pid, signal.SIGCONT)

    def close(self) -> None:
        """Nothing stays stopped."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.thaw()

    def _look(self) -> None:
        self._timer = None
        if not self._may():
            return
        left_s = self._idle_since + AFTER_S - ticks()
        if left_s > 0.001:
            self._timer = asyncio.get_running_loop().call_later(left_s, self._look)
        elif not self.stopped:
            self.freeze()

    def freeze(self) -> None:
        """Now, whatever is under way."""
        for _ in range(_MOST_ROUNDS):
            new = [pid for pid in self._processes() if pid not in self.stopped]
            if not new:
                return
            for pid in new:
                _send(pid, signal.SIGSTOP)
            self.stopped += new


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # it has ended meanwhile
