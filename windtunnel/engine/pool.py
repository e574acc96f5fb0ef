"""
The engine: finds or starts an environment for each invocation, keeps idle ones for the next, and lets them go in
time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from msgspec.structs import replace

from windtunnel.engine.facts import Invoked
from windtunnel.engine.host import Enforcement, Environment, Host, State
from windtunnel.engine.provision import Provision
from windtunnel.engine.report import iso
from windtunnel.engine.spec import Invocation, Outcome, Spec
from windtunnel.engine.streaming import Stream
from windtunnel.kernel.clock import Clock, Timer
from windtunnel.kernel.ids import Ids
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

    def __init__(
        self, clock: Clock, recorder: Recorder, host: Host, idle_s: float = IDLE_S, ids: Ids | None = None
    ) -> None:
        """With `ids`, each environment writes to a log stream of its own, beside the one that its spec names."""
        self._clock = clock
        self._ids = ids
        self._recorder = recorder
        self._host = host
        self._idle_s = idle_s
        self._idle: dict[Identity, list[Idle]] = {}
        self._environments: dict[str, Environment] = {}
        self._retired: set[str] = set()
        self._provisions: dict[str, Provision] = {}
        self._provisioned: dict[str, Provision] = {}
        self._debugged: dict[str, asyncio.Lock] = {}
        self._sweep: Timer | None = None
        self._stopping: set[asyncio.Task[None]] = set()

    def invoke(
        self,
        spec: Spec,
        invocation: Invocation,
        environment: Environment | None = None,
        stream: Stream | None = None,
    ) -> Coroutine[Any, Any, Outcome]:
        """
        Run one invocation, in the environment that `take` gave, else in the one of that spec that was used last, or in
        a new one. Time stands still meanwhile where it can. A `stream` gets the answer while the function writes it.
        Raises LookupError when this machine has no interpreter for the runtime.
        """
        how = self._invoke if spec.debug is None else self._debug
        return how(spec, invocation, environment, stream)

    async def _debug(
        self, spec: Spec, invocation: Invocation, environment: Environment | None, stream: Stream | None
    ) -> Outcome:
        async with self._turn(spec):
            return await self._invoke(spec, invocation, environment, stream)

    async def begin(self, spec: Spec) -> None:
        """Start the environment of a function that waits for a debugger; it is there once."""
        async with self._turn(spec):
            if not self.has_idle(spec):
                environment = await self._start(spec)
                self._idle.setdefault(spec.identity, []).append(Idle(environment, self._clock.now()))

    @asynccontextmanager
    async def _turn(self, spec: Spec) -> AsyncIterator[None]:
        """Functions with a debugger run in one environment at a time, whatever their version: it has one port."""
        async with self._debugged.setdefault(spec.function_arn, asyncio.Lock()):
            for other in list(self._environments.values()):
                if other.spec.function_arn == spec.function_arn and other.spec.identity != spec.identity:
                    self._idle.pop(other.spec.identity, None)
                    await self._stop(other, "retired")
            yield

    async def _invoke(
        self, spec: Spec, invocation: Invocation, environment: Environment | None, stream: Stream | None
    ) -> Outcome:
        with self._clock.working():
            if environment is None:
                environment = self._pop_idle(spec) or await self._start(spec)
            try:
                outcome = await environment.invoke(invocation, stream)
            except BaseException:
                self._environments.pop(environment.id, None)
                self._provisioned.pop(environment.id, None)
                raise
            self._release(environment, broken=outcome.status in ("crash", "timeout"))
            self._record(spec, invocation, environment, outcome)
            return outcome

    async def expect(self, spec: Spec) -> None:
        """
        This function is likely to be invoked soon: what it shares with others is started now, nothing of its own is.
        """
        await self._host.expect(spec)

    async def snapshot(self, spec: Spec) -> str:
        """
        Initialise a published version for all of its environments. Returns what went wrong, as `Host.snapshot` does.
        Raises LookupError when this machine cannot run the runtime.
        """
        with self._clock.working():
            return await self._host.snapshot(self._own(spec))

    def has_idle(self, spec: Spec) -> bool:
        """Whether an invocation finds an environment that waits."""
        return bool(self._idle.get(spec.identity))

    def _pop_idle(self, spec: Spec) -> Environment | None:
        """The one that was used last, of those that have not come to an end by themselves."""
        waiting = self._idle.get(spec.identity, [])
        while waiting:
            environment = waiting.pop().environment
            if environment.state is not State.DEAD:
                return environment
            self._forget(environment)
        return None

    async def provision(self, name: str, spec: Spec, count: int) -> int:
        """
        Keep `count` environments ready that only invocations with `take(name)` use; returns how many are ready when
        all have finished initialising. What `name` had of another spec ends when the new ones are there. Raises
        LookupError when this machine cannot run the runtime.
        """
        spec = replace(spec, debug=None)
        old = self._provisions.get(name)
        with self._clock.working():
            if old is not None and old.spec.identity == spec.identity:
                await self._leave(old.shrink(count))
                return await old.fill()
            new = Provision(spec, count, lambda: self._start(spec, "provisioned-concurrency", new), self._stop)
            ready = await new.fill()
            if self._provisions.get(name) is not old:  # another call came first
                await self._leave(new.end())
                return ready
            self._provisions[name] = new
            if old is not None:
                await self._leave(old.end())
        return ready

    async def unprovision(self, name: str) -> None:
        """Idempotent. Free environments of that name end now, taken ones after their invocation."""
        provision = self._provisions.pop(name, None)
        if provision is not None:
            await self._leave(provision.end())

    def provisioned(self, name: str) -> int:
        """How many environments are kept for that name."""
        provision = self._provisions.get(name)
        return provision.wanted if provision is not None else 0

    def provided(self, name: str) -> tuple[int, int]:
        """How many of them there are now, and how many of those are free."""
        provision = self._provisions.get(name)
        return (0, 0) if provision is None else (provision.count, provision.free)

    def take(self, name: str, spec: Spec) -> Environment | None:
        """A provisioned environment for one invocation, which must follow; None when none of that spec is free."""
        provision = self._provisions.get(name)
        if provision is None or provision.spec.identity != spec.identity:
            return None
        return provision.take()

    async def fresh(self, spec: Spec) -> Environment:
        """A new environment that nobody else uses; the caller invokes and stops it."""
        return await self._host.start(self._own(spec))

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
        await self._host.retire(function_arn, version)

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
        for provision in self._provisions.values():
            provision.end()
        self._provisions.clear()
        await asyncio.gather(*(self._stop(e, "closed") for e in list(self._environments.values())))
        if self._stopping:
            await asyncio.gather(*self._stopping)
        await self._host.close()

    async def _start(
        self, spec: Spec, initialization: str = "on-demand", provision: Provision | None = None
    ) -> Environment:
        environment = await self._host.start(self._own(spec), initialization)
        self._environments[environment.id] = environment
        if provision is not None:
            self._provisioned[environment.id] = provision
        return environment

    def _own(self, spec: Spec) -> Spec:
        """The spec of one environment: with its own log stream. AWS: lambda/latest/dg/monitoring-cloudwatchlogs.html"""
        if self._ids is None:
            return spec
        day = iso(self._clock.now())[:10].replace("-", "/")
        return replace(spec, log_stream=f"{day}/[{spec.version}]{self._ids.hex(32)}")

    async def _leave(self, environments: list[Environment]) -> None:
        await asyncio.gather(*(self._stop(environment, "retired") for environment in environments))

    def _release(self, environment: Environment, broken: bool) -> None:
        provision = self._provisioned.get(environment.id)
        if not environment.settled:
            self._later(self._settle(environment, broken))
        elif provision is not None:
            self._release_provisioned(environment, provision, broken)
        elif environment.state is State.DEAD:
            self._environments.pop(environment.id, None)
        elif environment.id in self._retired:
            self._stop_later(environment, "retired")
        else:
            now = self._clock.now()
            self._idle.setdefault(environment.spec.identity, []).append(Idle(environment, now))
            if self._sweep is None:
                self._sweep = self._clock.call_at(now + self._idle_s, self._end_idle)

    def _release_provisioned(self, environment: Environment, provision: Provision, broken: bool) -> None:
        """One whose process ended is replaced, so that no invocation waits for it to start again."""
        if not broken and environment.state is not State.DEAD and not provision.is_surplus():
            provision.give_back(environment)
            return
        provision.dismiss(environment)
        self._stop_later(environment, "failed" if broken else "retired")
        if not provision.ended:
            self._later(self._refill(provision))

    async def _refill(self, provision: Provision) -> None:
        with self._clock.working():
            await provision.fill()

    def _end_idle(self) -> None:
        """End what nobody has used for long, and come back when the next one is due."""
        self._sweep = None
        now = self._clock.now()
        for identity, waiting in list(self._idle.items()):
            for idle in [idle for idle in waiting if idle.since + self._idle_s <= now]:
                waiting.remove(idle)
                if idle.environment.spec.debug is not None:  # somebody is attached to it
                    waiting.append(Idle(idle.environment, now))
                    continue
                self._stop_later(idle.environment, "idle")
            if not waiting:
                del self._idle[identity]
        earliest = min((waiting[0].since for waiting in self._idle.values()), default=None)
        if earliest is not None:
            self._sweep = self._clock.call_at(earliest + self._idle_s, self._end_idle)

    async def _settle(self, environment: Environment, broken: bool) -> None:
        with self._clock.working():
            await environment.settle()
        self._release(environment, broken)

    def _stop_later(self, environment: Environment, reason: str) -> None:
        self._later(self._stop(environment, reason))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stop(self, environment: Environment, reason: str) -> None:
        self._forget(environment)
        with self._clock.working():
            await environment.stop(reason)

    def _forget(self, environment: Environment) -> None:
        self._environments.pop(environment.id, None)
        self._provisioned.pop(environment.id, None)
        self._retired.discard(environment.id)

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
            outcome.cpu_ms,
            outcome.restore_ms,
        )
        self._recorder.record(invoked)
