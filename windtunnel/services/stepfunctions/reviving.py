"""Executions taken up from what is stored of them: after a restart, and where a step could not be stored."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from windtunnel.services.stepfunctions.forking import Fork
from windtunnel.services.stepfunctions.mapping import MAPPING
from windtunnel.services.stepfunctions.records import RUNNING, Execution, Line
from windtunnel.services.stepfunctions.resource_arns import SYNC, SYNC_2, resource_of
from windtunnel.services.stepfunctions.runs import Run
from windtunnel.services.stepfunctions.tables import StepTables


class Reviving(StepTables):
    """The part of `Running` that finds executions under way."""

    def resume(self) -> None:
        for execution in self.executions.all():
            if execution.status == RUNNING:
                self._revive(execution)

    def _retake(self, execution: Execution) -> None:
        """Take up one whose last step could not be stored, as it was before. An Express execution is lost with it."""
        stored = self.executions.get(execution.machine, execution.arn)
        if stored is not None and stored.status == RUNNING and execution.arn not in self._runs:
            self._revive(stored)

    def _told(self, arn: str) -> int:
        """How many events its history has."""
        return sum(len(chapter.events) for _, chapter in self.chapters.read(arn))

    def _revive(self, execution: Execution) -> None:
        """Take up an execution from what is stored of it."""
        run = self._made(execution)
        rows = self.lines.all(execution.arn)
        if not rows:
            self._drop(run)
            self.begin(execution)
            return
        self._stand(run, rows)
        for line in run.lines.values():
            if line.phase == MAPPING:
                for each in self.map_runs.all(execution.machine):
                    if (each.execution, each.line, each.status) == (execution.arn, line.number, RUNNING):
                        run.mapping[line.number] = each.arn
        asyncio.get_running_loop().call_soon(self._by_itself, lambda: self._take_up(run))

    def _stand(self, run: Run, rows: list[Line]) -> None:
        """The run as these lines tell that it stood."""
        run.lines = {line.number: replace(line) for line in rows}
        run.next_line = max(run.lines) + 1
        run.last_event = self._told(run.execution.arn)
        self._stored[run.execution.arn] = set(run.lines)
        for line in run.lines.values():
            if line.phase == "forked":
                self._revive_fork(run, line)

    def _revive_fork(self, run: Run, line: Line) -> None:
        state = run.state_of(line)
        inner = run.inner_lines(line)
        record = self.forks.get(line.execution, line.number)
        of_map = state.kind == "Map"
        total = len(record.inputs) if record is not None else len(inner) if of_map else len(state.flows())
        fork = run.forks[line.number] = Fork(record, total, of_map)
        fork.started = max(each.index for each in inner) + 1
        fork.ended = {each.index: each.output for each in inner if each.phase == "ended"}

    def _take_up(self, run: Run) -> None:
        if self._runs.get(run.execution.arn) is not run:
            return
        for line in run.lines.values():
            if (
                line.was_submitted
                and line.work is not None
                and resource_of(line.work.resource).pattern in (SYNC, SYNC_2)
            ):
                self._nested[run.execution.arn, line.number] = line.token
            run.changed[line.number] = line
            if line.phase == "ready":
                run.ready.append(line)
            elif _is_to_call(line):
                run.calls.append(line)
        self._set_limit(run)
        self.drive(run, lambda: None)


def _is_to_call(line: Line) -> bool:
    """After a restart: what was called, what no worker has taken, and what waits for a nested execution."""
    if line.phase == "calling":
        return True
    if line.phase != "expecting" or line.was_taken:
        return False
    return not line.was_submitted or resource_of(line.work.resource).pattern in (SYNC, SYNC_2)
