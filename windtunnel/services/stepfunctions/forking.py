"""Lines that fork: branches of a Parallel, iterations of a Map, and how they come together again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.forks import Map
from windtunnel.services.stepfunctions.language.outcomes import Branches, Items
from windtunnel.services.stepfunctions.language.scopes import parsed
from windtunnel.services.stepfunctions.language.states import State
from windtunnel.services.stepfunctions.records import ForkRecord, Line

if TYPE_CHECKING:
    from windtunnel.services.stepfunctions.runs import Run

INLINE_LIMIT = 40
"""How many iterations of an inline Map run at a time at most. AWS: step-functions/latest/dg/state-map-inline.html"""


class Fork:
    """What a line waits for: its lines, by their place among the branches or the items."""

    __slots__ = ("ended", "of_map", "record", "started", "total")

    def __init__(self, record: ForkRecord, total: int, of_map: bool) -> None:
        self.record = record
        self.total = total
        self.of_map = of_map
        self.started = 0
        self.ended: dict[int, str] = {}


class Forking:
    """The part of a run that knows of forks."""

    def __init__(self) -> None:
        self.forks: dict[int, Fork] = {}
        self.new_forks: list[ForkRecord] = []
        self.gone_forks: set[int] = set()
        self.standing: list[Line] = []
        """The lines as they stood when one of them failed, until the failure is caught."""

    def fork(self: Run, line: Line, state: State, outcome: Branches | Items) -> None:
        """Begin the lines inside. Raises StateFailed where the state cannot say how."""
        if isinstance(outcome, Branches):
            self._into_branches(line, state, outcome)
            return
        assert isinstance(state, Map)
        line.event = self.tell(
            "MapStateStarted", line.event, "mapStateStartedEventDetails", {"length": len(outcome.items)}
        )
        limits = state.limits(self.scope(line))
        if state.is_distributed:
            self.begin_map_run(line, state, outcome.items, limits)
            return
        inputs = state.inputs(self.scope(line), outcome.items)
        limit = min(limits.at_a_time or INLINE_LIMIT, INLINE_LIMIT)
        record = ForkRecord(
            execution=self.execution.arn, number=line.number, inputs=inputs, items=outcome.items, limit=limit
        )  # fmt: skip
        if len(inputs) > limit:
            self.new_forks.append(record)
        fork = self.forks[line.number] = Fork(record, len(inputs), of_map=True)
        if not fork.total:
            self._join(line, fork)
            return
        for _ in range(min(limit, fork.total)):
            self._iterate(line, fork, state, line.event)

    def line_ended(self: Run, line: Line, output: str) -> None:
        """A branch or an iteration is over."""
        parent = self.lines[line.parent]
        fork = self.forks[parent.number]
        last = line.event
        if fork.of_map:
            details = {"name": parent.state, "index": line.index}
            last = self.tell("MapIterationSucceeded", line.event, "mapIterationSucceededEventDetails", details)
        fork.ended[line.index] = output
        line.phase, line.output, line.input, line.text = "ended", output, None, ""
        self.changed[line.number] = line
        if fork.started < fork.total:
            self._iterate(parent, fork, self.state_of(parent), line.event)
        elif len(fork.ended) == fork.total:
            parent.event = last
            self._join(parent, fork)

    def line_failed(self: Run, line: Line, failure: StateFailed) -> None:
        """A branch or an iteration failed, and the whole state with it."""
        if not self.standing:
            self.standing = [replace(each) for each in self.lines.values()]
        parent = self.lines[line.parent]
        fork = self.forks[parent.number]
        if fork.of_map:
            details = {"name": parent.state, "index": line.index}
            self.tell("MapIterationFailed", line.event, "mapIterationFailedEventDetails", details)
        elif self.state_of(line).kind == "Task":
            self.tell("TaskStateAborted", line.event)
        last = line.event
        self.drop(line)
        self._abort_lines(parent)
        parent.event = last
        self._fail(parent, failure)

    def inner_lines(self: Run, line: Line) -> list[Line]:
        return [each for each in self.lines.values() if each.parent == line.number]

    def _into_branches(self: Run, line: Line, state: State, outcome: Branches) -> None:
        line.event = self.tell("ParallelStateStarted", line.event)
        record = ForkRecord(execution=self.execution.arn, number=line.number, inputs=[], items=[])
        fork = self.forks[line.number] = Fork(record, outcome.count, of_map=False)
        text = line.text if outcome.input is line.input else ""
        for index, flow in enumerate(state.flows()):
            fork.started += 1
            self.add_line(
                flow.start, outcome.input, text=text, parent=line.number, index=index, event=line.event, item=line.item,
                place=(*line.place, line.state, index), variables=line.variables,
            )  # fmt: skip

    def _iterate(self: Run, line: Line, fork: Fork, state: State, previous: int) -> None:
        index = fork.started
        fork.started += 1
        details = {"name": line.state, "index": index}
        event = self.tell("MapIterationStarted", previous, "mapIterationStartedEventDetails", details)
        self.add_line(
            state.flows()[0].start, fork.record.inputs[index], parent=line.number, index=index, event=event,
            place=(*line.place, line.state, 0), variables=line.variables,
            item={"Index": index, "Value": fork.record.items[index]},
        )  # fmt: skip

    def _join(self: Run, line: Line, fork: Fork) -> None:
        """Every line is over: the results in their order are the state's."""
        for inner in self.inner_lines(line):
            self.drop(inner)
        self.forks.pop(line.number, None)
        self.gone_forks.add(line.number)
        kind = "Map" if fork.of_map else "Parallel"
        self.tell(f"{kind}StateSucceeded", line.event)
        text = "[" + ",".join(fork.ended[index] for index in range(fork.total)) + "]"
        self.joined(line, parsed(text), text)

    def _abort_lines(self: Run, line: Line) -> None:
        """End what runs inside of a state that failed or was stopped."""
        fork = self.forks.pop(line.number, None)
        self.gone_forks.add(line.number)
        for inner in self.inner_lines(line):
            if inner.phase != "ended":
                self._abort_lines(inner)
                kind = self.state_of(inner).kind
                if kind in ("Map", "Parallel", "Task", "Wait"):
                    self.tell(f"{kind}StateAborted", inner.event)
                if fork is not None and fork.of_map:
                    details: dict[str, Any] = {"name": line.state, "index": inner.index}
                    self.tell("MapIterationAborted", inner.event, "mapIterationAbortedEventDetails", details)
            self.drop(inner)
