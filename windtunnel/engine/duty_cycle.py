"""
Processor time in proportion to memory where no control group gives it: the processes run for their share of each period
and stand still for the rest.

Coarser than the kernel's own: a period is as long as an event loop's timers are precise, and a function with several
threads gets its share of each processor, not of all together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PERIOD_S = 0.1


class DutyCycle:
    """`stop` and `go` act on the processes; both harm nothing when they are repeated or nobody is left."""

    def __init__(self, share: float, stop: Callable[[], None], go: Callable[[], None]) -> None:
        self._runs_s = min(share, 1.0) * PERIOD_S
        self._stop = stop
        self._go = go
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """An invocation is under way."""
        if self._timer is None and self._runs_s < PERIOD_S:
            self._timer = asyncio.get_running_loop().call_later(self._runs_s, self._pause)

    def end(self) -> None:
        """Idempotent; the processes run."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._go()

    def _pause(self) -> None:
        self._stop()
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S - self._runs_s, self._run)

    def _run(self) -> None:
        self._go()
        self._timer = asyncio.get_running_loop().call_later(self._runs_s, self._pause)
