"""The only source of time and timers of a cloud: real, or virtual and moved by a test.

A virtual clock stands still until somebody moves it:

    now 0 ──► advance(60) ──► timer due at 20 fires, work settles ──► timer due at 45 fires, work settles ──► now 60

Whoever does work that time must wait for (user code running, a step being stored) says so with `working()`: the clock moves
only when nobody works. In `auto` mode it jumps by itself to the next timer while somebody outside waits for an answer
(`awaited()`), so that a client's long poll ends at once instead of after twenty seconds.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")

ALONG_S = 0.05
"""How far, in seconds, a clock that runs along may be behind."""

SETTLING_PASSES = 12
"""Turns of the event loop without any work under way after which the loop counts as settled."""


NOTHING: AbstractContextManager[None] = nullcontext()


class Timer(Protocol):
    def cancel(self) -> None:
        """Idempotent; a timer that fired already is not harmed."""


class Clock(Protocol):
    """What callers may rely on: `now` never goes back; a timer fires once, on the event loop, not before its time."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` on the event loop when `now() >= when`; at the next turn if that is the case already."""

    async def sleep_until(self, when: float) -> None:
        """Return when `now() >= when`."""

    def working(self) -> AbstractContextManager[None]:
        """Time stands still inside, if it can."""

    def resting(self) -> AbstractContextManager[None]:
        """Time goes on inside, although the task that rests is at work: for pauses on purpose."""

    def awaited(self) -> AbstractContextManager[None]:
        """Somebody outside waits for an answer meanwhile."""


class Waiting:
    """What both clocks share: a pause is a timer that resolves a future."""

    def now(self) -> float:
        raise NotImplementedError

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        raise NotImplementedError

    async def sleep_until(self, when: float) -> None:
        if when <= self.now():
            await asyncio.sleep(0)
            return
        done = asyncio.get_running_loop().create_future()
        timer = self.call_at(when, lambda: None if done.done() else done.set_result(None))
        try:
            await done
        finally:
            timer.cancel()


class RealClock(Waiting):
    """The machine's wall clock; timers are the event loop's."""

    def now(self) -> float:
        return time.time()

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, when - time.time()), callback)

    def working(self) -> AbstractContextManager[None]:
        return NOTHING

    def resting(self) -> AbstractContextManager[None]:
        return NOTHING

    def awaited(self) -> AbstractContextManager[None]:
        return NOTHING


class VirtualTimer:
    """A callback with a due time; dead once fired or cancelled."""

    __slots__ = ("callback", "when")

    def __init__(self, when: float, callback: Callable[[], object]) -> None:
        self.when = when
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class VirtualClock(Waiting):
    """Time that moves only by `advance`, or by itself in `auto` mode. Used from one event loop."""

    def __init__(self, start: float = 1_767_225_600.0, auto: bool = False) -> None:
        """`start` in seconds since the epoch; by default 2026-01-01T00:00:00Z, so that runs can be repeated."""
        self._now = start
        self._timers: list[tuple[float, int, VirtualTimer]] = []
        self._order = itertools.count()
        self._at_work = 0
        self._of_task: ContextVar[tuple[object, int]] = ContextVar("work of a task", default=(None, 0))
        self._awaited = 0
        self._idle: asyncio.Future[None] | None = None
        self._jumper: asyncio.Task[Any] | None = None
        self.auto = auto

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        timer = VirtualTimer(when, callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        if when <= self._now:
            asyncio.get_running_loop().call_soon(self._fire_due)
        self._consider_jumping()
        return timer

    @contextmanager
    def working(self) -> Iterator[None]:
        task = _current_task()
        self._of_task.set((task, self._work_of(task) + 1))
        self._at_work += 1
        try:
            yield
        finally:
            self._of_task.set((task, max(0, self._work_of(task) - 1)))
            self._leave(1)

    @contextmanager
    def resting(self) -> Iterator[None]:
        own = self._work_of(_current_task())
        if own:
            self._leave(own)
        try:
            yield
        finally:
            self._at_work += own

    def _work_of(self, task: object) -> int:
        """How often this task is at work: one that it has started is not."""
        whose, count = self._of_task.get()
        return count if whose is task else 0

    def _leave(self, count: int) -> None:
        self._at_work -= count
        if not self._at_work:
            if self._idle is not None and not self._idle.done():
                self._idle.set_result(None)
            self._consider_jumping()

    @contextmanager
    def awaited(self) -> Iterator[None]:
        self._awaited += 1
        self._consider_jumping()
        try:
            yield
        finally:
            self._awaited -= 1

    async def advance(self, seconds: float) -> None:
        """Move `seconds` ahead: everything due fires in order of its time, and what it sets off settles before time goes on."""
        target = self._now + seconds
        await self.settle()
        while (timer := self._next()) is not None and timer.when <= target:
            self._now = max(self._now, timer.when)
            self._fire_due()
            await self.settle()
        self._now = max(self._now, target)
        await self.settle()

    async def run_along(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Await work outside of this clock's control (another process) while time moves along with the machine's own."""
        task = asyncio.get_running_loop().create_task(work)
        try:
            while not task.done():
                before = time.monotonic()
                await asyncio.wait([task], timeout=ALONG_S)
                await self._move_along(time.monotonic() - before)
        finally:
            task.cancel()
        return task.result()

    async def _move_along(self, seconds: float) -> None:
        """As `advance`, without waiting for work under way: outside, time does not stand still either."""
        target = self._now + seconds
        while (timer := self._next()) is not None and timer.when <= target:
            self._now = max(self._now, timer.when)
            self._fire_due()
            await asyncio.sleep(0)
        self._now = max(self._now, target)

    async def settle(self) -> None:
        """Return when nobody works and nothing is ready to run."""
        quiet = 0
        while quiet < SETTLING_PASSES:
            if self._at_work:
                quiet = 0
                if self._idle is None or self._idle.done():
                    self._idle = asyncio.get_running_loop().create_future()
                await self._idle
            await asyncio.sleep(0)
            quiet += 1

    def _next(self) -> VirtualTimer | None:
        while self._timers:
            timer = self._timers[0][2]
            if timer.callback is not None:
                return timer
            heapq.heappop(self._timers)
        return None

    def _fire_due(self) -> None:
        while (timer := self._next()) is not None and timer.when <= self._now:
            heapq.heappop(self._timers)
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()

    def _consider_jumping(self) -> None:
        if self.auto and self._awaited and self._jumper is None and self._timers:
            self._jumper = asyncio.get_running_loop().create_task(self._jump())

    async def _jump(self) -> None:
        try:
            while self._awaited:
                await self.settle()
                timer = self._next()
                if timer is None or not self._awaited:
                    return
                self._now = max(self._now, timer.when)
                self._fire_due()
        finally:
            self._jumper = None


def _current_task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def wall_clock() -> float:
    """The machine's time, in seconds since the epoch: for starting a virtual clock at today, and for what processes compare with it."""
    return time.time()


def today() -> date:
    """The machine's date, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC).date()
