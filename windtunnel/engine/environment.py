"""
An execution environment on a process: initialisation, invocations, time limits, failures, as AWS's life cycle has them.

    start ──► INIT (10 s) ──ok──────────► IDLE ⇄ BUSY
                  │                          │
                  └─fails, overruns─► IDLE ◄─┘ crash, timeout: the process is gone, the environment stays
                                        │
                                        └─ next invoke: a new process, initialised under the function's own timeout

With extensions an invocation is over when they are done too: the caller has its answer by then, and the environment is
not `settled` until then. AWS: lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from windtunnel.engine import report
from windtunnel.engine.answer import Answer, Ending, exited, unrestored, verdict
from windtunnel.engine.deadline import Deadline
from windtunnel.engine.extensions import Extensions
from windtunnel.engine.facts import EnvironmentEnded, Witness
from windtunnel.engine.group import Group
from windtunnel.engine.host import State
from windtunnel.engine.life import Life
from windtunnel.engine.limits import LAST_WORDS_S, SHUTDOWN_S, memory_limit_mb
from windtunnel.engine.log import Log, Turn
from windtunnel.engine.memory import MemoryUse
from windtunnel.engine.pace import Pace
from windtunnel.engine.runtime_api import Conversation, event_head
from windtunnel.engine.settling import Settling
from windtunnel.engine.spec import Invocation, Outcome, Spec
from windtunnel.engine.start import Start
from windtunnel.engine.streaming import Stream
from windtunnel.engine.surroundings import Surroundings
from windtunnel.engine.telemetry import Telemetry
from windtunnel.kernel.clock import wall_clock
from windtunnel.kernel.stopwatch import ticks


class ProcessEnvironment:
    """See `engine/host.py` for what callers may rely on. `foreign`: its runtime is not ours."""

    def __init__(
        self, id: str, spec: Spec, around: Surroundings, start: Start, foreign: bool, extensions: list[str]
    ) -> None:
        self.id = id
        self.spec = spec
        self.state = State.INIT
        self.start = start
        self.life: Life | None = None
        self.extension_host = "127.0.0.1"
        """Where its extensions listen."""
        self.invocations = 0
        self._loop = asyncio.get_running_loop()
        self._around = around
        self._clock = around.clock
        self._foreign = foreign
        self._external = extensions
        self._log = Log(spec, around.clock, around.sink, self._hold_output)
        self._witness = Witness(around.recorder, spec.function_arn, spec.version, id)
        self._answer = Answer(None)
        self._ending: asyncio.Future[Ending] | None = None
        self._verdict: Ending | None = None
        self._current: Invocation | None = None
        self._given = False
        self._cpu_ms: float | None = None
        self._deadline = Deadline(self._overran)
        self._timeout_s = 0.0
        self._memory = MemoryUse(memory_limit_mb(spec))
        self._pace = Pace(
            spec.memory_mb, around.freeze and start.way != "snapshot", around.cpu_share, self._processes, self._is_idle
        )
        self._opened = self._alone = self._programs_run = False
        self._restores = start.restores
        self._telemetry = Telemetry(self.extension_host)
        self._settling = Settling(self._deadline, self._is_quiet, self._overran_later, self._shut_down_late)
        self._ended: asyncio.Task[None] | None = None
        self._begin("init")
        start.watch(self._init_overran)

    @property
    def group(self) -> Group | None:
        """The control group of its process."""
        return self._memory.group

    @group.setter
    def group(self, group: Group) -> None:
        self._memory.group = group

    @property
    def settled(self) -> bool:
        return self._settling.task is None

    async def settle(self) -> None:
        await self._settling.over()

    async def ready(self) -> bool:
        return await asyncio.shield(self.start.ready)

    async def invoke(self, invocation: Invocation, stream: Stream | None = None) -> Outcome:
        if self.state is State.DEAD or self._current is not None:
            raise RuntimeError(f"Environment {self.id} is {self.state.value} and takes no invocation.")
        self._current, self._answer = invocation, Answer(stream)
        self.invocations += 1
        try:
            if self.state is State.INIT:
                await self.ready()
            if self._settling.task is not None:
                await self.settle()
            if self._restores and self.start.failure:
                return await self._give_up(unrestored(self.start.failure))
            outcome = await self._run(invocation)
            return outcome if self.life or not self._restores else await self._give_up(outcome)
        except asyncio.CancelledError:
            await self.stop("cancelled")
            raise
        finally:
            self._current = self._ending = None
            if stream is not None:
                stream.end()
            if self.state is State.BUSY:
                self.state = State.IDLE
                self._pace.rest()

    async def _give_up(self, outcome: Outcome) -> Outcome:
        """What was restored from a snapshot ends with its process: the next one is restored anew."""
        await self.stop("failed")
        return outcome

    async def stop(self, reason: str) -> None:
        if self.state is State.DEAD:
            return
        self.state = State.DEAD
        self._deadline.cancel()
        self._pace.end()
        life = self.life
        if life is not None:
            if self._current is None:
                await self._settling.over(SHUTDOWN_S)
                await self._log.quiet(LAST_WORDS_S)
                if self._extensions:
                    await self._shut_down("spindown", life)
            life.kill()
            await life.over
        self.start.cancel()
        self._end(self._exit("signal: killed"))
        self._telemetry.stop()
        if self.group is not None:
            self.group.close()
        self._around.let_go(self)
        self._log.flush()
        ended = EnvironmentEnded(self.spec.function_arn, self.spec.version, self.id, reason, self.invocations)
        self._around.recorder.record(ended)

    def exceeded_memory(self) -> None:
        """The function uses more memory than it has: it is killed, as the kernel would."""
        self._memory.exceeded = True
        if self.life is not None:
            self.life.kill()

    # A process and its extensions

    def _begin(self, phase: str) -> None:
        self._telemetry.stop()
        self._opened = self._alone = self._programs_run = False
        self._telemetry = Telemetry(self.extension_host)
        self._log.tap = self._telemetry.hear
        self._extensions = Extensions(
            self.spec,
            self._around.ids,
            self._log,
            self._telemetry,
            self._external,
            self._move_on,
            self._extension_failed,
        )
        self._log.platform(self.start.began(self.spec, phase))
        self._log.flush()
        self.life = self._around.begin(self)

    def _move_on(self) -> None:
        """The runtime or an extension has done what it was to do: what waits for that goes on."""
        life = self.life
        if life is None or self._verdict is not None:  # what has failed is about to end
            return
        if self._programs_run and self._extensions.registered:
            self._programs_run = False
            life.start_runtime()
        if life.asking is None or not self._extensions.idle:
            return
        if not self.start.ready.done():
            self._init_ended()
        elif self._ending is not None and not self._ending.done() and self.settled:
            self._send()
        self._settling.moved()

    def _init_ended(self) -> None:
        init_ms = self.start.succeed(self._log)
        self.start.tell(self._around.recorder, self.spec, self.id, self._witness)
        if self._foreign and self.life is not None:  # a runtime that is not ours does not say what its own part was
            self.life.output.drain()
            self._witness.saw_init(init_ms, [], [])
        if self.start.way != "snapshot":
            self._open()
        self.start.ready.set_result(True)
        if self._current is None:
            self.state = State.IDLE
            self._pace.rest()

    def _open(self) -> None:
        """From now on there are invocations: nobody registers or subscribes any more, the function's share begins."""
        self._opened = True
        self._pace.started(self.group)
        self._extensions.close_registration()
        self._alone = not self._extensions
        if not self._telemetry.wanted:
            self._log.tap = None

    def _processes(self) -> list[int]:
        return self.life.processes() if self.life is not None else []

    def _is_idle(self) -> bool:
        ready = self.life is not None and self.life.asking is not None and self.settled
        return ready and self._current is None and self.state is State.IDLE

    def _extension_failed(self, name: str, error_type: str, how: str) -> None:
        self._verdict = verdict("crash", error_type, f"RequestId: {self._asked} Error: {how or error_type}")
        if self.life is not None:
            self.life.kill()

    def _is_quiet(self) -> bool:
        return self._extensions.idle and self.life is not None and self.life.asking is not None

    def _overran_later(self) -> None:
        """The extensions have, not the runtime."""
        self._say_timed_out(self._log.request_id)

    async def _shut_down_late(self, life: Life) -> None:
        await self._shut_down("timeout", life)

    async def _shut_down(self, reason: str, life: Life) -> None:
        """AWS: lambda/latest/dg/runtimes-extensions-api.html, "Shutdown phase"."""
        self._pace.free()
        deadline_ms = int((wall_clock() + SHUTDOWN_S) * 1000)
        await self._telemetry.flush(SHUTDOWN_S / 4)
        self._extensions.shut_down(reason, deadline_ms)
        life.terminate()
        await asyncio.wait([life.over], timeout=SHUTDOWN_S)
        life.kill()

    # An invocation, step by step

    async def _run(self, invocation: Invocation) -> Outcome:
        loop, spec = self._loop, self.spec
        began = ticks()
        timeout_s = spec.timeout_s
        if invocation.deadline is not None and spec.debug is None:
            timeout_s = max(0.0, min(timeout_s, invocation.deadline - self._clock.now()))
        self._given, self._cpu_ms = False, None
        complete: asyncio.Future[bytes] | None = loop.create_future() if invocation.tail else None
        turn = self._log.open(invocation.request_id, invocation.trace, complete)
        self._ending = loop.create_future()
        first = self.invocations == 1 and (self.start.waited_for or self._restores)
        waited_ms = self.start.took_ms if first and self.life is not None else None
        init_ms, restore_ms = (None, waited_ms) if self._restores else (waited_ms, None)
        cold = first or self.life is None
        self._timeout_s = timeout_s
        self._deadline.begin(began + timeout_s, timeout_s)
        if self.state is State.DEAD:
            self._end(self._exit("signal: killed"))
        else:
            self.state = State.BUSY
            if self.life is None:
                self._begin("invoke")
            elif self.life.asking is not None and (self._alone or self._extensions.idle):
                self._send()
        ending = await self._ending
        self._deadline.end()
        self._pace.free()
        duration_ms = (ticks() - began) * 1000
        if ending.status == "timeout":
            duration_ms = timeout_s * 1000
        outcome = Outcome(
            status=ending.status,
            payload=ending.payload,
            error="" if ending.status == "success" else "Unhandled",
            duration_ms=duration_ms,
            billed_ms=report.billed_ms(duration_ms, waited_ms),
            init_ms=init_ms,
            restore_ms=restore_ms,
            memory_mb=self._most_memory_mb(),
            cold=cold,
            produced_bytes=self._answer.produced,
            cpu_ms=self._cpu_ms,
        )
        if self._log.json or self._log.tap is not None:
            said = spec, invocation.request_id, outcome, ending.error_type, invocation.trace
            self._log.platform(report.runtime_done(*said))
        if not self._alone and self._extensions and self.life is not None:
            close = partial(self._close_settled, turn, ending)
            settling = self._settling.begin(self.life, outcome, began, timeout_s, close)
            if complete is None:
                return outcome
            outcome = await asyncio.shield(settling)
        else:
            self._close(turn, outcome, ending)
        return outcome if complete is None else msgspec.structs.replace(outcome, log_tail=await complete)

    def _close_settled(self, turn: Turn, ending: Ending, outcome: Outcome) -> None:
        self._close(turn, outcome, ending)
        self._pace.rest()

    def _close(self, turn: Turn, outcome: Outcome, ending: Ending) -> None:
        """All of an invocation is over but what is still to be read of its output."""
        self._log.close(turn, outcome, ending.error_type)
        if self._foreign and self.life is not None:
            self.life.output.drain()
            self._log.written()

    def _send(self) -> None:
        invocation, life = self._current, self.life
        assert invocation is not None and life is not None
        left_ms = self._deadline.left_s * 1000
        deadline_ms = int(wall_clock() * 1000 + left_ms)
        arn = invocation.function_arn or self.spec.function_arn
        if not self._opened:
            self._open()
        self._pace.run()
        if not self._alone and self._extensions:
            self._extensions.invoke(invocation, deadline_ms, arn)
        self._given = True
        life.send(event_head(invocation, deadline_ms, left_ms, arn), invocation.payload)

    def _end(self, ending: Ending) -> None:
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(ending)

    def _overran(self) -> None:
        if self.life is None or self._current is None:
            return
        text = self._say_timed_out(self._asked)
        ending = verdict("timeout", "Sandbox.Timedout", f"RequestId: {self._asked} Error: {text}")
        if self._extensions and self._extensions.registered:
            self._end(ending)
        else:
            self._verdict = ending
            self.life.kill()

    def _say_timed_out(self, request_id: str) -> str:
        text = f"Task timed out after {self._timeout_s:.2f} seconds"
        self._log.add(f"{report.iso(self._clock.now())} {request_id} {text}\n\n")
        return text

    def _init_overran(self) -> None:
        if not self.start.ready.done() and self.life is not None:
            self._verdict = Ending("timeout", b"")
            self.life.kill()

    # What the process tells (`Owner` in engine/life.py)

    def asks(self) -> None:
        if self._alone:
            if self._ending is not None and not self._ending.done():
                self._send()
            return
        if not self._opened and (self._log.json or self._extensions):
            self._log.platform(self.start.runtime_done("invoke" if self.start.ready.done() else "init"))
        self._move_on()

    def extension_asks(self, conversation: Conversation, method: str, path: str, head: str, body: bytes) -> None:
        self._extensions.take(conversation, method, path, head, body)

    def extensions_started(self) -> None:
        self._programs_run = True
        self._move_on()

    def extension_died(self, name: str, how: str) -> None:
        if self.state is not State.DEAD:
            self._extensions.died(name, how)

    def extension_said(self, lines: list[bytes]) -> None:
        self._log.lines(lines, "extension")

    def answers(self, request_id: str, payload: bytes) -> None:
        if self._is_current(request_id):
            self._end(self._answer.whole(payload))

    def begins(self, request_id: str, content_type: str, hold: Callable[[bool], None]) -> None:
        if self._is_current(request_id):
            self._answer.begin(content_type, hold)

    def continues(self, request_id: str, part: bytes) -> None:
        if self._is_current(request_id):
            self._answer.put(part)

    def finishes(self, request_id: str, error_type: str, payload: bytes) -> None:
        if self._is_current(request_id):
            self._end(self._answer.finish(error_type, payload))

    def fails(self, request_id: str, error_type: str, payload: bytes) -> None:
        if self._is_current(request_id):
            self._end(Ending("error", payload, error_type))

    def fails_to_initialise(self, error_type: str, payload: bytes) -> None:
        """The process is about to exit; what it said is the verdict then."""
        self._verdict = Ending("error", payload, error_type)

    def said(self, lines: list[bytes]) -> None:
        self._log.lines(lines)

    def framed(self, kind: bytes, payload: bytes) -> None:
        if kind == b"L":
            self._log.record(payload)
        elif kind == b"E":
            resident_kb, self._cpu_ms = self._witness.ended(payload)
            self._resident(resident_kb)
            self._log.written()
        elif kind == b"I":
            self._resident((self._witness.resumed if self.start.restores else self._witness.started)(payload))

    def read_all(self) -> None:
        self._log.flush()

    def fails_to_start(self, error_type: str, message: str) -> None:
        text = f"RequestId: {self._asked} Error: {message}"
        self._verdict = verdict("crash", error_type, text)
        if self.start.ready.done():
            self._log.add(f"{text}\n{error_type}\n")

    def died(self, how: str) -> None:
        life, self.life = self.life, None
        self._pace.end()
        self._memory.ended()
        said, self._verdict = self._verdict, None
        if self.state is State.DEAD:
            self._log.written()
            return
        if not self.start.ready.done():
            self._init_failed(said)
        elif self._ending is not None and not self._ending.done():
            if said is None and not self._given and life is not None and life.events:
                if self._current is None or self._log.request_id != self._current.request_id:
                    self._log.written()
                self._begin("invoke")  # what it died of belongs to an invocation that it has answered
                return
            if said is None:
                said = self._exit(how)
                self._log.add(f"{msgspec.json.decode(said.payload)['errorMessage']}\nRuntime.ExitError\n")
            self._end(said)
        elif self.start.restores and self._current is None:
            self._ended = self._loop.create_task(self.stop("failed"))  # where it came from may be gone too
        self._log.written()

    # Small print

    def _is_current(self, id: str) -> bool:
        return self._current is not None and self._current.request_id == id

    def _exit(self, how: str) -> Ending:
        return exited(self._asked, how)

    @property
    def _asked(self) -> str:
        return self._current.request_id if self._current is not None else ""

    def _init_failed(self, said: Ending | None) -> None:
        self.start.fail(self._log, said)
        self.start.tell(self._around.recorder, self.spec, self.id, self._witness)
        self.start.ready.set_result(False)
        if self._current is None:
            self.state = State.IDLE

    def _most_memory_mb(self) -> int:
        life = self.life
        if life is None:
            return self._memory.most_mb(None)
        return self._memory.most_mb(life.shared_bytes, life.programs_bytes if self._foreign else None)

    def _resident(self, kilobytes: int) -> None:
        if self._memory.told(kilobytes, supervised=self.life is not None and self.life.shared_bytes == 0):
            self.exceeded_memory()

    def _hold_output(self, hold: bool) -> None:
        if self.life is not None:
            (self.life.output.pause if hold else self.life.output.resume)()
