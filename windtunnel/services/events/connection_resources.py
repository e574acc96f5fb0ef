"""AWS::Events::Connection and AWS::Events::ApiDestination in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, unless_gone


class ConnectionType(ResourceType):
    type = "AWS::Events::Connection"
    properties = {"AuthParameters": ENFORCED, "AuthorizationType": ENFORCED, "Description": STORED, "Name": ENFORCED}
    replaces = frozenset({"Name"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("Name") or wish.name[:64]
        arn = (await self.call("events", "CreateConnection", {**wish.properties, "Name": name}))["ConnectionArn"]
        secret = (await self.call("events", "DescribeConnection", {"Name": name}))["SecretArn"]
        return Physical(name, {"Arn": arn, "SecretArn": secret})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self.call("events", "UpdateConnection", {**wish.properties, "Name": physical.id})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("events", "DeleteConnection", {"Name": physical.id}))


class ApiDestinationType(ResourceType):
    type = "AWS::Events::ApiDestination"
    properties = {
        **dict.fromkeys(
            ("ConnectionArn", "HttpMethod", "InvocationEndpoint", "InvocationRateLimitPerSecond", "Name"), ENFORCED
        ),
        "Description": STORED,
    }
    replaces = frozenset({"Name"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("Name") or wish.name[:64]
        made = await self.call("events", "CreateApiDestination", {**_members(wish.properties), "Name": name})
        return Physical(name, {"Arn": made["ApiDestinationArn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self.call("events", "UpdateApiDestination", {**_members(wish.properties), "Name": physical.id})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("events", "DeleteApiDestination", {"Name": physical.id}))


def _members(properties: dict[str, Any]) -> dict[str, Any]:
    """A number in a template may be a text."""
    rate = properties.get("InvocationRateLimitPerSecond")
    return {**properties, **({"InvocationRateLimitPerSecond": int(rate)} if rate is not None else {})}
