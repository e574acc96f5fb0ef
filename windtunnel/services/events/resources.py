"""AWS::Events::*: buses, their policies, and rules with their targets, archives in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone


class EventBusType(ResourceType):
    type = "AWS::Events::EventBus"
    properties = {"Description": STORED, "Name": ENFORCED, "Policy": STORED, "Tags": STORED}
    replaces = frozenset({"Name"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties["Name"]
        tags = [{"Key": key, "Value": value} for key, value in {**wish.tags, **tags_of(wish.properties)}.items()]
        call = {"Name": name, "Description": wish.properties.get("Description", ""), "Tags": tags}
        arn = (await self.call("events", "CreateEventBus", call))["EventBusArn"]
        await self._allow(name, wish.properties)
        return Physical(name, {"Arn": arn, "Name": name})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        call = {"Name": physical.id, "Description": wish.properties.get("Description", "")}
        await self.call("events", "UpdateEventBus", call)
        await self._allow(physical.id, wish.properties)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("events", "DeleteEventBus", {"Name": physical.id})

    async def _allow(self, name: str, properties: dict[str, Any]) -> None:
        if policy := properties.get("Policy"):
            await self.call("events", "PutPermission", {"EventBusName": name, "Policy": json.dumps(policy)})


class ArchiveType(ResourceType):
    type = "AWS::Events::Archive"
    properties = {
        "ArchiveName": ENFORCED,
        "Description": STORED,
        "EventPattern": ENFORCED,
        "RetentionDays": ENFORCED,
        "SourceArn": ENFORCED,
    }
    replaces = frozenset({"ArchiveName", "SourceArn"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("ArchiveName") or wish.name[:48]
        call = {"ArchiveName": name, "EventSourceArn": wish.properties["SourceArn"], **_kept(wish.properties)}
        return Physical(name, {"Arn": (await self.call("events", "CreateArchive", call))["ArchiveArn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self.call("events", "UpdateArchive", {"ArchiveName": physical.id, **_kept(wish.properties)})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("events", "DeleteArchive", {"ArchiveName": physical.id}))


class EventBusPolicyType(ResourceType):
    type = "AWS::Events::EventBusPolicy"
    properties = dict.fromkeys(("Action", "Condition", "EventBusName", "Principal", "Statement", "StatementId"), STORED)
    replaces = frozenset({"EventBusName", "StatementId"})

    async def create(self, wish: Wish) -> Physical:
        await self._allow(wish.properties)
        return Physical(f"{wish.properties.get('EventBusName', 'default')}|{wish.properties['StatementId']}")

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._allow(wish.properties)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        bus, _, statement = physical.id.partition("|")
        await unless_gone(
            self.call("events", "RemovePermission", {"EventBusName": bus, "StatementId": statement})
        )  # fmt: skip

    async def _allow(self, properties: dict[str, Any]) -> None:
        wish = {"EventBusName": properties.get("EventBusName", "default")}
        if statement := properties.get("Statement"):
            whole = {"Version": "2012-10-17", "Statement": [{"Sid": properties["StatementId"], **statement}]}
            wish["Policy"] = json.dumps(whole)
        else:
            wish |= {name: properties[name] for name in ("Action", "Principal", "Condition") if name in properties}
            wish["StatementId"] = properties["StatementId"]
        await self.call("events", "PutPermission", wish)


class RuleType(ResourceType):
    type = "AWS::Events::Rule"
    properties = {
        **dict.fromkeys(("EventBusName", "EventPattern", "Name", "ScheduleExpression", "State", "Targets"), ENFORCED),
        "Description": STORED,
        "RoleArn": STORED,
        "Tags": STORED,
    }
    replaces = frozenset({"EventBusName", "Name"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("Name") or wish.name[:64]
        arn = await self._put(name, wish.properties, {**wish.tags, **tags_of(wish.properties)})
        bus = _bus(wish.properties)
        return Physical(name if bus == "default" else f"{bus}|{name}", {"Arn": arn})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        name = physical.id.rpartition("|")[2]
        kept = {target["Id"] for target in wish.properties.get("Targets") or ()}
        gone = [target["Id"] for target in old.get("Targets") or () if target["Id"] not in kept]
        if gone:
            call = {"Rule": name, "Ids": gone, "EventBusName": _bus(wish.properties)}
            await self.call("events", "RemoveTargets", call)
        await self._put(name, wish.properties, {})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        place = {"EventBusName": _bus(properties)}
        name = physical.id.rpartition("|")[2]
        ids = [target["Id"] for target in properties.get("Targets") or ()]
        if ids:
            await unless_gone(self.call("events", "RemoveTargets", {"Rule": name, "Ids": ids, **place}))
        await unless_gone(self.call("events", "DeleteRule", {"Name": name, **place}))

    async def _put(self, name: str, properties: dict[str, Any], tags: dict[str, str]) -> str:
        wish = {"Name": name, "EventBusName": _bus(properties), "State": properties.get("State", "ENABLED")}
        for key in ("ScheduleExpression", "Description", "RoleArn"):
            if key in properties:
                wish[key] = properties[key]
        if "EventPattern" in properties:
            pattern = properties["EventPattern"]
            wish["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
        if tags:
            wish["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        arn: str = (await self.call("events", "PutRule", wish))["RuleArn"]
        if targets := properties.get("Targets"):
            call = {"Rule": name, "EventBusName": _bus(properties), "Targets": [_target(each) for each in targets]}
            await self.call("events", "PutTargets", call)
        return arn


def _kept(properties: dict[str, Any]) -> dict[str, Any]:
    """What an archive keeps, and how long."""
    call: dict[str, Any] = {"Description": properties.get("Description", "")}
    if pattern := properties.get("EventPattern"):
        call["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    return {**call, "RetentionDays": int(properties.get("RetentionDays", 0))}


def _bus(properties: dict[str, Any]) -> str:
    return str(properties.get("EventBusName") or "default")


def _target(wish: dict[str, Any]) -> dict[str, Any]:
    """Numbers in a template may be texts."""
    policy = {name: int(value) for name, value in (wish.get("RetryPolicy") or {}).items()}
    return {**wish, **({"RetryPolicy": policy} if policy else {})}
