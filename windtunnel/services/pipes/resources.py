"""AWS::Pipes::Pipe in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone

_NUMBERS = (
    "BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "ParallelizationFactor",
)  # fmt: skip


class PipeType(ResourceType):
    type = "AWS::Pipes::Pipe"
    properties = {
        **dict.fromkeys(
            ("DesiredState", "Enrichment", "EnrichmentParameters", "LogConfiguration", "Name", "Source", "SourceParameters", "Target", "TargetParameters"),
            ENFORCED,
        ),
        **dict.fromkeys(("Description", "RoleArn", "Tags"), STORED),
    }  # fmt: skip
    replaces = frozenset({"Name", "Source"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("Name") or wish.name[:64]
        tags = {**wish.tags, **tags_of(wish.properties)}
        made = await self.call("pipes", "CreatePipe", {**_members(wish.properties), "Name": name, "Tags": tags})
        return Physical(name, {"Arn": made["Arn"], "CurrentState": "RUNNING"})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        members = _members(wish.properties)
        members.pop("Source")
        members["SourceParameters"] = {
            name: value
            for name, value in members.get("SourceParameters", {}).items()
            if name == "FilterCriteria" or not _only_start(value)
        }
        for name in ("SourceParameters", "EnrichmentParameters", "TargetParameters"):
            if name in old and name not in members:
                members[name] = {}
        await self.call("pipes", "UpdatePipe", {**members, "Name": physical.id})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("pipes", "DeletePipe", {"Name": physical.id}))


def _only_start(own: dict[str, Any]) -> bool:
    return set(own) <= {"StartingPosition", "StartingPositionTimestamp"}


def _members(properties: dict[str, Any]) -> dict[str, Any]:
    """Numbers in a template may be texts."""
    members = {name: value for name, value in properties.items() if name not in ("Name", "Tags")}
    if "SourceParameters" in members:
        members["SourceParameters"] = {
            name: own
            if name == "FilterCriteria"
            else {key: int(value) if key in _NUMBERS else value for key, value in own.items()}
            for name, own in members["SourceParameters"].items()
        }
    return members
