"""Operations on executions."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws import jackson
from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.machines import check_name
from windtunnel.services.stepfunctions.records import ABORTED, EXPRESS, RUNNING, STANDARD, SUCCEEDED, Execution, Machine
from windtunnel.services.stepfunctions.runs import MOST_BYTES
from windtunnel.services.stepfunctions.tables import StepTables, page

_NOT_SUPPORTED = "This operation is not supported by this type of state machine"
BILLED_STEP_MS = 100
REDRIVABLE_S = 14 * 86_400
BILLED_MB = 64


class Executions(StepTables):
    def start_execution(self, ctx, stateMachineArn, name=None, input="{}", traceHeader=""):
        """
        Answered when it is stored; its first state is entered right after.

        AWS: step-functions/latest/apireference/API_StartExecution.html: the same name with the same input is the same execution
        while it runs, and ExecutionAlreadyExists afterwards.
        """
        machine, more = self.noun("StateMachines").started_by(stateMachineArn)
        if machine.is_deleting:
            raise ApiError("StateMachineDeleting", f"State Machine is deleting: '{stateMachineArn}'")
        check_input(input)
        if name is not None:
            check_name(name)
        if machine.kind == EXPRESS:
            execution = self._express(machine, name, input, traceHeader or ctx.trace, more)
            self.noun("Running").begin_express(execution)
            return {"executionArn": execution.arn, "startDate": execution.started_at}
        name = name or self.ids.uuid()
        arn = self.home.arn("states", f"execution:{machine.name}:{name}")
        known = self.executions.get(machine.arn, arn)
        if known is not None:
            if known.status != RUNNING or known.input != input:
                raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
            return {"executionArn": arn, "startDate": known.started_at}
        execution = self._execution(machine, arn, name, input, traceHeader or ctx.trace, more)
        self.executions.put(execution)
        self.noun("Running").begin(execution)
        return {"executionArn": arn, "startDate": execution.started_at}

    async def start_sync_execution(
        self, ctx, stateMachineArn, name=None, input="{}", traceHeader="", includedData="ALL_DATA"
    ):
        machine, more = self.noun("StateMachines").started_by(stateMachineArn)
        if machine.kind == STANDARD:
            raise ApiError("StateMachineTypeNotSupported", _NOT_SUPPORTED)
        check_input(input)
        if name is not None:
            check_name(name)
        started = self._express(machine, name, input, traceHeader or ctx.trace, more)
        execution = await self.noun("Running").run_express(started)
        answer: dict[str, Any] = {
            "executionArn": execution.arn,
            "stateMachineArn": machine.arn,
            "name": execution.name,
            "startDate": execution.started_at,
            "stopDate": execution.stopped_at,
            "status": execution.status,
            "billingDetails": _billed(execution),
        }
        if includedData == "ALL_DATA":
            answer |= {"input": input, "inputDetails": {"included": True}}
            if execution.status == SUCCEEDED:
                answer |= {"output": execution.output, "outputDetails": {"included": True}}
        if execution.trace:
            answer["traceHeader"] = execution.trace
        return {**answer, **_problem(execution)}

    async def stop_execution(self, ctx, executionArn, error=None, cause=None):
        execution = self.execution_at(executionArn)
        if execution.status == RUNNING:
            self.noun("Running").stop(execution, ABORTED, error, cause)
            execution = self.execution_at(executionArn)
        return {"stopDate": execution.stopped_at}

    async def redrive_execution(self, ctx, executionArn, clientToken=""):
        """AWS: step-functions/latest/dg/redrive-executions.html: it begins again at the state that it ended in."""
        execution = self.execution_at(executionArn)
        if clientToken and clientToken == execution.redrive_token:
            return {"redriveDate": execution.redriven_at}
        reason = _not_redrivable(execution, self.clock.now())
        if reason:
            raise ApiError("ExecutionNotRedrivable", f"Execution Not Redrivable: '{reason}'")
        now = self.clock.now()
        again = replace(
            execution, status=RUNNING, stopped_at=0.0, error=None, cause=None, redrives=execution.redrives + 1, redriven_at=now,
            redrive_token=clientToken,
        )  # fmt: skip
        with self.home.step():
            self.executions.put(again)
            self.noun("Running").redrive(again)
        return {"redriveDate": now}

    def describe_execution(self, ctx, executionArn, includedData="ALL_DATA"):
        execution = self.execution_at(executionArn)
        answer: dict[str, Any] = {**_listed(execution), **redrivable(execution), **_problem(execution)}
        answer.pop("itemCount", None)
        if includedData == "ALL_DATA":
            answer |= {"input": execution.input, "inputDetails": {"included": True}}
            if execution.status == SUCCEEDED:
                answer |= {"output": execution.output, "outputDetails": {"included": True}}
        if execution.trace:
            answer["traceHeader"] = execution.trace
        return answer

    def list_executions(
        self, ctx, stateMachineArn=None, statusFilter=None, maxResults=None, nextToken=None, mapRunArn=None, redriveFilter=None
    ):  # fmt: skip
        """The newest first."""
        if (stateMachineArn is None) == (mapRunArn is None):
            raise ApiError("ValidationException", "Must provide a stateMachineArn or mapRunArn, but not both")
        if mapRunArn is not None:
            map_runs = self.noun("MapRuns")
            found = map_runs.children(map_runs.map_run_at(mapRunArn))
        else:
            machine, more = self.noun("StateMachines").listed_by(stateMachineArn)
            if machine.kind == EXPRESS:
                raise ApiError("StateMachineTypeNotSupported", _NOT_SUPPORTED)
            found = [
                each
                for each in self.executions.all(machine.arn)
                if not each.map_run and all(getattr(each, field) == value for field, value in more.items())
            ]
        shown = [
            _listed(each)
            for each in reversed(found)
            if statusFilter in (None, each.status)
            and (redriveFilter is None or (redriveFilter == "REDRIVEN") == bool(each.redrives))
        ]
        return page("executions", shown, nextToken, maxResults)

    def _express(self, machine: Machine, name: str | None, input: str, trace: str, more: dict[str, str]) -> Execution:
        name = name or self.ids.uuid()
        arn = self.home.arn("states", f"express:{machine.name}:{name}:{self.ids.uuid()}")
        return self._execution(machine, arn, name, input, trace, more)

    def _execution(
        self, machine: Machine, arn: str, name: str, input: str, trace: str, more: dict[str, str]
    ) -> Execution:
        revision = self.revision_of(machine, more.get("revision"))
        return Execution(
            arn=arn, machine=machine.arn, machine_name=machine.name, name=name, kind=machine.kind, revision=revision.id,
            role=revision.role, input=input, started_at=self.clock.now(), trace=trace, version=more.get("version", ""),
            alias=more.get("alias", ""),
        )  # fmt: skip


def check_input(text: str) -> None:
    """Raises InvalidExecutionInput and ValidationException."""
    if len(text.encode()) > MOST_BYTES:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_BYTES}",
        )
    if not text.strip():
        raise ApiError("InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'")
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        words = jackson.problem_of_text(text).partition("\n")[0] or "Invalid execution input."
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{words}'") from None


def _listed(execution: Execution) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "executionArn": execution.arn,
        "stateMachineArn": f"{execution.machine}/{_label(execution)}" if execution.map_run else execution.machine,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started_at,
        "redriveCount": execution.redrives,
    }
    if execution.stopped_at:
        answer["stopDate"] = execution.stopped_at
    if execution.redriven_at:
        answer["redriveDate"] = execution.redriven_at
    if execution.version:
        answer["stateMachineVersionArn"] = execution.version
    if execution.alias:
        answer["stateMachineAliasArn"] = execution.alias
    if execution.map_run:
        answer["mapRunArn"] = execution.map_run
    return answer


def _label(execution: Execution) -> str:
    return execution.map_run.rpartition("/")[2].partition(":")[0]


def redrivable(execution: Execution) -> dict[str, Any]:
    if execution.status in (RUNNING, SUCCEEDED):
        reason = f"Execution is {execution.status} and cannot be redriven"
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    if execution.map_run:
        return {"redriveStatus": "REDRIVABLE_BY_MAP_RUN"}
    return {"redriveStatus": "REDRIVABLE"}


def _not_redrivable(execution: Execution, now: float) -> str:
    """Why not; empty where it is."""
    if execution.status in (RUNNING, SUCCEEDED):
        return f"Execution is {execution.status} and cannot be redriven"
    if now - execution.stopped_at > REDRIVABLE_S:
        return "Execution redrivable period exceeded"
    if execution.map_run:
        return "Child workflow executions are redriven by their Map Run"
    return ""


def _problem(execution: Execution) -> dict[str, Any]:
    return {name: text for name, text in (("error", execution.error), ("cause", execution.cause)) if text}


def _billed(execution: Execution) -> dict[str, int]:
    """In steps of 100 ms, of 64 MB at least. AWS: step-functions/latest/dg/concepts-standard-vs-express.html"""
    took = (execution.stopped_at - execution.started_at) * 1000
    return {
        "billedDurationInMilliseconds": max(BILLED_STEP_MS, -(-int(took) // BILLED_STEP_MS) * BILLED_STEP_MS),
        "billedMemoryUsedInMB": BILLED_MB,
    }
