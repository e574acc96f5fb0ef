"""A line whose Map is distributed: its items are worked on by executions of their own, in a map run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.forks import Map
from windtunnel.services.stepfunctions.language.outcomes import Limits
from windtunnel.services.stepfunctions.language.scopes import text_of
from windtunnel.services.stepfunctions.records import EXPRESS, STANDARD, Line, MapRun

if TYPE_CHECKING:
    from windtunnel.services.stepfunctions.runs import Run

MAPPING = "mapping"


class Mapping:
    """The part of a run that knows of map runs."""

    def __init__(self) -> None:
        self.new_map_runs: list[MapRun] = []
        self.mapping: dict[int, str] = {}
        """The map runs that lines wait for."""
        super().__init__()

    def begin_map_run(self: Run, line: Line, state: Map, items: list[Any], limits: Limits) -> None:
        """Raises StateFailed."""
        label = state.label or self.home.ids.uuid()
        name = f"{self.execution.machine_name}/{label}"
        inputs = [] if state.reader is not None else state.inputs(self.scope(line), items)
        map_run = MapRun(
            arn=self.home.arn("states", f"mapRun:{name}:{self.home.ids.uuid()}"),
            execution=self.execution.arn,
            machine=self.execution.machine,
            line=line.number,
            label=label,
            started_at=self.home.clock.now(),
            kind=EXPRESS if state.runs_express else STANDARD,
            place=(*line.place, line.state, 0),
            variables=line.variables,
            inputs=inputs,
            parts=parts(inputs, state),
            is_read=state.reader is None,
            at_a_time=limits.at_a_time,
            tolerated=limits.tolerated,
            tolerated_percentage=limits.tolerated_percentage,
            tolerates=limits.tolerates,
            writer=None if state.writer is None else state.written_to(self.scope(line)),
        )
        line.event = self.tell("MapRunStarted", line.event, "mapRunStartedEventDetails", {"mapRunArn": map_run.arn})
        line.phase = MAPPING
        self.new_map_runs.append(map_run)
        self.mapping[line.number] = map_run.arn

    def map_run_succeeded(self: Run, line: Line, result: Any, text: str = "") -> None:
        self.mapping.pop(line.number, None)
        event = self.tell("MapRunSucceeded", line.event)
        self.tell("MapStateSucceeded", event)
        self.joined(line, result, text or text_of(result))

    def map_run_failed(self: Run, line: Line, failure: StateFailed) -> None:
        self.mapping.pop(line.number, None)
        details = {name: text for name, text in (("error", failure.error), ("cause", failure.cause)) if text}
        line.event = self.tell("MapRunFailed", line.event, "mapRunFailedEventDetails", details)
        self._fail(line, failure)


def parts(inputs: list[Any], state: Map) -> list[int]:
    """How many items each input holds."""
    return [len(each["Items"]) for each in inputs] if state.has_batches else [1] * len(inputs)
