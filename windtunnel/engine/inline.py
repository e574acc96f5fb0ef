"""
The host without processes: a Python handler in a thread of this process, for tests of what stands above the engine.

The contract is the same, the isolation is not there, and it says so: the function sees this process, shares its
variables and its standard output, and one that overruns is left behind in its thread.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
from collections.abc import Callable
from typing import Any

from windtunnel.engine import report
from windtunnel.engine.facts import EnvironmentEnded, EnvironmentStarted, Witness
from windtunnel.engine.host import Enforcement, Limit, State
from windtunnel.engine.log import Log, Sink
from windtunnel.engine.spec import Invocation, Outcome, Spec, Status
from windtunnel.engine.streaming import Stream
from windtunnel.engine.variables import variables
from windtunnel.kernel.clock import Clock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.recorder import Recorder
from windtunnel.kernel.stopwatch import ticks
from windtunnel.runtimes.python import bootstrap
from windtunnel.runtimes.python.context import LambdaContext

Handler = Callable[[Any, Any], Any]
_IMPORTING = threading.Lock()
"""Modules are looked up in one list of folders a process, so one function is imported at a time."""


class InlineHost:
    """See `engine/host.py`. Python handlers only, on the interpreter that runs the platform."""

    def __init__(self, clock: Clock, ids: Ids, recorder: Recorder, sink: Sink) -> None:
        self._clock = clock
        self._ids = ids
        self._recorder = recorder
        self._sink = sink
        self._environments: list[InlineEnvironment] = []

    async def start(self, spec: Spec, initialization: str = "on-demand") -> InlineEnvironment:
        if not spec.runtime.startswith("python"):
            raise LookupError(f"The inline host runs Python functions only, not {spec.runtime}.")
        id = self._ids.hex(32)
        self._recorder.record(
            EnvironmentStarted(spec.function_arn, spec.version, id, spec.runtime, sys.executable, initialization)
        )
        environment = InlineEnvironment(id, spec, self._clock, self._recorder, self._sink, initialization)
        self._environments.append(environment)
        return environment

    async def expect(self, spec: Spec) -> None:
        """Nothing is shared, so nothing is started."""

    async def snapshot(self, spec: Spec) -> str:
        """None is taken: each environment is initialised."""
        return ""

    async def retire(self, function_arn: str, version: str) -> None:
        """Nothing is kept."""

    async def enforcement(self) -> Enforcement:
        absent = Limit("absent", "functions run inside the platform's own process")
        return Enforcement(absent, absent, absent, absent, absent, absent, absent, absent)

    async def close(self) -> None:
        for environment in self._environments:
            await environment.stop("closed")
        self._environments.clear()


class InlineEnvironment:
    def __init__(self, id: str, spec: Spec, clock: Clock, recorder: Recorder, sink: Sink, initialization: str) -> None:
        self.id = id
        self.spec = spec
        self.state = State.INIT
        self.invocations = 0
        self._clock = clock
        self._recorder = recorder
        self._initialization = initialization
        self._log = Log(spec, clock, sink, lambda behind: None)
        self._witness = Witness(recorder, spec.function_arn, spec.version, id)
        self._handler: Handler | None = None
        self._current: Invocation | None = None
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._init_ms = 0.0
        self._log.platform(report.init_start(spec, initialization))
        self._initialised = asyncio.ensure_future(self._initialise())

    @property
    def settled(self) -> bool:
        return True

    async def settle(self) -> None:
        """There are no extensions here."""

    async def ready(self) -> bool:
        return await asyncio.shield(self._initialised)

    async def invoke(self, invocation: Invocation, stream: Stream | None = None) -> Outcome:
        if self.state is State.DEAD or self._current is not None:
            raise RuntimeError(f"Environment {self.id} is {self.state.value} and takes no invocation.")
        self._current = invocation
        self.invocations += 1
        try:
            await asyncio.shield(self._initialised)
            outcome = await self._run(invocation)
            if stream is not None and not outcome.error:
                stream.begin("application/json")
                stream.put(outcome.payload)
            return outcome
        except asyncio.CancelledError:
            await self.stop("cancelled")
            raise
        finally:
            if stream is not None:
                stream.end()
            self._current = None
            if self.state is State.BUSY:
                self.state = State.IDLE

    async def stop(self, reason: str) -> None:
        if self.state is State.DEAD:
            return
        self.state = State.DEAD
        if not self._broken.done():
            self._broken.set_result(None)
        self._log.flush()
        self._recorder.record(
            EnvironmentEnded(self.spec.function_arn, self.spec.version, self.id, reason, self.invocations)
        )

    async def _initialise(self) -> bool:
        began = ticks()
        loaded = await _in_thread(lambda: _import(self.spec))
        self._init_ms = (ticks() - began) * 1000
        self._handler = loaded if callable(loaded) else None
        succeeded = self._handler is not None
        self._witness.saw_init(self._init_ms, [], [])
        self._witness.initialised(self._init_ms, succeeded)
        if self.state is State.INIT and self._current is None:
            self.state = State.IDLE
        return succeeded

    async def _run(self, invocation: Invocation) -> Outcome:
        began = ticks()
        complete: asyncio.Future[bytes] | None = None
        if invocation.tail:
            complete = asyncio.get_running_loop().create_future()
        turn = self._log.open(invocation.request_id, invocation.trace, complete)
        first = self.invocations == 1 and self._initialization == "on-demand"
        init_ms = self._init_ms if first and self._handler is not None else None
        cold = first or self._handler is None
        if self.state is not State.DEAD:
            self.state = State.BUSY
        status, payload, error_type = await self._attempt(invocation)
        duration_ms = (ticks() - began) * 1000
        if status in ("timeout", "crash"):
            self._handler = None
        outcome = Outcome(
            status=status,
            payload=payload,
            error="" if status == "success" else "Unhandled",
            duration_ms=self.spec.timeout_s * 1000 if status == "timeout" else duration_ms,
            billed_ms=report.billed_ms(duration_ms, init_ms),
            init_ms=init_ms,
            memory_mb=0,
            cold=cold,
        )
        self._log.close(turn, outcome, error_type)
        self._log.written()
        if complete is None:
            return outcome
        return Outcome(**{**{f: getattr(outcome, f) for f in outcome.__struct_fields__}, "log_tail": await complete})

    async def _attempt(self, invocation: Invocation) -> tuple[Status, bytes, str]:
        work = asyncio.ensure_future(_in_thread(lambda: self._call(invocation)))
        await asyncio.wait([work, self._broken], timeout=self.spec.timeout_s, return_when=asyncio.FIRST_COMPLETED)
        id = invocation.request_id
        if work.done():
            answer, failure = work.result()
            if failure is None:
                return "success", answer, ""
            if failure["errorType"] == "Runtime.ExitError":
                return "crash", json.dumps(failure).encode(), failure["errorType"]
            return "error", json.dumps(failure).encode(), failure["errorType"]
        work.cancel()
        if self._broken.done():
            failure = {"errorType": "Runtime.ExitError", "errorMessage": _exit_message(id, "signal: killed")}
            return "crash", json.dumps(failure).encode(), "Runtime.ExitError"
        text = f"Task timed out after {self.spec.timeout_s:.2f} seconds"
        self._log.add(f"{report.iso(self._clock.now())} {id} {text}\n\n")
        failure = {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {id} Error: {text}"}
        return "timeout", json.dumps(failure).encode(), "Sandbox.Timedout"

    def _call(self, invocation: Invocation) -> tuple[bytes, dict[str, Any] | None]:
        """In the thread of the function."""
        try:
            if self._handler is None:
                loaded = _import(self.spec)
                if not callable(loaded):
                    return b"", loaded
                self._handler = loaded
            headers = {
                "lambda-runtime-aws-request-id": invocation.request_id,
                "lambda-runtime-invoked-function-arn": invocation.function_arn or self.spec.function_arn,
                "lambda-runtime-client-context": invocation.client_context,
                "lambda-runtime-cognito-identity": invocation.identity,
                "windtunnel-time-left-ms": str(self.spec.timeout_s * 1000),
            }
            context = LambdaContext(headers, variables(self.spec), lambda text: None)  # type: ignore[no-untyped-call]
            handler, payload = self._handler, invocation.payload
            answer, failure = bootstrap.attempt(handler, payload, context)  # type: ignore[no-untyped-call]
            return answer or b"", failure
        except SystemExit as exit:
            how = f"exit status {exit.code}" if exit.code else ""
            return b"", {"errorType": "Runtime.ExitError", "errorMessage": _exit_message(invocation.request_id, how)}


async def _in_thread(work: Callable[[], Any]) -> Any:
    """The result of `work`, done in a thread that nobody waits for at the end of the program."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def tell(result: Any, error: BaseException | None) -> None:
        if not done.done():
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

    def run() -> None:
        try:
            result, error = work(), None
        except Exception as raised:
            result, error = None, raised
        try:
            loop.call_soon_threadsafe(tell, result, error)
        except RuntimeError:
            pass  # the loop has been closed: nobody is interested any more

    threading.Thread(target=run, daemon=True).start()
    return await done


def _import(spec: Spec) -> Handler | dict[str, Any]:
    """The handler, freshly imported; or the failure in AWS's shape."""
    folders = [spec.code, *(f"{layer}/python" for layer in reversed(spec.layers))]
    with _IMPORTING:
        known = set(sys.modules)
        sys.path[:0] = folders
        importlib.invalidate_caches()
        try:
            return bootstrap.load(spec.handler)  # type: ignore[no-any-return,no-untyped-call]
        except (Exception, SystemExit) as error:
            if isinstance(error, SystemExit):
                return {"errorType": "Runtime.ExitError", "errorMessage": _exit_message("", "")}
            return bootstrap.failure_of(error, "")  # type: ignore[no-any-return,no-untyped-call]
        finally:
            del sys.path[: len(folders)]
            for name in set(sys.modules) - known:
                if (getattr(sys.modules[name], "__file__", None) or "").startswith(tuple(folders)):
                    del sys.modules[name]


def _exit_message(request_id: str, how: str) -> str:
    told = f"Runtime exited with error: {how}" if how else "Runtime exited without providing a reason"
    return f"RequestId: {request_id} Error: {told}"
