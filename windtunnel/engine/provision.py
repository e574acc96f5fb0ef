"""Environments that are kept ready for one purpose: started ahead of need, never let go for idleness, replaced when they die.

provision ─► start ─► ready ─► free ⇄ taken
                        │               └─ died: another is started in its place
                        └─ failed: ended, and not counted
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from windtunnel.engine.host import Environment
from windtunnel.engine.spec import Spec

STARTED_AT_ONCE = 8
"""More at the same time would only keep each other waiting for the processors."""

Start = Callable[[], Awaitable[Environment]]
Stop = Callable[[Environment, str], Awaitable[None]]


class Provision:
    """`start` makes an environment, `stop` ends one; both are the pool's. Ended by `end`, after which nothing is started."""

    def __init__(self, spec: Spec, wanted: int, start: Start, stop: Stop) -> None:
        self.spec = spec
        self.wanted = wanted
        self.ended = False
        self._start = start
        self._stop = stop
        self._free: list[Environment] = []
        self._members: set[str] = set()
        self._filling = asyncio.Lock()

    @property
    def count(self) -> int:
        """How many have been started and are there."""
        return len(self._members)

    @property
    def free(self) -> int:
        return len(self._free)

    async def fill(self) -> int:
        """Start what is missing; returns how many environments there are then."""
        async with self._filling:
            return await self._fill()

    async def _fill(self) -> int:
        while (missing := self.wanted - len(self._members)) > 0:
            if not await self._add(min(missing, STARTED_AT_ONCE)):
                break  # what does not start now is not tried for ever
        return len(self._members)

    async def _add(self, count: int) -> bool:
        """Whether all of them are ready. Raises what the first start raised if none succeeded."""
        started = await asyncio.gather(*(self._start() for _ in range(count)), return_exceptions=True)
        good = [each for each in started if not isinstance(each, BaseException)]
        ready = await asyncio.gather(*(environment.ready() for environment in good))
        for environment, succeeded in zip(good, ready, strict=True):
            if succeeded and not self.ended:
                self._members.add(environment.id)
                self._free.append(environment)
            else:
                await self._stop(environment, "retired" if succeeded else "failed")
        problem = next((each for each in started if isinstance(each, BaseException)), None)
        if problem is not None and not good:
            raise problem
        return problem is None and all(ready) and not self.ended

    def take(self) -> Environment | None:
        """A free environment, the one that was used last; None when all are taken."""
        return self._free.pop() if self._free else None

    def give_back(self, environment: Environment) -> None:
        """After an invocation that left it usable."""
        self._free.append(environment)

    def shrink(self, wanted: int) -> list[Environment]:
        """Keep fewer; returns those that are to be stopped now. Taken ones beyond it are stopped when they come back."""
        self.wanted = wanted
        leaving = []
        while len(self._members) > wanted and self._free:
            environment = self._free.pop(0)
            self._members.discard(environment.id)
            leaving.append(environment)
        return leaving

    def is_surplus(self) -> bool:
        """More are there than are wanted: the next that comes back may go."""
        return self.ended or len(self._members) > self.wanted

    def dismiss(self, environment: Environment) -> None:
        self._members.discard(environment.id)

    def end(self) -> list[Environment]:
        """Nothing is started any more; returns the free ones, which are to be stopped now."""
        self.ended = True
        self.wanted = 0
        free, self._free = self._free, []
        return free
