"""
An execution environment on a process: initialisation, invocations, time limits, failures, as AWS's life cycle has them.

    start ──► INIT (10 s) ──ok──────────► IDLE ⇄ BUSY
                  │                          │
                  └─fails, overruns─► IDLE ◄─┘ crash, timeout: the process is gone, the environment stays
                                        │
                                        └─ next invoke: a new process, initialised under the function's own timeout
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from windtunnel.engine import report
from windtunnel.engine.cgroups import MEBIBYTE, Group
from windtunnel.engine.facts import EnvironmentEnded, Witness
from windtunnel.engine.host import State
from windtunnel.engine.life import Life
from windtunnel.engine.log import Log, Sink
from windtunnel.engine.runtime_api import MOST_ANSWER_BYTES, event_head, too_large
from windtunnel.engine.spec import Invocation, Outcome, Spec, Status
from windtunnel.engine.streaming import MOST_BYTES, Stream
from windtunnel.kernel.clock import Clock
from windtunnel.kernel.recorder import Recorder
from windtunnel.kernel.stopwatch import ticks

INIT_TIMEOUT_S = 10.0  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

LAST_WORDS_S = 0.5
"""How long a process that is to end may take to finish writing what belongs to an invocation that it has answered."""

_TIMER_GRAIN_S = 0.001
"""An event loop's timers count milliseconds; one that fires this much early is on time."""


class Ending(msgspec.Struct, frozen=True):
    """How an invocation or an initialisation ended, before it is counted and written down."""

    status: Status
    payload: bytes
    error_type: str = ""


