"""AWS::Scheduler::*: schedules and their groups in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone


class ScheduleGroupType(ResourceType):
    type = "AWS::Scheduler::ScheduleGroup"
    properties = {"Name": ENFORCED, "Tags": STORED}
    replaces = frozenset({"Name"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("Name") or wish.name[:64]
        tags = [{"Key": key, "Value": value} for key, value in {**wish.tags, **tags_of(wish.properties)}.items()]
        await self.call("scheduler", "CreateScheduleGroup", {"Name": name, "Tags": tags})
        group = await self.call("scheduler", "GetScheduleGroup", {"Name": name})
        times = {member: timestamps.iso(int(group[member])) for member in ("CreationDate", "LastModificationDate")}
        return Physical(name, {"Arn": group["Arn"], "State": group["State"], **times})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        arn = physical.attributes["Arn"]
        tags = {**wish.tags, **tags_of(wish.properties)}
        if gone := [key for key in tags_of(old) if key not in tags]:
            await self.call("scheduler", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        given = [{"Key": key, "Value": value} for key, value in tags.items()]
        await self.call("scheduler", "TagResource", {"ResourceArn": arn, "Tags": given})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("scheduler", "DeleteScheduleGroup", {"Name": physical.id}))


class ScheduleType(ResourceType):
    type = "AWS::Scheduler::Schedule"
    properties = {
        **dict.fromkeys(
            (
                "EndDate", "FlexibleTimeWindow", "GroupName", "Name", "ScheduleExpression", "ScheduleExpressionTimezone",
                "StartDate", "State", "Target",
            ),
            ENFORCED,
        ),
        "Description": STORED,
        "KmsKeyArn": STORED,
    }  # fmt: skip
    replaces = frozenset({"GroupName", "Name"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("Name") or wish.name[:64]
        made = await self.call("scheduler", "CreateSchedule", {"Name": name, **_members(wish.properties)})
        return Physical(name, {"Arn": made["ScheduleArn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self.call("scheduler", "UpdateSchedule", {"Name": physical.id, **_members(wish.properties)})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        place = {"GroupName": properties["GroupName"]} if properties.get("GroupName") else {}
        await unless_gone(self.call("scheduler", "DeleteSchedule", {"Name": physical.id, **place}))


def _members(properties: dict[str, Any]) -> dict[str, Any]:
    """Numbers and times in a template may be texts."""
    members = {key: value for key, value in properties.items() if key != "Name"}
    for name in ("StartDate", "EndDate"):
        if name in members:
            members[name] = timestamps.parse(str(members[name]))
    window = dict(members["FlexibleTimeWindow"])
    if "MaximumWindowInMinutes" in window:
        window["MaximumWindowInMinutes"] = int(window["MaximumWindowInMinutes"])
    target = dict(members["Target"])
    if "RetryPolicy" in target:
        target["RetryPolicy"] = {key: int(value) for key, value in target["RetryPolicy"].items()}
    return {**members, "FlexibleTimeWindow": window, "Target": target}
