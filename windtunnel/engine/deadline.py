"""The time limit of invocation after invocation, on one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from windtunnel.kernel.stopwatch import ticks

_TIMER_GRAIN_S = 0.001
"""An event loop's timers count milliseconds; one that fires this much early is on time."""


class Deadline:
    """
    Calls `over` when an invocation is still under way at its deadline. The timer stays when one ends in time, and
    looks at the deadline of the next one when it fires: a timer for each would cost more than it is worth.
    """

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._under_way = False
        self.at = 0.0
        """In ticks of the stopwatch."""

    @property
    def left_s(self) -> float:
        return max(0.0, self.at - ticks())

    def begin(self, at: float, seconds: float) -> None:
        self.at = at
        self._under_way = True
        if self._timer is None or self._due > at:
            self._set(seconds)

    def end(self) -> None:
        self._under_way = False

    def cancel(self) -> None:
        self._under_way = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = self.at
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._under_way:
            return
        left_s = self.at - ticks()
        if left_s > _TIMER_GRAIN_S:
            self._set(left_s)
        else:
            self._under_way = False
            self._over()
