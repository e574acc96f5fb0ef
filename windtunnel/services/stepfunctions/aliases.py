"""Aliases of state machines: names for a version, or for two that share the executions by weight.

AWS: step-functions/latest/dg/concepts-state-machine-alias.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.records import Alias
from windtunnel.services.stepfunctions.tables import StepTables, check_arn, page

ALL_PERCENT = 100


class Aliases(StepTables):
    def create_state_machine_alias(self, ctx, name, routingConfiguration, description=""):
        """The same call again answers the same."""
        routes, machine = self._routes(routingConfiguration)
        if name.isdigit():
            raise ApiError("ValidationException", f"Alias name must not be a number. Received: {name}")
        known = self.aliases.get(machine, name)
        if known is not None and (known.routes, known.description) != (routes, description):
            raise ApiError(
                "ConflictException",
                "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
            )
        if known is None:
            now = self.clock.now()
            known = self.aliases.put(
                Alias(
                    machine=machine, name=name, created_at=now, updated_at=now, routes=routes, description=description
                )
            )  # fmt: skip
        return {"stateMachineAliasArn": arn_of(known), "creationDate": known.created_at}

    def update_state_machine_alias(self, ctx, stateMachineAliasArn, description=None, routingConfiguration=None):
        known = self.alias_at(stateMachineAliasArn)
        if description is None and routingConfiguration is None:
            raise ApiError("ValidationException", "Either description or routingConfiguration must be specified.")
        changed = replace(
            known,
            updated_at=self.clock.now(),
            description=known.description if description is None else description,
            routes=known.routes if routingConfiguration is None else self._routes(routingConfiguration)[0],
        )
        self.aliases.put(changed)
        return {"updateDate": changed.updated_at}

    def describe_state_machine_alias(self, ctx, stateMachineAliasArn):
        known = self.alias_at(stateMachineAliasArn)
        answer = {
            "stateMachineAliasArn": arn_of(known),
            "name": known.name,
            "routingConfiguration": [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in known.routes],
            "creationDate": known.created_at,
            "updateDate": known.updated_at,
        }
        return {**answer, **({"description": known.description} if known.description else {})}

    def list_state_machine_aliases(self, ctx, stateMachineArn, nextToken=None, maxResults=None):
        machine, _, last = stateMachineArn.rpartition(":")
        of_version = last.isdigit()
        found = self.aliases.all(machine if of_version else self.machine_at(stateMachineArn).arn)
        shown = [
            {"stateMachineAliasArn": arn_of(each), "creationDate": each.created_at}
            for each in sorted(found, key=lambda each: each.name)
            if not of_version or any(version == stateMachineArn for version, _ in each.routes)
        ]
        return page("stateMachineAliases", shown, nextToken, maxResults)

    def delete_state_machine_alias(self, ctx, stateMachineAliasArn):
        """One that is gone is deleted without an error."""
        check_arn(stateMachineAliasArn)
        machine, _, name = stateMachineAliasArn.rpartition(":")
        self.aliases.delete(machine, name)

    def alias_at(self, arn: str) -> Alias:
        """Raises InvalidArn and ResourceNotFound."""
        machine, _, name = arn.rpartition(":")
        found = self.aliases.get(machine, name)
        if found is None:
            check_arn(arn)
            raise ApiError("ResourceNotFound", "Request references a resource that does not exist.", resourceName=arn)
        return found

    def chosen(self, alias: Alias) -> str:
        """The ARN of the version that the next execution gets."""
        place = self.ids.integer(1, ALL_PERCENT)
        for version, weight in alias.routes:
            place -= weight
            if place <= 0:
                return version
        return alias.routes[-1][0]

    def _routes(self, wish: list[dict[str, Any]]) -> tuple[tuple[tuple[str, int], ...], str]:
        """The routes and the machine that they are of. Raises ValidationException and ResourceNotFound."""
        routes = tuple((each["stateMachineVersionArn"], each["weight"]) for each in wish)
        given = [arn for arn, _ in routes]
        shown = f"[{', '.join(given)}]"
        if any(not arn.rpartition(":")[2].isdigit() for arn in given):
            words = f"Routing configuration must contain state machine version ARNs. Received: {shown}"
            raise ApiError("ValidationException", words)
        machines = {arn.rpartition(":")[0] for arn in given}
        if len(machines) != 1 or len(set(given)) != len(given):
            words = f"Routing configuration must contain distinct versions of the same state machine. Received: {shown}"
            raise ApiError("ValidationException", words)
        weights = [weight for _, weight in routes]
        if sum(weights) != ALL_PERCENT:
            words = f"Sum of routing configuration weights must equal {ALL_PERCENT}. Received: {weights}"
            raise ApiError("ValidationException", words)
        for arn in given:
            if self.noun("Versions").version_at(arn) is None:
                words = "Request references a resource that does not exist."
                raise ApiError("ResourceNotFound", words, resourceName=arn)
        return routes, machines.pop()


def arn_of(alias: Alias) -> str:
    return f"{alias.machine}:{alias.name}"
