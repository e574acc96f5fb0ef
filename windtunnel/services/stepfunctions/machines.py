"""Operations on state machines."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions import definitions, log_settings
from windtunnel.services.stepfunctions.language import references
from windtunnel.services.stepfunctions.records import STANDARD, Machine, Revision
from windtunnel.services.stepfunctions.tables import StepTables, check_arn, no_machine, page, tags_of
from windtunnel.services.stepfunctions.versions import arn_of, check_description

OFF = {"level": "OFF", "includeExecutionData": False}
OWNED_BY_AWS = {"type": "AWS_OWNED_KEY"}


class StateMachines(StepTables):
    inert = {
        "CreateStateMachine.encryptionConfiguration": "Stored and shown: nothing is encrypted on this machine.",
        "UpdateStateMachine.encryptionConfiguration": "Stored and shown: nothing is encrypted on this machine.",
    }

    def create_state_machine(
        self, ctx, name, definition, roleArn, type=STANDARD, loggingConfiguration=None, tags=None, tracingConfiguration=None,
        encryptionConfiguration=None, publish=False, versionDescription=None,
    ):  # fmt: skip
        """The same call again answers the same. AWS: step-functions/latest/apireference/API_CreateStateMachine.html"""
        check_name(name)
        check_description(publish, versionDescription)
        arn = self.home.arn("states", f"stateMachine:{name}")
        definitions.checked(definition, type, self.home)
        logging = self._logging(loggingConfiguration)
        known = self.machines.get(arn)
        if known is not None:
            self._check_same(known, definition, roleArn, type, logging, tracingConfiguration)
            return self._created(known, publish, versionDescription)
        now = self.clock.now()
        machine = Machine(arn=arn, name=name, kind=type, created_at=now, tags=tags_of(tags))
        self.machines.put(machine)
        self.revisions.put(
            Revision(
                machine=arn, id="", definition=definition, role=roleArn, updated_at=now, logging=logging,
                tracing=tracingConfiguration or {"enabled": False}, encryption=encryptionConfiguration or OWNED_BY_AWS,
            )
        )  # fmt: skip
        return self._created(machine, publish, versionDescription)

    def update_state_machine(
        self, ctx, stateMachineArn, definition=None, roleArn=None, loggingConfiguration=None, tracingConfiguration=None,
        encryptionConfiguration=None, publish=False, versionDescription=None,
    ):  # fmt: skip
        """What is not named stays; where nothing changes there is no new revision."""
        check_description(publish, versionDescription)
        machine = self.machine_at(stateMachineArn)
        given = (definition, roleArn, loggingConfiguration, tracingConfiguration, encryptionConfiguration)
        if all(each is None for each in given):
            raise ApiError(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
            )
        if machine.is_deleting:
            raise ApiError("StateMachineDeleting", f"State Machine is deleting: '{stateMachineArn}'")
        if definition is not None:
            definitions.checked(definition, machine.kind, self.home)
        known = self.revision_of(machine)
        changed = replace(
            known,
            definition=known.definition if definition is None else definition,
            role=roleArn or known.role,
            logging=known.logging if loggingConfiguration is None else self._logging(loggingConfiguration),
            tracing=tracingConfiguration or known.tracing,
            encryption=encryptionConfiguration or known.encryption,
        )
        now = self.clock.now()
        if changed != known:
            changed = self.revisions.put(replace(changed, id=self.ids.uuid(), updated_at=now))
            machine = self.machines.put(replace(machine, revision=changed.id))
        answer: dict[str, Any] = {"updateDate": now}
        if machine.revision:
            answer["revisionId"] = machine.revision
        if publish:
            answer["stateMachineVersionArn"] = arn_of(self.noun("Versions").publish(machine, versionDescription or ""))
        return answer

    def delete_state_machine(self, ctx, stateMachineArn):
        """One with executions under way is gone when they are over; one that is gone is deleted without an error."""
        check_arn(stateMachineArn)
        machine = self.machines.get(stateMachineArn)
        if machine is None:
            return
        if self.runs_of(machine.arn):
            self.machines.put(replace(machine, is_deleting=True))
        else:
            self.forget(machine)

    def describe_state_machine(self, ctx, stateMachineArn, includedData="ALL_DATA"):
        version = self.noun("Versions").version_at(stateMachineArn)
        machine = self.machine_at(stateMachineArn if version is None else version.machine)
        revision = self.revision_of(machine, None if version is None else version.revision)
        of_version = {} if version is None else {"stateMachineArn": stateMachineArn, "creationDate": version.created_at}
        if version is not None and version.description:
            of_version["description"] = version.description
        return {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "status": "DELETING" if machine.is_deleting else "ACTIVE",
            "type": machine.kind,
            "creationDate": machine.created_at,
            **self.shown(revision, includedData),
            **of_version,
        }

    def describe_state_machine_for_execution(self, ctx, executionArn, includedData="ALL_DATA"):
        execution = self.execution_at(executionArn)
        revision = self.revisions.get(execution.machine, execution.revision)
        answer = {
            "stateMachineArn": execution.machine,
            "name": execution.machine_name,
            "updateDate": revision.updated_at,
            **self.shown(revision, includedData),
        }
        if execution.map_run:
            answer |= {"mapRunArn": execution.map_run, "label": execution.map_run.rpartition("/")[2].partition(":")[0]}
        return answer

    def list_state_machines(self, ctx, maxResults=None, nextToken=None):
        found = [
            {"stateMachineArn": each.arn, "name": each.name, "type": each.kind, "creationDate": each.created_at}
            for each in sorted(self.machines.all(), key=lambda each: each.name)
        ]
        return page("stateMachines", found, nextToken, maxResults)

    def validate_state_machine_definition(self, ctx, definition, type=STANDARD, severity="ERROR", maxResults=None):
        found = definitions.diagnostics(definition, type, self.home)
        most = maxResults or 100
        shown = [
            {name: value for name, value in (
                ("severity", each.severity), ("code", each.code), ("message", each.message), ("location", each.location)
            ) if value}
            for each in found[:most]
        ]  # fmt: skip
        failed = any(each.severity == "ERROR" for each in found)
        return {"result": "FAIL" if failed else "OK", "diagnostics": shown, "truncated": len(found) > most}

    def started_by(self, arn: str) -> tuple[Machine, dict[str, str]]:
        """The machine that this ARN starts, and what is fixed by it: a revision, a version, an alias."""
        machine = self.machines.get(arn)
        if machine is not None:
            return machine, {}
        more: dict[str, str] = {}
        of, _, last = arn.rpartition(":")
        if (alias := self.aliases.get(of, last)) is not None:
            more["alias"] = arn
            arn = self.noun("Aliases").chosen(alias)
        version = self.noun("Versions").version_at(arn)
        if version is None:
            check_arn(arn)
            raise no_machine(arn)
        return self.machine_at(version.machine), {**more, "version": arn, "revision": version.revision}

    def listed_by(self, arn: str) -> tuple[Machine, dict[str, str]]:
        """The machine, and the fields that its executions must have, where the ARN is that of a version or an alias."""
        found = self.machines.get(arn)
        if found is not None:
            return found, {}
        of, _, last = arn.rpartition(":")
        machine = self.machines.get(of)
        if machine is None or (self.aliases.get(of, last) is None and self.noun("Versions").version_at(arn) is None):
            raise no_machine(arn)
        return machine, {"version" if last.isdigit() else "alias": arn}

    def forget(self, machine: Machine) -> None:
        """It is gone, and with it its executions."""
        for execution in self.executions.all(machine.arn):
            self.chapters.drop(execution.arn)
            self.lines.clear(execution.arn)
            self.forks.clear(execution.arn)
        for rows in (self.executions, self.revisions, self.versions, self.aliases, self.map_runs):
            rows.clear(machine.arn)
        self.noun("Running").forget(machine.arn)
        self.machines.delete(machine.arn)

    def shown(self, revision: Revision, included: str = "ALL_DATA") -> dict[str, Any]:
        """What describes a revision, whichever way one got to it."""
        answer: dict[str, Any] = {
            "roleArn": revision.role,
            "loggingConfiguration": {**OFF, **revision.logging},
            "tracingConfiguration": revision.tracing,
            "encryptionConfiguration": revision.encryption,
        }
        if included == "ALL_DATA":
            answer["definition"] = revision.definition
            if variables := references.of(json.loads(revision.definition)):
                answer["variableReferences"] = variables
        else:
            answer["definition"] = "{}"
        if revision.id:
            answer["revisionId"] = revision.id
        return answer

    def _created(self, machine: Machine, publish: bool, description: str | None) -> dict[str, Any]:
        answer: dict[str, Any] = {"stateMachineArn": machine.arn, "creationDate": machine.created_at}
        if publish:
            answer["stateMachineVersionArn"] = arn_of(self.noun("Versions").publish(machine, description or ""))
        return answer

    def _logging(self, wish: dict[str, Any] | None) -> dict[str, Any]:
        return log_settings.checked(self.home, wish) if wish else {}

    def _check_same(
        self, known: Machine, definition: str, role: str, kind: str, logging: dict[str, Any], tracing: Any
    ) -> None:
        revision = self.revision_of(known)
        if known.is_deleting:
            raise ApiError("StateMachineDeleting", f"State Machine is deleting: '{known.arn}'")
        same = (
            known.kind == kind
            and revision.role == role
            and revision.definition == definition
            and {**OFF, **revision.logging} == {**OFF, **logging}
            and revision.tracing == (tracing or {"enabled": False})
        )
        if not same:
            raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{known.arn}'")


def check_name(name: str) -> None:
    """AWS: step-functions/latest/apireference/API_CreateStateMachine.html, "name"."""
    if any(each in ' <>{}[]?*"#%\\^|~`$&,;:/' or ord(each) < 32 or 127 <= ord(each) < 160 for each in name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")
