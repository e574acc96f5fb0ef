"""
The engine: finds or starts an environment for each invocation, keeps idle ones for the next, and lets them go in
time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import NamedTuple

from windtunnel.engine.facts import Invoked
from windtunnel.engine.host import Enforcement, Environment, Host, State
from windtunnel.engine.spec import Invocation, Outcome, Spec
from windtunnel.engine.streaming import Stream
from windtunnel.kernel.clock import Clock, Timer
from windtunnel.kernel.recorder import Recorder

IDLE_S = 600.0
"""AWS tells nobody; observations lie between minutes and an hour, simulators take ten minutes."""

Identity = tuple[str, str, str]


class Idle(NamedTuple):
    """An environment that waits for work, and since when."""

    environment: Environment
    since: float


class Engine:
    """Runs functions on a host. How many run at once is the caller's business."""

    def __init__(self, clock: Clock, recorder: Recorder, host: Host, idle_s: float = IDLE_S) -> None:
        self._clock = clock
        self._recorder = recorder
        self._host = host
        self._idle_s = idle_s
        self._idle: dict[Identity, list[Idle]] = {}
        self._environments: dict[str, Environment] = {}
        self._retired: set[str] = set()
        self._sweep: Timer | None = None
        self._stopping: set[asyncio.Task[None]] = set()

    async def invoke(self, spec: Spec, invocation: Invocation, stream: Stream | None = None) -> Outcome:
        """
        Run one invocation, in the environment of that spec that was used last, or in a new one. Time stands still
        meanwhile where it can. A `stream` gets the answer while the function writes it. Raises LookupError when this
        machine has no interpreter for the runtime.
        """
        with self._clock.working():
            waiting = self._idle.get(spec.identity)
            if waiting:
                environment = waiting.pop().environment
            else:
                environment = await self._host.start(spec)
                self._environments[environment.id] = environment
            try:
                outcome = await environment.invoke(invocation, stream)
            except BaseException:
                self._environments.pop(environment.id, None)
                raise
            self._release(environment)
            self._record(spec, invocation, environment, outcome)
            return outcome

    async def expect(self, spec: Spec) -> None:
        """
        This function is likely to be invoked soon: what it shares with others is started now, nothing of its own is.
        """
        await self._host.expect(spec)

    async def prepare(self, spec: Spec, count: int, initialization: str = "provisioned-concurrency") -> int:
        """Start `count` environments ahead of need; returns how many are ready when all have finished initialising."""
        with self._clock.working():
            started = [await self._host.start(spec, initialization) for _ in range(count)]
            self._environments.update((environment.id, environment) for environment in started)
            ready = await asyncio.gather(*(environment.ready() for environment in started))
        for environment in started:
            self._release(environment)
        return sum(ready)

    async def fresh(self, spec: Spec) -> Environment:
        """A new environment that nobody else uses; the caller invokes and stops it."""
        return await self._host.start(spec)

    async def retire(self, function_arn: str, version: str = "") -> None:
        """
        No environment of this function (of one version, where that is named) is used again: idle ones end now, busy ones after
        their invocation.
        """

        def leaves(arn: str, of: str) -> bool:
            return arn == function_arn and version in ("", of)

        for environment in list(self._environments.values()):
            if leaves(environment.spec.function_arn, environment.spec.version):
                self._retired.add(environment.id)
        leaving = []
        for identity in [identity for identity in self._idle if leaves(identity[0], identity[1])]:
            leaving += [idle.environment for idle in self._idle.pop(identity)]
        await asyncio.gather(*(self._stop(environment, "retired") for environment in leaving))

    def environments(self) -> list[Environment]:
        """Those that run or wait, without the fresh ones of callers."""
        return list(self._environments.values())

    async def enforcement(self) -> Enforcement:
        return await self._host.enforcement()

    async def close(self) -> None:
        """Idempotent. Returns when nothing runs any more; invocations under way end as crashes."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self._idle.clear()
        await asyncio.gather(*(self._stop(e, "closed") for e in list(self._environments.values())))
        if self._stopping:
            await asyncio.gather(*self._stopping)
        await self._host.close()

    def _release(self, environment: Environment) -> None:
        if environment.state is State.DEAD:
            self._environments.pop(environment.id, None)
        elif not environment.settled:
            self._later(self._settle(environment))
        elif environment.id in self._retired:
            self._stop_later(environment, "retired")
        else:
            now = self._clock.now()
            self._idle.setdefault(environment.spec.identity, []).append(Idle(environment, now))
            if self._sweep is None:
                self._sweep = self._clock.call_at(now + self._idle_s, self._end_idle)

    def _end_idle(self) -> None:
        """End what nobody has used for long, and come back when the next one is due."""
        self._sweep = None
        now = self._clock.now()
        for identity, waiting in list(self._idle.items()):
            for idle in [idle for idle in waiting if idle.since + self._idle_s <= now]:
                waiting.remove(idle)
                self._stop_later(idle.environment, "idle")
            if not waiting:
                del self._idle[identity]
        earliest = min((waiting[0].since for waiting in self._idle.values()), default=None)
        if earliest is not None:
            self._sweep = self._clock.call_at(earliest + self._idle_s, self._end_idle)

    async def _settle(self, environment: Environment) -> None:
        with self._clock.working():
            await environment.settle()
        self._release(environment)

    def _stop_later(self, environment: Environment, reason: str) -> None:
        self._later(self._stop(environment, reason))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stop(self, environment: Environment, reason: str) -> None:
        self._environments.pop(environment.id, None)
        self._retired.discard(environment.id)
        with self._clock.working():
            await environment.stop(reason)

    def _record(self, spec: Spec, invocation: Invocation, environment: Environment, outcome: Outcome) -> None:
        invoked = Invoked(
            spec.function_arn,
            spec.version,
            invocation.request_id,
            environment.id,
            outcome.cold,
            outcome.duration_ms,
            outcome.billed_ms,
            outcome.memory_mb,
            spec.memory_mb,
            outcome.init_ms,
            outcome.status,
        )
        self._recorder.record(invoked)
