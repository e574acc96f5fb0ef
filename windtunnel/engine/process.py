"""
The host on real processes: fork servers, parked processes, control groups, and what of AWS's environment they
enforce.
"""

from __future__ import annotations

import asyncio
import socket

import msgspec

from windtunnel.engine import sdk
from windtunnel.engine.album import Album, Picture
from windtunnel.engine.cgroups import ControlGroups
from windtunnel.engine.environment import ProcessEnvironment
from windtunnel.engine.facts import EnvironmentStarted, SnapshotTaken
from windtunnel.engine.group import MEBIBYTE, Group
from windtunnel.engine.host import Enforcement, State
from windtunnel.engine.interpreters import Interpreters
from windtunnel.engine.isolation import enforcement
from windtunnel.engine.life import Life
from windtunnel.engine.limits import INIT_TIMEOUT_S, init_limit_s, memory_limit_mb
from windtunnel.engine.log import Sink
from windtunnel.engine.moulds import Moulds, interpreter
from windtunnel.engine.programs import (
    Place,
    brings_runtime,
    debugger,
    extensions,
    extensions_variables,
    modules,
    program,
    wrapper,
)
from windtunnel.engine.runtime_port import RuntimePort
from windtunnel.engine.snapshots import Snapshot
from windtunnel.engine.spec import Spec
from windtunnel.engine.start import Start
from windtunnel.engine.surroundings import Surroundings
from windtunnel.engine.variables import variables
from windtunnel.engine.zygotes import Forker, Mould, Zygote
from windtunnel.kernel.clock import Clock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.recorder import Recorder
from windtunnel.runtimes.python.snapshot import IMPOSSIBLE

DEBUGGING_S = 86_400.0
"""How long something may take where a debugger is awaited."""
PARKED_TMP_MB = 512
_WATCH_AFTER_S = 0.02
_REFILL_AFTER_S = 0.02
"""A start takes a few milliseconds, and the next parked process is not to compete with it."""
_REFILL_PROGRAM_AFTER_S = 0.2
"""As above, for a runtime that takes a processor for 100 ms or more to get ready."""
_SMALLEST_ALLOWANCE = 8 * MEBIBYTE


