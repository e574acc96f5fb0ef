"""Operations on event buses, and what the nouns of EventBridge share."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.calls import Elsewhere
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.aws.paging import page
from windtunnel.kernel.tables import Table
from windtunnel.services.events.records import DEFAULT, Bus, Rule, Target


class EventTables(Operations, api="events"):
    buses = Table(Bus, key="name")
    rules = Table(Rule, key="name", within="bus")
    targets = Table(Target, key="id", within="rule")

    def bus_at(self, name: str | None) -> Bus:
        """The bus that a name or ARN means; the default one is always there. Raises ResourceNotFoundException."""
        short = bus_name(name)
        found = self.buses.get(short)
        if found is None and short == DEFAULT:
            now = self.clock.now()
            found = self.buses.put(Bus(name=DEFAULT, arn=self.bus_arn(DEFAULT), created_at=now, modified_at=now))
        if found is None:
            raise not_found(f"Event bus {short} does not exist.")
        return found

    def bus_arn(self, name: str) -> str:
        return self.home.arn("events", f"event-bus/{name}")

    def bus_ruled(self, name: str | None) -> Bus:
        """`bus_at` for operations on rules: raises Elsewhere for the bus of another account, which may let in who asks."""
        if name and name.startswith("arn:") and (account := name.split(":")[4]) not in ("", self.home.account):
            raise Elsewhere(account)
        return self.bus_at(name)

    def rule_at(self, name: str, bus: str | None) -> Rule:
        short = self.bus_ruled(bus).name
        found = self.rules.get(short, name)
        if found is None:
            raise not_found(f"Rule {name} does not exist on EventBus {short}.")
        return found


def check_own(rule: Rule | None, force: bool = False) -> None:
    """Raises ManagedRuleException for the rule of a service, unless by force. AWS: eventbridge/latest/APIReference/API_DeleteRule.html"""
    if rule is not None and rule.managed_by and not force:
        words = f"Rule {rule.name} is a managed rule of {rule.managed_by} and cannot be modified."
        raise ApiError("ManagedRuleException", words)


class Buses(EventTables):
    inert = {
        "CreateEventBus.KmsKeyIdentifier": "Kept and shown: events are not encrypted on this machine.",
        "UpdateEventBus.KmsKeyIdentifier": "Kept and shown: events are not encrypted on this machine.",
    }

    def create_event_bus(self, ctx, Name, Description="", Tags=None, KmsKeyIdentifier=""):
        if Name == DEFAULT or self.buses.get(Name) is not None:
            raise ApiError("ResourceAlreadyExistsException", f"Event bus {Name} already exists.")
        if "/" in Name:
            raise ApiError("ValidationException", "Event bus name must not contain '/'.")
        now = self.clock.now()
        bus = Bus(
            name=Name, arn=self.bus_arn(Name), created_at=now, modified_at=now, description=Description or "",
            tags={tag["Key"]: tag["Value"] for tag in Tags or ()}, kms_key=KmsKeyIdentifier or "",
        )  # fmt: skip
        self.buses.put(bus)
        return {"EventBusArn": bus.arn, **_more(bus)}

    def update_event_bus(self, ctx, Name=None, Description=None, KmsKeyIdentifier=None):
        bus = self.bus_at(Name)
        changed = replace(
            bus,
            description=bus.description if Description is None else Description,
            kms_key=bus.kms_key if KmsKeyIdentifier is None else KmsKeyIdentifier,
            modified_at=self.clock.now(),
        )
        self.buses.put(changed)
        return {"Arn": bus.arn, "Name": bus.name, **_more(changed)}

    def delete_event_bus(self, ctx, Name):
        if bus_name(Name) == DEFAULT:
            raise ApiError("ValidationException", "Cannot delete event bus default.")
        if self.rules.count(bus_name(Name)):
            raise ApiError("ValidationException", f"Cannot delete event bus {bus_name(Name)} because it has rules.")
        self.buses.delete(bus_name(Name))

    def describe_event_bus(self, ctx, Name=None):
        bus = self.bus_ruled(Name)
        return {**_shown(bus), **_more(bus)}

    def list_event_buses(self, ctx, NamePrefix="", NextToken=None, Limit=None):
        self.bus_at(DEFAULT)
        found = sorted((bus for bus in self.buses.all() if bus.name.startswith(NamePrefix or "")), key=lambda b: b.name)
        return page("EventBuses", [_shown(bus) for bus in found], NextToken, Limit)

    def put_permission(
        self, ctx, EventBusName=None, Action=None, Principal=None, StatementId=None, Condition=None, Policy=None
    ):
        bus = self.bus_at(EventBusName)
        if Policy is not None:
            statements = _statements(Policy)
        elif not (Action and Principal and StatementId):
            raise ApiError("ValidationException", "Parameters Action, Principal and StatementId are required.")
        else:
            everyone = Principal == "*"
            statement: dict[str, Any] = {
                "Sid": StatementId,
                "Effect": "Allow",
                "Principal": "*" if everyone else {"AWS": f"arn:aws:iam::{Principal}:root"},
                "Action": Action,
                "Resource": bus.arn,
            }
            if Condition:
                statement["Condition"] = {Condition["Type"]: {Condition["Key"]: Condition["Value"]}}
            statements = (*(each for each in bus.statements if each.get("Sid") != StatementId), statement)
        self.buses.put(replace(bus, statements=statements))

    def remove_permission(self, ctx, StatementId=None, RemoveAllPermissions=False, EventBusName=None):
        bus = self.bus_at(EventBusName)
        if not bus.statements:
            raise not_found("EventBus does not have a policy.")
        kept = tuple(each for each in bus.statements if each.get("Sid") != StatementId)
        if not RemoveAllPermissions and len(kept) == len(bus.statements):
            raise not_found("Statement with the provided id does not exist.")
        self.buses.put(replace(bus, statements=() if RemoveAllPermissions else kept))


def _statements(policy: str) -> tuple[dict[str, Any], ...]:
    try:
        return tuple(json.loads(policy)["Statement"])
    except (ValueError, KeyError, TypeError):
        raise ApiError("ValidationException", "Parameter Policy is not valid.") from None


def _shown(bus: Bus) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Name": bus.name,
        "Arn": bus.arn,
        "CreationTime": bus.created_at,
        "LastModifiedTime": bus.modified_at,
    }
    if bus.description:
        shown["Description"] = bus.description
    if bus.statements:
        shown["Policy"] = policy_text(bus)
    return shown


def policy_text(bus: Bus) -> str:
    """The policy of a bus; empty where it has none."""
    if not bus.statements:
        return ""
    return json.dumps({"Version": "2012-10-17", "Statement": list(bus.statements)}, separators=(",", ":"))


def _more(bus: Bus) -> dict[str, str]:
    """What the answers about a bus add where it is there."""
    more = {"Description": bus.description, "KmsKeyIdentifier": bus.kms_key}
    return {name: value for name, value in more.items() if value}


def bus_name(name: str | None) -> str:
    """`default` for none; the last part of an ARN."""
    return (name or DEFAULT).rpartition("event-bus/")[2]


def not_found(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message)
