"""What the nouns of Step Functions share: their tables, and how things are found in them."""

from __future__ import annotations

from typing import Any

from windtunnel.aws import arns
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.stepfunctions.records import (
    RUNNING,
    Activity,
    Alias,
    Chapter,
    Execution,
    ForkRecord,
    Line,
    Machine,
    MapRun,
    Revision,
    Version,
)

PAGE = 100


class StepTables(Operations, api="stepfunctions"):
    machines = Table(Machine, key="arn")
    revisions = Table(Revision, key="id", within="machine")
    executions = Table(Execution, key="arn", within="machine")
    lines = Table(Line, key="number", within="execution")
    forks = Table(ForkRecord, key="number", within="execution")
    chapters = Stream(Chapter, within="execution")
    versions = Table(Version, key="number", within="machine")
    aliases = Table(Alias, key="name", within="machine")
    map_runs = Table(MapRun, key="arn", within="machine")
    activities_known = Table(Activity, key="arn")

    def machine_at(self, arn: str) -> Machine:
        """By its ARN, without a version or an alias. Raises InvalidArn and StateMachineDoesNotExist."""
        found = self.machines.get(arn)
        if found is None:
            check_arn(arn)
            raise no_machine(arn)
        return found

    def revision_of(self, machine: Machine, id: str | None = None) -> Revision:
        found = self.revisions.get(machine.arn, machine.revision if id is None else id)
        assert found is not None
        return found

    def execution_at(self, arn: str) -> Execution:
        """Raises InvalidArn and ExecutionDoesNotExist."""
        check_arn(arn)
        parts = arn.split(":")
        of_map_run = len(parts) > 6 and "/" in parts[6]
        if parts[5] == "express" and not of_map_run:
            raise ApiError("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
        if parts[5] not in ("execution", "express") or len(parts) < 8:
            raise ApiError("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'")
        machine = ":".join([*parts[:5], "stateMachine", parts[6].partition("/")[0]])
        found = self.executions.get(machine, arn)
        if found is None:
            raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return found

    def runs_of(self, machine: str) -> bool:
        """Whether an execution of it is under way."""
        return any(each.status == RUNNING for each in self.executions.all(machine))


def check_arn(arn: str) -> None:
    """Raises InvalidArn."""
    if not arn.startswith("arn:"):
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    try:
        parsed = arns.parse(arn)
    except ValueError:
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN: {arn}'") from None
    if parsed.service != "states" or not parsed.resource:
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN: {arn}'")


def no_machine(arn: str) -> ApiError:
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def tags_of(tags: Any) -> dict[str, str]:
    return {each.get("key", ""): each.get("value", "") for each in tags or ()}


def page(member: str, items: list[Any], token: str | None, limit: int | None) -> dict[str, Any]:
    """One page of a listing; 0 means as many as by default. Raises InvalidToken."""
    if token and not token.isdigit():
        raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
    start = int(token or 0)
    end = start + (limit or PAGE)
    answer: dict[str, Any] = {member: items[start:end]}
    if end < len(items):
        answer["nextToken"] = str(end)
    return answer
