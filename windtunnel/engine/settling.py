"""What follows an answer where there are extensions: they finish their part of the invocation, within the function's time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from windtunnel.engine import report
from windtunnel.engine.deadline import Deadline
from windtunnel.engine.life import Life
from windtunnel.engine.spec import Outcome
from windtunnel.kernel.stopwatch import ticks


class Settling:
    """
    Of one environment, one invocation after the other. `idle` says whether nobody has anything left to do, `overran` and
    `shut_down` are called when the time is up.
    """

    def __init__(
        self,
        deadline: Deadline,
        idle: Callable[[], bool],
        overran: Callable[[], None],
        shut_down: Callable[[Life], Awaitable[None]],
    ) -> None:
        self.task: asyncio.Task[Outcome] | None = None
        """While it is under way; its result is the outcome with all of its time."""
        self._deadline = deadline
        self._idle = idle
        self._overran = overran
        self._shut_down = shut_down
        self._moved: asyncio.Future[None] | None = None

    def begin(
        self, life: Life, outcome: Outcome, began: float, timeout_s: float, close: Callable[[Outcome], None]
    ) -> asyncio.Task[Outcome]:
        """`close` is called with the outcome when it is over."""
        work = self._settle(life, outcome, began, timeout_s, close)
        self.task = asyncio.get_running_loop().create_task(work)
        return self.task

    async def over(self, timeout_s: float | None = None) -> None:
        """Returns when nothing is under way, or after that time."""
        if self.task is not None:
            await asyncio.wait([self.task], timeout=timeout_s)

    def moved(self) -> None:
        """Everybody is idle."""
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)

    async def _settle(
        self, life: Life, outcome: Outcome, began: float, timeout_s: float, close: Callable[[Outcome], None]
    ) -> Outcome:
        try:
            if outcome.status == "timeout":
                await self._end(life)
            elif not self._idle():
                self._moved = asyncio.get_running_loop().create_future()
                first = asyncio.FIRST_COMPLETED
                await asyncio.wait([self._moved, life.over], timeout=self._deadline.left_s, return_when=first)
                if not self._moved.done() and not life.over.done():
                    self._overran()
                    await self._end(life)
                    outcome = replace(outcome, status="timeout")
            duration_ms = min(ticks() - began, timeout_s) * 1000
            billed_ms = report.billed_ms(duration_ms, outcome.init_ms)
            outcome = replace(outcome, duration_ms=duration_ms, billed_ms=billed_ms)
            close(outcome)
            return outcome
        finally:
            self._moved = self.task = None

    async def _end(self, life: Life) -> None:
        await self._shut_down(life)
        await life.over
