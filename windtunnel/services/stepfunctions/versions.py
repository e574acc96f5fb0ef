"""Versions of state machines: revisions that have a number and stay.

AWS: step-functions/latest/dg/concepts-state-machine-version.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.records import Machine, Version
from windtunnel.services.stepfunctions.tables import StepTables, check_arn, page


class Versions(StepTables):
    def publish_state_machine_version(self, ctx, stateMachineArn, revisionId=None, description=None):
        """The same revision is published once."""
        machine = self.machine_at(stateMachineArn)
        if revisionId is not None and revisionId != (machine.revision or "INITIAL"):
            raise ApiError(
                "ConflictException",
                f"Failed to publish the State Machine version for revision {revisionId}. "
                f"The current State Machine revision is {machine.revision or 'INITIAL'}.",
            )
        version = self.publish(machine, description or "")
        return {"stateMachineVersionArn": arn_of(version), "creationDate": version.created_at}

    def list_state_machine_versions(self, ctx, stateMachineArn, nextToken=None, maxResults=None):
        """The newest first."""
        machine = self.machine_at(stateMachineArn)
        found = sorted(self.versions.all(machine.arn), key=lambda each: -each.number)
        shown = [{"stateMachineVersionArn": arn_of(each), "creationDate": each.created_at} for each in found]
        return page("stateMachineVersions", shown, nextToken, maxResults)

    def delete_state_machine_version(self, ctx, stateMachineVersionArn):
        """One that is gone is deleted without an error."""
        check_arn(stateMachineVersionArn)
        machine, _, number = stateMachineVersionArn.rpartition(":")
        if not number.isdigit():
            raise ApiError("ValidationException", f"Version ARN is not valid: {stateMachineVersionArn}")
        using = [
            each.name
            for each in self.aliases.all(machine)
            if any(version == stateMachineVersionArn for version, _ in each.routes)
        ]
        if using:
            raise ApiError(
                "ConflictException",
                "Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: [{', '.join(using)}]",
            )
        self.versions.delete(machine, int(number))

    def publish(self, machine: Machine, description: str = "") -> Version:
        """The version of the machine as it is now: a new one, unless the last is of the same revision."""
        known = [each for each in self.versions.all(machine.arn) if each.revision == machine.revision]
        if known:
            return known[-1]
        number = machine.versions_made + 1
        self.machines.put(replace(machine, versions_made=number))
        return self.versions.put(
            Version(
                machine=machine.arn, number=number, revision=machine.revision, created_at=self.clock.now(),
                description=description,
            )
        )  # fmt: skip

    def version_at(self, arn: str) -> Version | None:
        """None where the ARN is that of no version."""
        machine, _, number = arn.rpartition(":")
        return self.versions.get(machine, int(number)) if number.isdigit() else None


def arn_of(version: Version) -> str:
    return f"{version.machine}:{version.number}"


def check_description(publishes: bool, description: Any) -> None:
    if description is not None and not publishes:
        raise ApiError("ValidationException", "Version description can only be set when publish is true")
