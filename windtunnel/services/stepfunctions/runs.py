"""
An execution at work: its lines of states, moved on by what happens.

    run.begin();  run.go();  … a time comes, a task answers …;  run.woken(line);  run.go()

Nothing here waits. What a line waits for is left in its record (`phase`, `until`, `expires_at`), and what is to be called in `calls`;
whoever drives the run (`running.py`) stores the one and sees to the other.

    ready ──► sleeping ──► (woken) ──► ready …          Wait, and the pause before a retry
      ├─────► calling ───► (answered)                   a resource is called; after a restart it is called again
      ├─────► expecting ─► (answered)                   a callback, an activity's worker, a nested execution
      └─────► forked ────► (its lines ended)            Parallel, Map
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.services.stepfunctions.facts import StateCaught, StateEntered, StateRetried
from windtunnel.services.stepfunctions.forking import Forking
from windtunnel.services.stepfunctions.language import failures, retries
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.machines import flow_at
from windtunnel.services.stepfunctions.language.outcomes import Leave, Sleep, Work
from windtunnel.services.stepfunctions.language.scopes import Scope, parsed, text_of
from windtunnel.services.stepfunctions.language.states import Flow, State
from windtunnel.services.stepfunctions.mapping import Mapping
from windtunnel.services.stepfunctions.records import (
    ABORTED,
    FAILED,
    SUCCEEDED,
    TIMED_OUT,
    Event,
    Execution,
    Line,
)
from windtunnel.services.stepfunctions.task_events import TaskEvents

MOST_EVENTS = 25_000
MOST_BYTES = 262_144
# AWS: step-functions/latest/dg/service-quotas.html


class Run(Mapping, Forking, TaskEvents):
    def __init__(
        self,
        home: Any,
        execution: Execution,
        machine: Flow,
        knows_activity: Callable[[str], bool],
        keeps_history: bool = True,
    ) -> None:
        self.home = home
        self.knows_activity = knows_activity
        self.execution = execution
        self.machine = machine
        self.keeps_history = keeps_history
        self.lines: dict[int, Line] = {}
        self.ready: deque[Line] = deque()
        self.calls: list[Line] = []
        self.changed: dict[int, Line] = {}
        self.gone: set[int] = set()
        self.new_events: list[Event] = []
        self.last_event = 0
        self.next_line = 0
        self.transitions = 0
        self.unfinished: list[Line] = []
        """Where the execution stood when it failed: a redrive begins there."""
        self._moving: Line | None = None
        super().__init__()

    @property
    def is_over(self) -> bool:
        return self.execution.status != "RUNNING"

    def begin(self) -> None:
        """Enter the first state."""
        details = {"input": self.execution.input, "roleArn": self.execution.role}
        self.tell("ExecutionStarted", 0, "executionStartedEventDetails", details)
        flow = flow_at(self.machine, self.execution.place)
        self.add_line(
            flow.start, parsed(self.execution.input), text=self.execution.input, place=self.execution.place,
            variables=self.execution.variables,
        )  # fmt: skip

    def redrive(self) -> None:
        """Of lines as they stood at the end: those that were not over enter their states again."""
        details = {"redriveCount": self.execution.redrives}
        event = self.tell("ExecutionRedriven", self.last_event, "executionRedrivenEventDetails", details)
        for line in self.lines.values():
            if line.phase not in ("ended", "forked"):
                self._reset(line)
                line.event = event
                self.ready.append(line)
            self._touch(line)

    def add_line(self, state: str, input: Any, **more: Any) -> Line:
        line = Line(execution=self.execution.arn, number=self.next_line, state=state, input=input, **more)
        self.next_line += 1
        self.lines[line.number] = line
        self.ready.append(line)
        return line

    def go(self, most: int = 1_000) -> None:
        """Move every line that is ready, until all wait or about `most` states were entered."""
        until = self.transitions + most
        while self.ready and not self.is_over and self.transitions < until:
            line = self.ready.popleft()
            if line.number in self.lines:
                self._move(line, until)

    def woken(self, line: Line) -> None:
        """Its time has come: the end of a wait or of the pause before a retry, or of the patience with a task."""
        if line.phase == "sleeping":
            self._finish(line, None)
        elif line.phase == "retrying":
            self._again(line)
        elif line.phase in ("calling", "expecting"):
            now = self.home.clock.now()
            if not line.expires_at or now < line.expires_at:
                if not line.heartbeat_at or now < line.heartbeat_at:
                    return
                self.failed(line, failures.timeout(of_heartbeat=True))
            else:
                self.failed(line, failures.timeout())

    def succeeded(self, line: Line, result: Any) -> None:
        """The task of a line is done."""
        self.tell_success(line, result)
        self._finish(line, result)

    def failed(self, line: Line, failure: StateFailed) -> None:
        """The task of a line failed."""
        self.tell_failure(line, failure)
        self._fail(line, failure)

    def submitted(self, line: Line, answer: Any) -> None:
        """The call was taken; now its callback or the end of what it began is awaited."""
        self.tell_submission(line, answer)
        line.was_submitted = True
        line.phase = "expecting"
        self._touch(line)

    def stop(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        """From outside: StopExecution, or the time limit of the machine."""
        last = max((line.event for line in self.lines.values()), default=0)
        self._end(status, last, error=error, cause=cause)

    def state_of(self, line: Line) -> State:
        return flow_at(self.machine, line.place).states[line.state]

    def scope(self, line: Line) -> Scope:
        return Scope(line.input, line.variables, lambda: self.context(line), self.home)

    def context(self, line: Line) -> dict[str, Any]:
        """The context object. AWS: step-functions/latest/dg/input-output-contextobject.html"""
        execution = self.execution
        made: dict[str, Any] = {
            "Execution": {
                "Id": execution.arn,
                "Input": parsed(execution.input),
                "StartTime": timestamps.iso_milliseconds(execution.started_at),
                "Name": execution.name,
                "RoleArn": execution.role,
                "RedriveCount": execution.redrives,
            },
            "StateMachine": {"Id": execution.machine, "Name": execution.machine_name},
            "State": {"Name": line.state, "EnteredTime": timestamps.iso_milliseconds(line.entered_at)},
        }
        if execution.redrives:
            made["Execution"]["RedriveTime"] = timestamps.iso_milliseconds(execution.redriven_at)
        if self.state_of(line).kind in ("Task", "Map", "Parallel"):
            made["State"]["RetryCount"] = sum(line.retries)
        if line.token:
            made["Task"] = {"Token": line.token}
        if line.item is not None:
            made["Map"] = {"Item": line.item}
        return made

    def tell(self, type: str, previous: int, member: str = "", details: dict[str, Any] | None = None) -> int:
        """Add an event to the history; its id."""
        self.last_event += 1
        if self.keeps_history:
            self.new_events.append(Event(type, previous, self.home.clock.now(), member, details or {}))
        return self.last_event

    def _move(self, line: Line, until: int) -> None:
        """Through states until it waits, ends, or it is the others' turn."""
        self._moving = line
        while line.phase == "ready" and not self.is_over and self.lines.get(line.number) is line:
            if self.transitions >= until:
                self.ready.append(line)
                self._touch(line)
                break
            self._enter(line)
        self._moving = None

    def _enter(self, line: Line) -> None:
        if self.last_event >= MOST_EVENTS:
            cause = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
            self._end(FAILED, line.event, error=failures.RUNTIME, cause=cause)
            return
        state = self.state_of(line)
        self.transitions += 1
        line.before = line.event
        line.entered_at = self.home.clock.now()
        if not line.text or getattr(state, "is_distributed", False):
            line.text = text_of(line.input)
        line.entered = line.event = self.tell(
            state.entered, line.event, "stateEnteredEventDetails", {"name": line.state, "input": line.text}
        )
        execution = self.execution
        self.home.record(StateEntered(execution.machine, execution.arn, line.state, state.kind))
        self._begin(line, state)

    def _begin(self, line: Line, state: State) -> None:
        """The state's turn: at its entry, and again at each retry."""
        line.turn += 1
        try:
            self.prepare(line, state)
            outcome = state.begin(self.scope(line), self.home.clock.now())
            if isinstance(outcome, Leave):
                self._leave(line, state, outcome)
            elif isinstance(outcome, Sleep):
                line.phase, line.until = "sleeping", outcome.until
                self._touch(line)
            elif isinstance(outcome, Work):
                self.begin_work(line, outcome)
                self._touch(line)
            else:
                line.phase = "forked"
                self._touch(line)
                self.fork(line, state, outcome)
        except StateFailed as failure:
            self._fail(line, failure)

    def _finish(self, line: Line, result: Any) -> None:
        """What the state wanted came true."""
        state = self.state_of(line)
        try:
            self._leave(line, state, state.finish(self.scope(line), result))
        except StateFailed as failure:
            self._fail(line, failure)

    def joined(self, line: Line, result: Any, text: str) -> None:
        """The lines of a fork are over."""
        state = self.state_of(line)
        try:
            leave = state.finish(self.scope(line), result)
            self._leave(line, state, leave, text if leave.output is result else "")
        except StateFailed as failure:
            self._fail(line, failure)

    def _leave(self, line: Line, state: State, leave: Leave, text: str = "") -> None:
        """Out of the state, with its output and its variables."""
        if leave.output is line.input:
            text = line.text
        text = text or text_of(leave.output)
        if len(text) > MOST_BYTES // 4 and len(text.encode()) > MOST_BYTES:
            raise too_large(line.state)
        details: dict[str, Any] = {"name": line.state, "output": text}
        if leave.assigned:
            details["assignedVariables"] = {name: text_of(value) for name, value in leave.assigned.items()}
            details["assignedVariablesDetails"] = {"truncated": False}
            line.variables = {**line.variables, **leave.assigned}
        line.event = self.tell(state.exited, line.event, "stateExitedEventDetails", details)
        line.text = text
        self._pass_on(line, leave.output, leave.next)

    def _pass_on(self, line: Line, output: Any, following: str | None) -> None:
        self._reset(line)
        if following is None:
            self._ended(line, line.text)
            return
        line.state, line.input = following, output
        self._queue(line)

    def _reset(self, line: Line) -> None:
        """It waits for nothing any more."""
        line.retries = ()
        line.phase, line.work, line.token = "ready", None, ""
        line.expires_at = line.heartbeat_at = line.until = 0.0
        line.was_taken = line.was_submitted = False
        line.early = None

    def _queue(self, line: Line) -> None:
        if self._moving is not line:
            self.ready.append(line)

    def _ended(self, line: Line, output: str) -> None:
        if line.parent < 0:
            self._end(SUCCEEDED, line.event, output=output)
        else:
            self.line_ended(line, output)

    def _again(self, line: Line) -> None:
        line.phase = "ready"
        self._begin(line, self.state_of(line))

    def _fail(self, line: Line, failure: StateFailed) -> None:
        """To the state's Retry, to its Catch, or out of its line."""
        state = self.state_of(line)
        is_inexplicable = failure.evaluated and failure.error == failures.RUNTIME
        if failure.evaluated and failure.cause is not None:
            failure = self._located(line, failure)
        place = retries.wanting(state.retriers, failure, line.retries)
        execution = self.execution
        if place >= 0:
            self.standing = []
            retrier = state.retriers[place]
            delay = retrier.delay(line.retries[place] if place < len(line.retries) else 0, self.home.ids)
            line.retries = retries.counted(line.retries, place)
            line.phase, line.until = "retrying", self.home.clock.now() + delay
            line.expires_at = line.heartbeat_at = 0.0
            line.was_taken = line.was_submitted = False
            line.early = None
            self._touch(line)
            self.home.record(
                StateRetried(
                    execution.machine, execution.arn, line.state, failure.error or "", sum(line.retries), line.until
                )
            )
            return
        if state.kind in ("Map", "Parallel") and not is_inexplicable:
            line.event = self.tell(f"{state.kind}StateFailed", line.event)
        for catcher in state.catchers:
            if failures.matches(catcher.errors, failure):
                self._catch(line, state, catcher, failure)
                return
        if line.parent < 0:
            self._end(FAILED, line.event, error=failure.error, cause=failure.cause)
        else:
            self.line_failed(line, failure)

    def _catch(self, line: Line, state: State, catcher: retries.Catcher, failure: StateFailed) -> None:
        self.standing = []
        error = {"Error": failure.error, "Cause": failure.cause}
        try:
            output, assigned = state.data.caught(self.scope(line), catcher.fields, error)
            execution = self.execution
            self.home.record(
                StateCaught(execution.machine, execution.arn, line.state, failure.error or "", catcher.next)
            )
            self._leave(line, state, Leave(output, catcher.next, assigned))
        except StateFailed as another:
            located = self._located(line, another)
            if line.parent < 0:
                self._end(FAILED, line.event, error=located.error, cause=located.cause)
            else:
                self.line_failed(line, located)

    def _located(self, line: Line, failure: StateFailed) -> StateFailed:
        """The same with the place of the failure in its cause; an expression's failure is an event of its own."""
        cause = (
            f"An error occurred while executing the state '{line.state}' (entered at the event id #{line.entered}). "
        )
        located = StateFailed(
            failure.error, cause + (failure.cause or ""), location=failure.location, alias=failure.alias
        )
        if failure.error == failures.QUERY:
            details = {"state": line.state, "error": located.error, "cause": located.cause}
            if located.location is not None:
                details["location"] = located.location
            previous = line.before if line.event == line.entered else line.event
            line.event = self.tell("EvaluationFailed", previous, "evaluationFailedEventDetails", details)
        return located

    def _end(
        self, status: str, previous: int, *, output: str = "", error: str | None = None, cause: str | None = None
    ) -> None:
        name = {SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", ABORTED: "Aborted"}[status]
        details: dict[str, Any] = {"output": output} if status == SUCCEEDED else _named(error, cause)
        self.tell(f"Execution{name}", previous, f"execution{name}EventDetails", details)
        self.execution = replace(
            self.execution, status=status, stopped_at=self.home.clock.now(), output=output, error=error or None,
            cause=cause or None,
        )  # fmt: skip
        if status != SUCCEEDED:
            self.unfinished = self.standing or [replace(line) for line in self.lines.values()]
        self.gone.update(self.lines)
        self.lines.clear()
        self.ready.clear()
        self.changed.clear()

    def new_token(self, line: Line) -> str:
        """For a callback; it tells which line it is for."""
        named = f"{self.execution.arn}\n{line.number}\n{self.home.ids.hex(48)}"
        return base64.b64encode(named.encode()).decode()

    def check_activity(self, arn: str) -> None:
        if not self.knows_activity(arn):
            raise failures.runtime(f"The activity {arn} does not exist.")

    def _touch(self, line: Line) -> None:
        self.changed[line.number] = line

    def drop(self, line: Line) -> None:
        """A line that is no more."""
        self.lines.pop(line.number, None)
        self.changed.pop(line.number, None)
        self.gone.add(line.number)
        self.forks.pop(line.number, None)


def too_large(state: str) -> StateFailed:
    return StateFailed(
        failures.DATA_LIMIT,
        f"The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )


def _named(error: str | None, cause: str | None) -> dict[str, Any]:
    return {name: value for name, value in (("error", error), ("cause", cause)) if value}
