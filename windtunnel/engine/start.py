"""
How an environment gets ready: it is initialised, initialised to be a snapshot, or restored from one.

    init        INIT_START … [INIT_REPORT where it failed]      10 s
    snapshot    INIT_START … INIT_REPORT                        130 s or the function's timeout, the longer of both
    restore     RESTORE_START … RESTORE_REPORT                  10 s

AWS: lambda/latest/dg/lambda-runtime-environment.html, lambda/latest/dg/snapstart-monitoring.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from windtunnel.engine import report
from windtunnel.engine.answer import Ending
from windtunnel.engine.facts import Restored, Witness
from windtunnel.engine.limits import AHEAD_TIMEOUT_S
from windtunnel.engine.log import Log
from windtunnel.engine.spec import Spec
from windtunnel.kernel.recorder import Recorder
from windtunnel.kernel.stopwatch import ticks

Way = Literal["init", "snapshot", "restore"]
RESTORE_TIMEOUT_S = 10.0
# AWS: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html


class Start:
    """One start of one environment. `ready` says in the end whether it succeeded, `took_ms` how long it was."""

    def __init__(self, way: Way, initialization: str, limit_s: float) -> None:
        """`initialization` is what the function sees as AWS_LAMBDA_INITIALIZATION_TYPE."""
        self.way = way
        self.initialization = initialization
        self.limit_s = limit_s
        self.took_ms = 0.0
        self.failure = ""
        """What went wrong: an error type of AWS's, or `timeout`."""
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._began = ticks()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def restore(cls) -> Start:
        return cls("restore", "snap-start", RESTORE_TIMEOUT_S)

    @classmethod
    def snapshot(cls, spec: Spec) -> Start:
        return cls("snapshot", "snap-start", max(AHEAD_TIMEOUT_S, spec.timeout_s))

    @property
    def restores(self) -> bool:
        return self.way == "restore"

    @property
    def waited_for(self) -> bool:
        """Whether the first invocation is what it is for: its duration is that invocation's then."""
        return self.way == "init" and self.initialization != "provisioned-concurrency"

    def watch(self, overran: Callable[[], None]) -> None:
        """Call that when it has taken too long."""
        self._timer = asyncio.get_running_loop().call_later(self.limit_s, overran)

    def began(self, spec: Spec, phase: str) -> report.Event:
        if self.restores:
            return report.restore_start(spec)
        return report.init_start(spec, self.initialization, phase)

    def runtime_done(self, phase: str) -> report.Event:
        if self.restores:
            return report.restore_runtime_done("success", "")
        return report.init_runtime_done(self.initialization, phase, "success", "")

    def succeed(self, log: Log) -> float:
        """It is over, and all is well; `ready` is for the caller to say. Returns the milliseconds."""
        self._end()
        if self.restores:
            log.platform(report.restore_report(self.took_ms, "success", ""))
            return self.took_ms
        log.platform(report.init_report(self.initialization, self.took_ms, "init", "success", ""))
        if self.way == "snapshot":  # no invocation will follow that takes this along
            log.flush()
        return self.took_ms

    def fail(self, log: Log, said: Ending | None) -> float:
        """It has failed, as the process `said` before it ended."""
        self._end()
        status = "timeout" if said is not None and said.status == "timeout" else "error"
        error_type = "Runtime.ExitError" if said is None else said.error_type
        self.failure = error_type or status
        if self.restores:
            # AWS: lambda/latest/dg/lambda-runtime-environment.html, "Failures during the Restore phase"
            log.platform(report.restore_report(self.took_ms, status, "Runtime.ExitError" if error_type else ""))
        else:
            log.platform(report.init_report(self.initialization, self.took_ms, "init", status, error_type))
        log.flush()
        return self.took_ms

    def tell(self, recorder: Recorder, spec: Spec, environment: str, witness: Witness) -> None:
        """Record what it was; snapshots are recorded by who takes them, and a restore that failed is a failed invocation."""
        if self.restores and self.failure:
            return
        if self.restores:
            recorder.record(Restored(spec.function_arn, spec.version, environment, self.took_ms))
        else:
            witness.initialised(self.took_ms, succeeded=not self.failure)

    def cancel(self) -> None:
        """Idempotent. It has no end of its own any more."""
        if self._timer is not None:
            self._timer.cancel()
        if not self.ready.done():
            self.ready.set_result(False)

    def _end(self) -> None:
        self.took_ms = (ticks() - self._began) * 1000
        if self._timer is not None:
            self._timer.cancel()