class ProcessEnvironment:
    """See `engine/host.py` for what callers may rely on; the host gives it its processes, by `begin`."""

    def __init__(
        self,
        id: str,
        spec: Spec,
        clock: Clock,
        recorder: Recorder,
        sink: Sink,
        initialization: str,
        init_timeout_s: float,
        foreign: bool,
        begin: Callable[[ProcessEnvironment], Life],
        let_go: Callable[[ProcessEnvironment], None],
    ) -> None:
        self.id = id
        self.spec = spec
        self.state = State.INIT
        self.initialization = initialization
        self.life: Life | None = None
        self.group: Group | None = None
        self.invocations = 0
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._recorder = recorder
        self._foreign = foreign
        self._begin = begin
        self._let_go = let_go
        self._log = Log(spec, clock, sink, self._hold_output)
        self._witness = Witness(recorder, spec.function_arn, spec.version, id)
        self._initialised: asyncio.Future[bool] = self._loop.create_future()
        self._init_ms = 0.0
        self._ending: asyncio.Future[Ending] | None = None
        self._verdict: Ending | None = None
        self._current: Invocation | None = None
        self._stream: Stream | None = None
        self._streamed = bytearray()
        self._produced = 0
        self._deadline = 0.0
        self._timeout_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0
        self._peak = 0
        self._used = 0
        self._over_memory = False
        self._log.add(report.init_start(spec, clock.now(), initialization))
        self._log.flush()
        self._started = ticks()
        self._init_timer = self._loop.call_later(init_timeout_s, self._init_overran)

    async def ready(self) -> bool:
        return await asyncio.shield(self._initialised)

    async def invoke(self, invocation: Invocation, stream: Stream | None = None) -> Outcome:
        if self.state is State.DEAD or self._current is not None:
            raise RuntimeError(f"Environment {self.id} is {self.state.value} and takes no invocation.")
        self._current, self._stream = invocation, stream
        self.invocations += 1
        try:
            if self.state is State.INIT:
                await asyncio.shield(self._initialised)
            return await self._run(invocation)
        except asyncio.CancelledError:
            await self.stop("cancelled")
            raise
        finally:
            self._current = self._ending = None
            if stream is not None:
                stream.end()
                self._stream = None
            if self.state is State.BUSY:
                self.state = State.IDLE

    async def stop(self, reason: str) -> None:
        if self.state is State.DEAD:
            return
        self.state = State.DEAD
        self._init_timer.cancel()
        if self._timer is not None:
            self._timer.cancel()
        life = self.life
        if life is not None:
            if self._current is None:
                await self._log.quiet(LAST_WORDS_S)
            life.kill()
            await life.over
        if not self._initialised.done():
            self._initialised.set_result(False)
        self._end(self._exit("signal: killed"))
        if self.group is not None:
            self.group.close()
        self._let_go(self)
        self._log.flush()
        ended = EnvironmentEnded(self.spec.function_arn, self.spec.version, self.id, reason, self.invocations)
        self._recorder.record(ended)

    def exceeded_memory(self) -> None:
        """The function uses more memory than it has: it is killed, as the kernel would."""
        self._over_memory = True
        if self.life is not None:
            self.life.kill()

    # An invocation, step by step

    async def _run(self, invocation: Invocation) -> Outcome:
        loop, spec = self._loop, self.spec
        began = ticks()
        timeout_s = spec.timeout_s
        if invocation.deadline is not None:
            timeout_s = max(0.0, min(timeout_s, invocation.deadline - self._clock.now()))
        self._deadline = began + timeout_s
        complete: asyncio.Future[bytes] | None = loop.create_future() if invocation.tail else None
        turn = self._log.open(invocation.request_id, invocation.trace, complete)
        self._ending = loop.create_future()
        first = self.invocations == 1 and self.initialization == "on-demand"
        init_ms = self._init_ms if first and self.life is not None else None
        cold = first or self.life is None
        self._timeout_s = timeout_s
        if self._timer is None or self._timer_due > self._deadline:
            self._set_timer(timeout_s)
        if self.state is State.DEAD:
            self._end(self._exit("signal: killed"))
        else:
            self.state = State.BUSY
            if self.life is None:
                self.life = self._begin(self)
            elif self.life.asking is not None:
                self._send()
        ending = await self._ending
        duration_ms = (ticks() - began) * 1000
        if ending.status == "timeout":
            duration_ms = timeout_s * 1000
        outcome = Outcome(
            status=ending.status,
            payload=ending.payload,
            error="" if ending.status == "success" else "Unhandled",
            duration_ms=duration_ms,
            billed_ms=report.billed_ms(duration_ms, init_ms),
            init_ms=init_ms,
            memory_mb=self._memory_used_mb(),
            cold=cold,
        )
        self._log.close(turn, outcome, ending.error_type)
        if self._foreign and self.life is not None:
            self.life.output.drain()
            self._log.written()
        return outcome if complete is None else msgspec.structs.replace(outcome, log_tail=await complete)

    def _send(self) -> None:
        invocation, life = self._current, self.life
        assert invocation is not None and life is not None
        left_ms = max(0.0, self._deadline - ticks()) * 1000
        deadline_ms = int(self._clock.now() * 1000 + left_ms)
        head = event_head(invocation, deadline_ms, left_ms, invocation.function_arn or self.spec.function_arn)
        life.send(head, invocation.payload)

    def _end(self, ending: Ending) -> None:
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(ending)

    def _set_timer(self, delay_s: float) -> None:
        """
        One timer serves many invocations: it stays when one ends in time, and looks at the deadline when it fires.
        """
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = self._deadline
        self._timer = self._loop.call_later(delay_s, self._look_at_deadline)

    def _look_at_deadline(self) -> None:
        self._timer = None
        if self._current is None or self._ending is None or self._ending.done():
            return
        left_s = self._deadline - ticks()
        if left_s > _TIMER_GRAIN_S:
            self._set_timer(left_s)
        else:
            self._overran(self._current.request_id)

    def _overran(self, request_id: str) -> None:
        if self.life is None:
            return
        text = f"Task timed out after {self._timeout_s:.2f} seconds"
        self._log.add(f"{report.iso(self._clock.now())} {request_id} {text}\n\n")
        self._verdict = _verdict("timeout", "Sandbox.Timedout", f"RequestId: {request_id} Error: {text}")
        self.life.kill()

    def _init_overran(self) -> None:
        if not self._initialised.done() and self.life is not None:
            self._verdict = Ending("timeout", b"")
            self.life.kill()

    # What the process tells (`Owner` in engine/life.py)

    def asks(self) -> None:
        if not self._initialised.done():
            self._init_ms = (ticks() - self._started) * 1000
            self._init_timer.cancel()
            if self._foreign and self.life is not None:
                self.life.output.drain()
            self._witness.initialised(self._init_ms, succeeded=True)
            if self._foreign:  # a runtime that is not ours does not say what its own part was
                self._witness.saw_init(self._init_ms, [], [])
            self._initialised.set_result(True)
            if self._current is None:
                self.state = State.IDLE
        elif self._ending is not None and not self._ending.done():
            self._send()

    def answers(self, request_id: str, payload: bytes) -> None:
        if self._is_current(request_id):
            if self._stream is not None:
                self._stream.begin("application/json")
                self._stream.put(payload)
            self._end(Ending("success", payload))

    def begins(self, request_id: str, content_type: str, hold: Callable[[bool], None]) -> None:
        if self._is_current(request_id):
            self._streamed.clear()
            self._produced = 0
            if self._stream is not None:
                self._stream.begin(content_type, hold)

    def continues(self, request_id: str, part: bytes) -> None:
        if not self._is_current(request_id):
            return
        self._produced += len(part)
        if self._stream is not None and self._produced <= MOST_BYTES:
            self._stream.put(part)
        elif self._stream is None and self._produced <= MOST_ANSWER_BYTES:
            self._streamed += part

    def finishes(self, request_id: str, error_type: str, payload: bytes) -> None:
        if not self._is_current(request_id):
            return
        most = MOST_ANSWER_BYTES if self._stream is None else MOST_BYTES
        if error_type:
            self._end(Ending("error", payload, error_type))
        elif self._produced > most:
            self._end(Ending("error", too_large(most), "Function.ResponseSizeTooLarge"))
        else:
            self._end(Ending("success", bytes(self._streamed)))
        self._streamed.clear()

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
            request_id, resident_kb, deeds, imports = msgspec.json.decode(payload)
            self._resident(resident_kb)
            if deeds or imports:
                self._witness.saw(request_id, deeds, imports)
            self._log.written()
        elif kind == b"I":
            runtime_ms, resident_kb, deeds, imports = msgspec.json.decode(payload)
            self._resident(resident_kb)
            self._witness.saw_init(runtime_ms, deeds, imports)

    def read_all(self) -> None:
        self._log.flush()

    def extensions_started(self) -> None:
        if self.life is not None:
            self.life.start_runtime()

    def extension_died(self, name: str, how: str) -> None:
        """Nobody waits for it yet."""

    def fails_to_start(self, error_type: str, message: str) -> None:
        request_id = self._current.request_id if self._current is not None else ""
        text = f"RequestId: {request_id} Error: {message}"
        self._verdict = _verdict("crash", error_type, text)
        if self._initialised.done():
            self._log.add(f"{text}\n{error_type}\n")

    def died(self, how: str) -> None:
        self.life = None
        self._over_memory = self._over_memory or (self.group is not None and self.group.killed_by_memory())
        verdict, self._verdict = self._verdict, None
        if self.state is State.DEAD:
            self._log.written()
            return
        if not self._initialised.done():
            self._init_timer.cancel()
            self._report_init("init", (ticks() - self._started) * 1000, verdict)
            self._witness.initialised((ticks() - self._started) * 1000, succeeded=False)
            self._initialised.set_result(False)
            if self._current is None:
                self.state = State.IDLE
        elif self._ending is not None and not self._ending.done():
            if verdict is None:
                verdict = self._exit(how)
                self._log.add(f"{msgspec.json.decode(verdict.payload)['errorMessage']}\nRuntime.ExitError\n")
            self._end(verdict)
        self._log.written()

    # Small print

    def _is_current(self, request_id: str) -> bool:
        return self._current is not None and self._current.request_id == request_id

    def _exit(self, how: str) -> Ending:
        told = f"Runtime exited with error: {how}" if how else "Runtime exited without providing a reason"
        request_id = self._current.request_id if self._current is not None else ""
        return _verdict("crash", "Runtime.ExitError", f"RequestId: {request_id} Error: {told}")

    def _report_init(self, phase: str, took_ms: float, verdict: Ending | None) -> None:
        status = "timeout" if verdict is not None and verdict.status == "timeout" else "error"
        error_type = "Runtime.ExitError" if verdict is None else verdict.error_type
        self._log.add(report.init_report(self.spec, self._clock.now(), took_ms, phase, status, error_type))
        self._log.flush()

    def _resident(self, kilobytes: int) -> None:
        """
        Where no control group measures memory, what the process tells of itself is looked at after each invocation.
        """
        if self.group is None or not self.group.limits_memory:
            self._used = max(self._used, kilobytes * 1024)
            if self._used > self.spec.memory_mb * MEBIBYTE:
                self.exceeded_memory()

    def _memory_used_mb(self) -> int:
        if self._over_memory:
            self._over_memory = False
            return self.spec.memory_mb
        if self.group is not None and (peak := self.group.peak()) != self._peak and self.life is not None:
            self._peak = peak
            self._used = max(self._used, peak - self.group.files() + self.life.shared_bytes)
        return min(-(-self._used // MEBIBYTE), self.spec.memory_mb)

    def _hold_output(self, hold: bool) -> None:
        if self.life is not None:
            (self.life.output.pause if hold else self.life.output.resume)()


def _verdict(status: Status, error_type: str, message: str) -> Ending:
    return Ending(status, msgspec.json.encode({"errorType": error_type, "errorMessage": message}), error_type)
