"""
Executions at work: stored at every step, woken by time, by tasks that are done and by callbacks.

A Standard execution is there again after the process was killed, where it stood. A wait goes on to its time; so does the patience
with a callback or with an activity's worker. A call that was under way is made again, as nobody knows whether it was done: tasks
should be idempotent, as AWS advises too. A nested execution that had begun is waited for, not begun again. Express executions
are not kept: they end with the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.kernel.clock import Timer
from windtunnel.kernel.journal import NotStored
from windtunnel.kernel.recorder import caused_by
from windtunnel.services.stepfunctions import definitions, nested, tasks
from windtunnel.services.stepfunctions.execution_logs import OFF
from windtunnel.services.stepfunctions.facts import ExecutionEnded, ExecutionStarted, TaskDone
from windtunnel.services.stepfunctions.integrations import calls
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language import machines
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.states import Flow
from windtunnel.services.stepfunctions.records import STANDARD, TIMED_OUT, Chapter, Execution, Line
from windtunnel.services.stepfunctions.resource_arns import ACTIVITY, SYNC, SYNC_2, resource_of
from windtunnel.services.stepfunctions.reviving import Reviving
from windtunnel.services.stepfunctions.runs import Run

AGAIN_AFTER_S = 60
"""What could not be stored is taken up again after this pause."""
STATES_AT_A_TIME = 1_000
"""After so many states others have their turn."""
MACHINE = -1
"""Stands for a line where the timer is that of the whole execution."""


class Running(Reviving):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._runs: dict[str, Run] = {}
        self._stored: dict[str, set[int]] = {}
        self._timers: dict[tuple[str, int], tuple[float, int, Timer]] = {}
        """Of each line that waits: when, in which turn, and the timer."""
        self._flows: dict[tuple[str, str], Flow] = {}
        self._waiting: dict[str, list[asyncio.Future[Execution]]] = {}
        self._nested: dict[tuple[str, int], str] = {}
        """The nested executions that lines wait for."""

    def begin(self, execution: Execution) -> None:
        """Soon: when the step that stores it is over."""
        asyncio.get_running_loop().call_soon(self._by_itself, lambda: self._begin(execution))

    def begin_express(self, execution: Execution) -> None:
        asyncio.get_running_loop().call_soon(self._by_itself, lambda: self._start(execution))

    async def run_express(self, execution: Execution) -> Execution:
        """Returns when it is over."""
        over = self.ending(execution.arn)
        self._start(execution)
        return await over

    def ending(self, arn: str) -> asyncio.Future[Execution]:
        """Resolved when the execution is over, which it is not yet."""
        over: asyncio.Future[Execution] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(arn, []).append(over)
        return over

    def stop(self, execution: Execution, status: str, error: str | None = None, cause: str | None = None) -> None:
        run = self._runs.get(execution.arn)
        if run is None:
            run = self._made(execution)
            run.last_event = self._told(execution.arn)
        self.drive(run, lambda: run.stop(status, error, cause))

    def redrive(self, execution: Execution) -> None:
        """Begin again where it ended. Raises NotImplementedHere where that is a distributed Map."""
        rows = self.lines.all(execution.arn)
        if not rows:
            self.begin(execution)
            return
        run = self._made(execution)
        self._stand(run, rows)
        if any(getattr(run.state_of(line), "is_distributed", False) for line in rows if line.phase != "ended"):
            self._drop(run)
            raise NotImplementedHere("Redriving an execution that ended in a distributed Map")
        self.noun("Notices").tell(execution)
        self.drive(run, run.redrive)
        self._set_limit(run)

    def take(self, arn: str, number: int, turn: int, worker: str | None) -> Line | None:
        """Give the task of an activity to a worker; None when it is over."""
        run, line = self.found(arn, number)
        if run is None or line is None or line.turn != turn or line.phase != "expecting":
            return None
        self.drive(run, lambda: run.taken(line, worker))
        return line

    def answer(self, arn: str, number: int, token: str, value: Any) -> None:
        """How a task went, by whoever has its token. Raises TaskTimedOut."""
        run, line = self._expecting(arn, number, token)
        if line.phase == "calling":
            if line.early is not None:
                raise tasks.gone()
            line.early = tasks.as_answer(value)
            self.drive(run, lambda: run.changed.__setitem__(line.number, line))
        elif isinstance(value, StateFailed):
            self.drive(run, lambda: run.failed(line, value))
        else:
            self.drive(run, lambda: run.succeeded(line, value))

    def beat(self, arn: str, number: int, token: str) -> None:
        """Raises TaskTimedOut."""
        run, line = self._expecting(arn, number, token)
        self.drive(run, lambda: run.beat(line))

    def forget(self, machine: str) -> None:
        """A machine that is no more."""
        for key in [key for key in self._flows if key[0] == machine]:
            del self._flows[key]
        self.noun("ExecutionLogs").forget(machine)

    def _expecting(self, arn: str, number: int, token: str) -> tuple[Run, Line]:
        run, line = self.found(arn, number)
        if run is None or line is None or line.token != token or line.phase not in ("calling", "expecting"):
            raise tasks.gone()
        if line.phase == "expecting" and resource_of(line.work.resource).kind == ACTIVITY and not line.was_taken:
            raise tasks.gone()
        return run, line

    def found(self, arn: str, number: int) -> tuple[Run | None, Line | None]:
        """An execution at work and one of its lines."""
        run = self._runs.get(arn)
        return run, (run.lines.get(number) if run is not None else None)

    def _begin(self, execution: Execution) -> None:
        if self.executions.get(execution.machine, execution.arn) is execution:
            self._start(execution)

    def _start(self, execution: Execution) -> None:
        run = self._made(execution)
        self.home.record(ExecutionStarted(execution.machine, execution.arn, execution.kind))
        self.noun("Notices").tell(execution)
        self.drive(run, run.begin)
        self._set_limit(run)

    def _made(self, execution: Execution) -> Run:
        run = Run(self.home, execution, self._flow(execution), self._knows_activity, self._keeps_history(execution))
        self._runs[execution.arn] = run
        self._stored[execution.arn] = set()
        return run

    def _keeps_history(self, execution: Execution) -> bool:
        return execution.kind == STANDARD or self.noun("ExecutionLogs").level_of(execution) != OFF

    def _knows_activity(self, arn: str) -> bool:
        return self.activities_known.get(arn) is not None

    def _flow(self, execution: Execution) -> Flow:
        key = (execution.machine, execution.revision)
        flow = self._flows.get(key)
        if flow is None:
            revision = self.revisions.get(*key)
            flow = self._flows[key] = machines.compiled(definitions.parsed(revision.definition))
        return flow

    def drive(self, run: Run, act: Callable[[], None]) -> None:
        """Do something to a run and all that follows from it, as one step; then see to what it waits for."""
        for line in self._driven(run, act):
            self._call(run, line)

    def _driven(self, run: Run, act: Callable[[], None]) -> list[Line]:
        """The same, without the calls: the lines whose resources are to be called."""
        arn = run.execution.arn
        try:
            with caused_by(arn, ""), self.home.step():
                act()
                run.go(STATES_AT_A_TIME)
                self._store(run)
        except NotStored as failure:
            unavailable = ApiError("ServiceUnavailable", str(failure), status=503, sender=False)
            self._drop(run)
            self._not_stored(run, unavailable)
            raise unavailable from None
        except BaseException:
            self._drop(run)
            raise
        return self._see_to(run)

    def _not_stored(self, run: Run, unavailable: ApiError) -> None:
        """A Standard execution is taken up again, as it was before; an Express one is lost, and whoever waits is told."""
        if run.execution.kind == STANDARD:
            at = self.clock.now() + AGAIN_AFTER_S
            self.clock.call_at(at, lambda: self._by_itself(lambda: self._retake(run.execution)))
            return
        for over in self._waiting.pop(run.execution.arn, ()):
            over.set_exception(unavailable)

    def _store(self, run: Run) -> None:
        execution, known = run.execution, self._stored[run.execution.arn]
        if execution.kind == STANDARD:
            for line in (*run.changed.values(), *run.ready):
                self.lines.put(replace(line))
                known.add(line.number)
            for number in run.gone & known:
                self.lines.delete(execution.arn, number)
            for number in () if run.unfinished else run.gone_forks:
                self.forks.delete(execution.arn, number)
            for record in run.new_forks:
                self.forks.put(record)
            if run.new_events:
                self.chapters.append(Chapter(execution.arn, run.new_events))
            if run.is_over and not run.unfinished:
                self.forks.clear(execution.arn)
            for line in run.unfinished:
                self.lines.put(line)
        if run.is_over and (execution.kind == STANDARD or execution.map_run):
            self.executions.put(execution)
        for map_run in run.new_map_runs:
            self.map_runs.put(map_run)
        if run.new_events:
            self.noun("ExecutionLogs").write(execution, run.last_event - len(run.new_events) + 1, run.new_events)
        run.new_events = []
        run.new_forks, run.gone_forks = [], set()

    def _see_to(self, run: Run) -> list[Line]:
        """Timers for what has a time, and whoever waits for the end; what is to be called is left to the caller."""
        arn = run.execution.arn
        for line in run.changed.values():
            self._set_timer(arn, line)
            if self._nested and self._nested.get((arn, line.number), line.token) != line.token:
                self._stop_nested(arn, line.number)
        for number in run.gone:
            self._cancel((arn, number))
            self._stop_nested(arn, number)
            if (left := run.mapping.pop(number, None)) is not None:
                self.noun("MapRuns").abandon(run.execution.machine, left)
        begun_maps, run.new_map_runs = run.new_map_runs, []
        for map_run in begun_maps:
            self.noun("MapRuns").begin(map_run)
        run.changed, run.gone = {}, set()
        if run.is_over:
            self._over(run)
            return []
        begun, run.calls = run.calls, []
        if run.ready:
            self.home.spawn(self._go_on(run), f"{arn} goes on")
        return [line for line in begun if run.lines.get(line.number) is line]

    def _by_itself(self, act: Callable[[], None]) -> None:
        """What nobody asked for at this moment. What could not be stored is taken up again; another failure is a bug."""
        try:
            act()
        except ApiError as failure:
            if not failure.transient:
                self.home.spawn(_raised(failure), "an execution")
        except Exception as defect:
            self.home.spawn(_raised(defect), "an execution")

    async def _go_on(self, run: Run) -> None:
        with self.clock.working():
            await asyncio.sleep(0)
            if self._runs.get(run.execution.arn) is run:
                self.drive(run, lambda: None)

    def _set_timer(self, arn: str, line: Line) -> None:
        at = 0.0
        if line.phase in ("sleeping", "retrying"):
            at = line.until
        elif line.phase in ("calling", "expecting"):
            at = min((limit for limit in (line.expires_at, line.heartbeat_at) if limit), default=0.0)
        key = (arn, line.number)
        known = self._timers.get(key)
        turn = line.turn
        if known is not None and known[:2] == (at, turn):
            return
        self._cancel(key)
        if at:
            due = lambda: self._by_itself(lambda: self._due(arn, line.number, turn))  # noqa: E731
            self._timers[key] = (at, turn, self.clock.call_at(at, due))

    def _cancel(self, key: tuple[str, int]) -> None:
        if (known := self._timers.pop(key, None)) is not None:
            known[2].cancel()

    def _due(self, arn: str, number: int, turn: int) -> None:
        self._timers.pop((arn, number), None)
        run, line = self.found(arn, number)
        if run is not None and line is not None and line.turn == turn:
            self.drive(run, lambda: run.woken(line))

    def _set_limit(self, run: Run) -> None:
        if run.is_over or not run.machine.timeout_s or run.execution.map_run:
            return
        arn = run.execution.arn
        at = (run.execution.redriven_at or run.execution.started_at) + run.machine.timeout_s
        over = lambda: self._by_itself(lambda: self._too_long(arn))  # noqa: E731
        self._timers[arn, MACHINE] = (at, 0, self.clock.call_at(at, over))

    def _too_long(self, arn: str) -> None:
        run = self._runs.get(arn)
        if run is not None:
            self.drive(run, lambda: run.stop(TIMED_OUT))

    def _call(self, run: Run, line: Line) -> None:
        if resource_of(line.work.resource).kind == ACTIVITY:
            self.noun("Activities").offer(line)
        else:
            self.home.spawn(self._called(run, line, line.turn), f"{run.execution.arn} calls {line.work.resource}")

    async def _called(self, run: Run, line: Line, turn: int) -> None:
        """Call the resource and tell the run; the next call of the run is made from here as well, without a task of its own."""
        while True:
            value = await self._asked(run, line)
            if not self._awaits(run, line, turn):
                return
            following = self._driven(run, self._telling(run, line, value))
            mine = next((each for each in following if resource_of(each.work.resource).kind != ACTIVITY), None)
            for each in following:
                if each is not mine:
                    self._call(run, each)
            if mine is None:
                return
            line, turn = mine, mine.turn

    def _awaits(self, run: Run, line: Line, turn: int) -> bool:
        """Whether the answer to a call is still wanted."""
        return self._runs.get(run.execution.arn) is run and run.lines.get(line.number) is line and line.turn == turn

    def _telling(self, run: Run, line: Line, value: Any) -> Callable[[], None]:
        if isinstance(value, StateFailed):
            return lambda: run.failed(line, value)
        if resource_of(line.work.resource).waits_for_token:
            return lambda: self._submitted(run, line, value)
        return lambda: run.succeeded(line, value)

    def _submitted(self, run: Run, line: Line, value: Any) -> None:
        early = line.early
        run.submitted(line, value)
        if early is not None:
            answer = tasks.from_answer(early)
            line.early = None
            if isinstance(answer, StateFailed):
                run.failed(line, answer)
            else:
                run.succeeded(line, answer)

    async def _asked(self, run: Run, line: Line) -> Any:
        """The answer of the resource, or its StateFailed."""
        execution, work = run.execution, line.work
        state = line.state
        began = self.clock.now()
        role = work.role or execution.role
        key = self.home.cloud.credentials.of_function(self.home.account, role, execution.machine_name).id
        caller = Caller(self.home, key, execution.trace, execution.machine, execution.arn)
        error = ""
        turn = line.turn
        with caused_by(execution.arn, ""):
            try:
                if resource_of(work.resource).pattern in (SYNC, SYNC_2):
                    found = await nested.ended(caller, line, lambda answer: self._began_nested(run, line, turn, answer))
                    if self._awaits(run, line, turn):
                        self._nested.pop((execution.arn, line.number), None)
                    return found
                return await calls.call(caller, work)
            except StateFailed as failure:
                error = failure.error or ""
                if self._awaits(run, line, turn):
                    self._nested.pop((execution.arn, line.number), None)
                return failure
            finally:
                self.home.record(
                    TaskDone(execution.machine, execution.arn, state, work.resource, self.clock.now() - began, error)
                )

    def _began_nested(self, run: Run, line: Line, turn: int, answer: Any) -> bool:
        """The nested execution has begun. False when nobody waits for it any more."""
        if not self._awaits(run, line, turn):
            return False
        line.token = self._nested[run.execution.arn, line.number] = answer["ExecutionArn"]
        self.drive(run, lambda: run.submitted(line, answer))
        return True

    def _stop_nested(self, arn: str, number: int) -> None:
        """Nobody waits for it any more: it is stopped, as well as that can be done."""
        child = self._nested.pop((arn, number), None)
        if child is not None:
            self.home.spawn(nested.stop(self.home, child), f"stopping {child}")

    def _over(self, run: Run) -> None:
        execution = run.execution
        self._drop(run)
        self.home.record(
            ExecutionEnded(
                execution.machine, execution.arn, execution.kind, execution.status,
                execution.stopped_at - execution.started_at, run.last_event, execution.error or "",
            )
        )  # fmt: skip
        self.noun("Notices").tell(execution)
        if execution.map_run:
            self.noun("MapRuns").child_ended(execution)
        for over in self._waiting.pop(execution.arn, ()):
            if not over.done():
                over.set_result(execution)
        if execution.kind == STANDARD:
            machine = self.machines.get(execution.machine)
            if machine is not None and machine.is_deleting and not self.runs_of(machine.arn):
                with self.home.step():
                    self.noun("StateMachines").forget(machine)

    def _drop(self, run: Run) -> None:
        arn = run.execution.arn
        self._runs.pop(arn, None)
        self._stored.pop(arn, None)
        for number in (*run.lines, *run.gone, MACHINE):
            self._cancel((arn, number))


async def _raised(defect: Exception) -> None:
    raise defect