class ProcessHost:
    """See `engine/host.py`. One event loop; nothing is started before the first environment is."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        recorder: Recorder,
        interpreters: Interpreters,
        sink: Sink,
        name: str,
        isolate: bool = True,
        parked: int = 2,
        init_timeout_s: float = INIT_TIMEOUT_S,
        freeze: bool = True,
        cpu_share: bool = False,
    ) -> None:
        """
        `name` is unique among the hosts of this machine; `parked` processes per kind wait for a function. With
        `freeze` environments stand still between invocations, with `cpu_share` they get processor time as AWS gives it.
        """
        self._ids = ids
        self._recorder = recorder
        self._interpreters = interpreters
        self._isolate = isolate
        self._park = parked
        self._cpu_share = cpu_share
        self._around = Surroundings(
            clock, ids, recorder, sink, init_timeout_s, self._begin, self._let_go, freeze, cpu_share
        )
        self._groups = ControlGroups(name, cpu=cpu_share)
        self._zygotes: dict[Mould, Zygote] = {}
        self._parked: dict[Mould, list[Life]] = {}
        self._environments: dict[str, ProcessEnvironment] = {}
        self._ports: dict[str, RuntimePort] = {}
        self._moulds = Moulds(interpreters)
        self._origins: dict[str, tuple[Forker, int]] = {}
        self._told: set[str] = set()
        """Functions whose log says that another interpreter runs them."""
        self._cameras: dict[str, Snapshot] = {}
        self._no_snapshots = False
        self._album = Album(self._take_snapshot)
        self._closed = False

    async def start(self, spec: Spec, initialization: str = "on-demand") -> ProcessEnvironment:
        if self._closed:
            raise RuntimeError("The host is closed.")
        mould = await self._moulds.choose(spec)
        await asyncio.shield(self._zygote(mould).isolation)
        if not self._can_be_restored(spec):
            return self._make(spec, mould, self._initialised(spec, _labelled(spec, initialization)))
        picture = await self._album.find(spec)
        if not picture.usable:  # an initialisation of its own shows whoever invokes it what is wrong
            return self._make(spec, mould, self._initialised(spec, "snap-start"))
        return self._make(spec, mould, Start.restore(), picture)

    def _initialised(self, spec: Spec, initialization: str) -> Start:
        limit_s = (
            DEBUGGING_S if spec.debug is not None else init_limit_s(spec, initialization, self._around.init_timeout_s)
        )
        return Start("init", initialization, limit_s)

    def _make(self, spec: Spec, mould: Mould, start: Start, picture: Picture | None = None) -> ProcessEnvironment:
        id = self._ids.hex(32)
        self._ports[id] = RuntimePort(asyncio.get_running_loop())
        if picture is not None:
            self._album.use(id, picture)
        notice = "" if brings_runtime(spec) else self._interpreters.choose(spec.runtime).notice
        started = EnvironmentStarted(
            spec.function_arn, spec.version, id, spec.runtime, interpreter(mould), start.initialization, notice
        )
        self._recorder.record(started)
        foreign = brings_runtime(spec) or bool(wrapper(spec))
        names = [path.rpartition("/")[2] for path in extensions(spec)]
        around = self._around
        if spec.debug is not None:
            spec = msgspec.structs.replace(spec, timeout_s=DEBUGGING_S)
            around = msgspec.structs.replace(around, freeze=False, cpu_share=False)
        environment = ProcessEnvironment(id, spec, around, start, foreign, names)
        self._environments[id] = environment
        if notice and spec.function_arn not in self._told:
            self._told.add(spec.function_arn)
            environment.said([f"WINDTUNNEL {notice}".encode()])
        return environment

    async def snapshot(self, spec: Spec) -> str:
        await self._moulds.choose(spec)
        if not self._can_be_restored(spec):
            return ""
        failure = (await self._album.find(spec)).failure
        return "" if failure == IMPOSSIBLE else failure

    def _can_be_restored(self, spec: Spec) -> bool:
        """
        Whether snapshots of it can be taken. Of programs beside or around the runtime they cannot, nor where the machine
        refuses: each environment of such a function is initialised, and only its variable says that it was restored.
        """
        plain = spec.runtime.startswith("python") and not wrapper(spec) and not extensions(spec)
        return spec.snap_start and plain and spec.debug is None and not self._no_snapshots

    async def _take_snapshot(self, spec: Spec) -> Picture:
        mould = await self._moulds.choose(spec)
        await asyncio.shield(self._zygote(mould).isolation)
        if self._closed:
            raise RuntimeError("The host is closed.")
        environment = self._make(spec, mould, Start.snapshot(spec))
        snapshot = self._cameras[environment.id]
        if await environment.ready() and await snapshot.taken:
            taken = SnapshotTaken(spec.function_arn, spec.version, environment.id, environment.start.took_ms)
            self._recorder.record(taken)
        else:
            self._no_snapshots |= environment.start.failure == IMPOSSIBLE
            await environment.stop("failed")
        return Picture(environment, snapshot)

    async def retire(self, function_arn: str, version: str) -> None:
        await self._album.retire(function_arn, version)

    async def expect(self, spec: Spec) -> None:
        mould = await self._moulds.choose(spec)
        await asyncio.shield(self._zygote(mould).isolation)
        self._refill(mould)

    async def enforcement(self) -> Enforcement:
        zygote = next(iter(self._zygotes.values()), None)
        if zygote is None:
            zygote = self._zygote(self._moulds.own())
        return enforcement(await asyncio.shield(zygote.isolation), self._groups, self._cpu_share, self._around.freeze)

    async def close(self) -> None:
        self._closed = True
        await asyncio.gather(*(environment.stop("closed") for environment in list(self._environments.values())))
        lives = [life for parked in self._parked.values() for life in parked]
        self._parked.clear()
        await asyncio.gather(*(zygote.close() for zygote in list(self._zygotes.values())))
        for life in lives:
            life.group.close()
        await self._groups.close()

    def processes(self) -> list[int]:
        """The pids of the fork servers, for measurements."""
        return [zygote.pid for zygote in self._zygotes.values()]

    # Processes

    def _begin(self, environment: ProcessEnvironment) -> Life:
        """A process for an environment: a parked one, or a new one in the root that its last process left."""
        spec = environment.spec
        mould = self._moulds.of(spec)
        zygote = self._zygote(mould)
        origin = self._origins.get(environment.id)
        picture = self._album.used_by(environment.id)
        if picture is not None:
            group = environment.group = environment.group or self._groups.make()
            group.reset()
            life = self._fork(picture.snapshot, group, spec.ephemeral_mb)
        elif environment.start.way == "snapshot":
            life = self._begin_snapshot(environment, zygote)
        elif origin is not None and origin[0] is zygote and environment.group is not None:
            environment.group.reset()
            life = self._fork(zygote, environment.group, spec.ephemeral_mb, like=origin[1])
        else:
            life = self._take(mould, zygote)
            if environment.group is not None:
                environment.group.close()
            environment.group = life.group
        port = self._ports[environment.id]
        port.serve(life, life.group.processes)
        life.over.add_done_callback(lambda _: self._remember(environment, life))
        life.become(environment, self._plan(environment, life, port.address))
        memory_mb = memory_limit_mb(spec)
        allowed = max(memory_mb * MEBIBYTE - life.shared_bytes, _SMALLEST_ALLOWANCE)
        life.group.limit_memory(allowed, spec.ephemeral_mb * MEBIBYTE)
        asyncio.get_running_loop().call_later(_WATCH_AFTER_S, self._watch, environment, life)
        return life

    def _begin_snapshot(self, environment: ProcessEnvironment, zygote: Zygote) -> Life:
        """A process that will fork others when its function is initialised."""
        group = environment.group = self._groups.make()

        def process() -> int:
            return environment.life.pid if environment.life is not None else 0

        camera = Snapshot(asyncio.get_running_loop(), zygote.mould, zygote.isolation, process)
        self._cameras[environment.id] = camera
        life = self._fork(zygote, group, environment.spec.ephemeral_mb, control=camera.hand_over())
        life.over.add_done_callback(lambda _: camera.close())
        return life

    @staticmethod
    def _watch(environment: ProcessEnvironment, life: Life) -> None:
        if not life.over.done():
            life.group.watch(asyncio.get_running_loop(), environment.exceeded_memory)

    def _take(self, mould: Mould, zygote: Zygote) -> Life:
        parked = self._parked.setdefault(mould, [])
        life = parked.pop(0) if parked else self._fork(zygote, self._groups.make(), PARKED_TMP_MB)
        delay_s = _REFILL_AFTER_S if mould.program is None else _REFILL_PROGRAM_AFTER_S
        asyncio.get_running_loop().call_later(delay_s, self._refill, mould)
        return life

    def _refill(self, mould: Mould) -> None:
        zygote = self._zygotes.get(mould)
        if self._closed or zygote is None:
            return
        parked = self._parked.setdefault(mould, [])
        # Programs start in a tenth of a second each, and a second one would only delay the first.
        while len(parked) < (self._park if mould.program is None else min(self._park, 1)):
            parked.append(self._fork(zygote, self._groups.make(), PARKED_TMP_MB, waits=True))

    def _fork(
        self,
        forker: Forker,
        group: Group,
        tmp_mb: int,
        like: int | None = None,
        waits: bool = False,
        control: socket.socket | None = None,
    ) -> Life:
        mark = f"\x1e{self._ids.hex(24)}\x1e".encode()
        return Life(asyncio.get_running_loop(), forker, group, mark, tmp_mb, like, waits, control)

    def _zygote(self, mould: Mould) -> Zygote:
        zygote = self._zygotes.get(mould)
        if zygote is None or not zygote.alive:
            loop = asyncio.get_running_loop()
            zygote = self._zygotes[mould] = Zygote(loop, mould, sdk.installed(mould.sdk), self._isolate, self._lost)
        return zygote

    def _lost(self, zygote: Zygote) -> None:
        """A fork server has ended; the next environment gets a new one."""
        if self._zygotes.get(zygote.mould) is zygote:
            del self._zygotes[zygote.mould]
        for life in self._parked.pop(zygote.mould, []):
            life.over.add_done_callback(lambda _, group=life.group: group.close())  # type: ignore[misc]

    def _remember(self, environment: ProcessEnvironment, life: Life) -> None:
        """The root and /tmp of a process stay, until its environment ends."""
        if environment.start.way == "init" and life.zygote.alive and life.pid:
            if environment.state is State.DEAD or environment.id not in self._environments:
                life.zygote.forget(life.pid)
            else:
                self._origins[environment.id] = (life.zygote, life.pid)

    def _let_go(self, environment: ProcessEnvironment) -> None:
        self._environments.pop(environment.id, None)
        self._ports.pop(environment.id).close()
        self._cameras.pop(environment.id, None)
        self._album.leave(environment.id)
        origin = self._origins.pop(environment.id, None)
        if origin is not None and origin[0].alive:
            origin[0].forget(origin[1])

    # What a process is told

    def _plan(self, environment: ProcessEnvironment, life: Life, runtime_api: str) -> dict[str, object]:
        spec = environment.spec
        place = Place.of(spec, isolated=not (life.zygote.isolation.done() and life.zygote.isolation.result()))
        mould = life.zygote.mould
        known = variables(
            spec,
            runtime_api,
            task=place.task,
            initialization=environment.start.initialization,
            layers=place.layers,
            modules=modules(place, mould.program),
        )
        version = ".".join(spec.runtime.removeprefix("python").split(".")[:2])
        packages = [p for f in place.layers for p in (f"{f}/python/lib/python{version}/site-packages", f"{f}/python")]
        return {
            "mark": life.mark.decode(),
            "environ": known,
            "code": spec.code,
            "layers": spec.layers,
            "tmp_mb": spec.ephemeral_mb,
            "task": place.task,
            "task_path": [place.task, *packages],
            "handler": spec.handler,
            "log_format": spec.log_format,
            "log_level": spec.application_log_level,
            "program": program(spec, place, mould.interpreter, mould.program),
            "debug": debugger(spec, place, mould.interpreter),
            "extensions": [place.find(path) for path in extensions(spec)],
            "extensions_environ": extensions_variables(known),
        }


def _labelled(spec: Spec, initialization: str) -> str:
    return "snap-start" if spec.snap_start else initialization
