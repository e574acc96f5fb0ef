"""
Map runs: the executions of a distributed Map, as many at a time as it wants, until all are over or too many have failed.

After a restart a map run goes on: Standard executions where they stood, Express ones from their beginning.

AWS: step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions import mapping
from windtunnel.services.stepfunctions.integrations import item_readers, result_writers
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language.failures import TOLERANCE, StateFailed
from windtunnel.services.stepfunctions.language.scopes import parsed, text_of
from windtunnel.services.stepfunctions.records import (
    ABORTED,
    EXPRESS,
    FAILED,
    RUNNING,
    SUCCEEDED,
    TIMED_OUT,
    Execution,
    Line,
    MapRun,
)
from windtunnel.services.stepfunctions.runs import Run
from windtunnel.services.stepfunctions.tables import StepTables, check_arn, page

MOST_AT_A_TIME = 10_000
_COUNTED = {SUCCEEDED: "succeeded", FAILED: "failed", TIMED_OUT: "timedOut", ABORTED: "aborted", RUNNING: "running"}


class Progress(msgspec.Struct):
    """Of a map run, in executions and in items."""

    begun: int = 0
    running: int = 0
    over: int = 0
    failed_items: int = 0


class MapRuns(StepTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._progress: dict[str, Progress] = {}

    def resume(self) -> None:
        for map_run in self.map_runs.all():
            if map_run.status == RUNNING:
                asyncio.get_running_loop().call_soon(self._take_up, map_run)

    def describe_map_run(self, ctx, mapRunArn):
        found = self.map_run_at(mapRunArn)
        counts = self._counts(found)
        answer = {
            "mapRunArn": found.arn,
            "executionArn": found.execution,
            "status": found.status,
            "startDate": found.started_at,
            "maxConcurrency": found.at_a_time,
            "toleratedFailurePercentage": found.tolerated_percentage,
            "toleratedFailureCount": found.tolerated,
            "itemCounts": {**counts["items"], "resultsWritten": found.written},
            "executionCounts": {**counts["executions"], "resultsWritten": found.written},
            "redriveCount": found.redrives,
        }
        return {**answer, **({"stopDate": found.stopped_at} if found.stopped_at else {})}

    def list_map_runs(self, ctx, executionArn, maxResults=None, nextToken=None):
        execution = self.execution_at(executionArn)
        found = [
            {
                "executionArn": each.execution,
                "mapRunArn": each.arn,
                "stateMachineArn": each.machine,
                "startDate": each.started_at,
                **({"stopDate": each.stopped_at} if each.stopped_at else {}),
            }
            for each in reversed(self.map_runs.all(execution.machine))
            if each.execution == executionArn
        ]
        return page("mapRuns", found, nextToken, maxResults)

    def update_map_run(
        self, ctx, mapRunArn, maxConcurrency=None, toleratedFailurePercentage=None, toleratedFailureCount=None
    ):
        known = self.map_run_at(mapRunArn)
        tolerated = known.tolerated if toleratedFailureCount is None else toleratedFailureCount
        percentage = known.tolerated_percentage if toleratedFailurePercentage is None else toleratedFailurePercentage
        changed = replace(
            known,
            at_a_time=known.at_a_time if maxConcurrency is None else maxConcurrency,
            tolerated=tolerated,
            tolerated_percentage=percentage,
            tolerates=known.tolerates or (toleratedFailureCount, toleratedFailurePercentage) != (None, None),
        )
        self.map_runs.put(changed)
        if changed.status == RUNNING:
            asyncio.get_running_loop().call_soon(self._fill, changed.arn, changed.machine)

    def map_run_at(self, arn: str) -> MapRun:
        """Raises InvalidArn and ResourceNotFound."""
        check_arn(arn)
        found = self.map_runs.get(machine_of(arn), arn)
        if found is None:
            raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'", resourceName=arn)
        return found

    def begin(self, map_run: MapRun) -> None:
        """Its items are read, where they are to be read, and its executions begin."""
        self._progress[map_run.arn] = Progress()
        if map_run.is_read:
            asyncio.get_running_loop().call_soon(self._fill, map_run.arn, map_run.machine)
        else:
            self.home.spawn(self._read(map_run), f"{map_run.arn} reads its items")

    def abandon(self, machine: str, arn: str) -> None:
        """Its state was left without it."""
        map_run = self.map_runs.get(machine, arn)
        if map_run is not None and map_run.status == RUNNING:
            self._end(map_run, ABORTED)

    def child_ended(self, execution: Execution) -> None:
        """One of its executions is over."""
        map_run = self.map_runs.get(execution.machine, execution.map_run)
        progress = self._progress.get(execution.map_run)
        if map_run is None or progress is None or map_run.status != RUNNING:
            return
        progress.running -= 1
        progress.over += 1
        if execution.status != SUCCEEDED:
            progress.failed_items += map_run.parts[execution.index]
        self._go_on(map_run, progress)

    def _go_on(self, map_run: MapRun, progress: Progress) -> None:
        if _too_many_failed(map_run, progress):
            cause = "The specified tolerated failure threshold was exceeded"
            self._fail(map_run, StateFailed(TOLERANCE, cause))
        elif progress.over == len(map_run.inputs):
            self.home.spawn(self._finish(map_run), f"{map_run.arn} is over")
        else:
            self._fill(map_run.arn, map_run.machine)

    def _fill(self, arn: str, machine: str) -> None:
        """Begin executions, as many as may run."""
        map_run, progress = self.map_runs.get(machine, arn), self._progress.get(arn)
        if map_run is None or progress is None or map_run.status != RUNNING:
            return
        if not map_run.inputs:
            self.home.spawn(self._finish(map_run), f"{arn} is over")
            return
        room = (map_run.at_a_time or MOST_AT_A_TIME) - progress.running
        until = min(len(map_run.inputs), progress.begun + max(0, room))
        if until == progress.begun:
            return
        parent = self.executions.get(machine, map_run.execution)
        begun = [self._child(map_run, parent, index) for index in range(progress.begun, until)]
        with self.home.step():
            for execution in begun:
                self.executions.put(execution)
        progress.running += len(begun)
        progress.begun = until
        for execution in begun:
            self.noun("Running").begin(execution)

    def _child(self, map_run: MapRun, parent: Execution, index: int) -> Execution:
        name = self.ids.uuid()
        place = f"{parent.machine_name}/{map_run.label}:{name}"
        resource = f"express:{place}:{self.ids.uuid()}" if map_run.kind == EXPRESS else f"execution:{place}"
        return Execution(
            arn=self.home.arn("states", resource), machine=map_run.machine, machine_name=parent.machine_name, name=name,
            kind=map_run.kind, revision=parent.revision, role=parent.role, input=text_of(map_run.inputs[index]),
            started_at=self.clock.now(), trace=parent.trace, version=parent.version, alias=parent.alias, map_run=map_run.arn,
            index=index, place=map_run.place, variables=map_run.variables,
        )  # fmt: skip

    async def _read(self, map_run: MapRun) -> None:
        run, line = self._parent(map_run)
        if run is None or line is None:
            return
        state: Any = run.state_of(line)
        try:
            items = await item_readers.items(self._caller(run), state.reader, run.scope(line), state.speaks_jsonata)
            inputs = state.inputs(run.scope(line), items)
        except StateFailed as failure:
            self._fail(map_run, failure)
            return
        current = self.map_runs.get(map_run.machine, map_run.arn)
        if current is None or current.status != RUNNING:
            return
        self.map_runs.put(replace(current, inputs=inputs, parts=mapping.parts(inputs, state), is_read=True))
        self._fill(map_run.arn, map_run.machine)

    async def _finish(self, map_run: MapRun) -> None:
        children = sorted(self.children(map_run), key=lambda each: each.index)
        result: Any = None
        if map_run.writer is None:
            text = "[" + ",".join(each.output for each in children if each.status == SUCCEEDED) + "]"
            result = parsed(text)
        else:
            text = ""
            run, _ = self._parent(map_run)
            if run is None:
                return
            try:
                result = await result_writers.write(self._caller(run), map_run, children)
            except StateFailed as failure:
                self._fail(map_run, failure)
                return
        run, line = self._parent(map_run)
        current = self.map_runs.get(map_run.machine, map_run.arn)
        if run is None or line is None or current is None or current.status != RUNNING:
            return
        written = len(children) if map_run.writer else 0
        self._stop(replace(current, written=written), SUCCEEDED)
        self.noun("Running").drive(run, lambda: run.map_run_succeeded(line, result, text))

    def _fail(self, map_run: MapRun, failure: StateFailed) -> None:
        run, line = self._parent(map_run)
        self._end(map_run, FAILED)
        if run is not None and line is not None:
            self.noun("Running").drive(run, lambda: run.map_run_failed(line, failure))

    def _end(self, map_run: MapRun, status: str) -> None:
        """Its executions end with it."""
        self._stop(map_run, status)
        for execution in self.children(map_run):
            if execution.status == RUNNING:
                self.noun("Running").stop(execution, ABORTED)

    def _stop(self, map_run: MapRun, status: str) -> None:
        self._progress.pop(map_run.arn, None)
        self.map_runs.put(replace(map_run, status=status, stopped_at=self.clock.now()))

    def children(self, map_run: MapRun) -> list[Execution]:
        return [each for each in self.executions.all(map_run.machine) if each.map_run == map_run.arn]

    def _take_up(self, map_run: MapRun) -> None:
        children = self.children(map_run)
        over = [each for each in children if each.status != RUNNING]
        progress = self._progress[map_run.arn] = Progress(
            begun=len(children),
            running=len(children) - len(over),
            over=len(over),
            failed_items=sum(map_run.parts[each.index] for each in over if each.status != SUCCEEDED),
        )
        if not map_run.is_read:
            self.home.spawn(self._read(map_run), f"{map_run.arn} reads its items")
        else:
            self._go_on(map_run, progress)

    def _parent(self, map_run: MapRun) -> tuple[Run | None, Line | None]:
        run, line = self.noun("Running").found(map_run.execution, map_run.line)
        if run is None or run.mapping.get(map_run.line) != map_run.arn:
            return None, None
        return run, line

    def _caller(self, run: Run) -> Caller:
        execution = run.execution
        key = self.home.cloud.credentials.of_function(self.home.account, execution.role, execution.machine_name).id
        return Caller(self.home, key, execution.trace, execution.machine, execution.arn)

    def _counts(self, map_run: MapRun) -> dict[str, dict[str, int]]:
        children = self.children(map_run)
        counted: dict[str, dict[str, int]] = {}
        for what in ("items", "executions"):
            counts = dict.fromkeys(("pending", "running", "succeeded", "failed", "timedOut", "aborted"), 0)
            sizes = map_run.parts if what == "items" else [1] * len(map_run.inputs)
            for each in children:
                counts[_COUNTED[each.status]] += sizes[each.index]
            begun = {each.index for each in children}
            counts["pending"] = sum(size for index, size in enumerate(sizes) if index not in begun)
            counts["total"] = sum(sizes)
            counted[what] = counts
        return counted


def machine_of(arn: str) -> str:
    """The machine of a map run."""
    parts = arn.split(":")
    return ":".join([*parts[:5], "stateMachine", parts[6].partition("/")[0] if len(parts) > 6 else ""])


def _too_many_failed(map_run: MapRun, progress: Progress) -> bool:
    """AWS: the same page, "Setting failure thresholds": whichever limit is passed first."""
    failed = progress.failed_items
    if not failed:
        return False
    if not map_run.tolerates:
        return True
    share = 100 * failed / sum(map_run.parts)
    if map_run.tolerated and failed > map_run.tolerated:
        return True
    if map_run.tolerated_percentage and share > map_run.tolerated_percentage:
        return True
    return not map_run.tolerated and not map_run.tolerated_percentage
