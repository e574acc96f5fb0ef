"""AWS::Logs::QueryDefinition: saved queries in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import STORED, Physical, ResourceType, Wish, unless_gone

_NAMES = {
    "Name": "name",
    "QueryString": "queryString",
    "LogGroupNames": "logGroupNames",
    "QueryLanguage": "queryLanguage",
}


class QueryDefinitionType(ResourceType):
    type = "AWS::Logs::QueryDefinition"
    properties = dict.fromkeys(_NAMES, STORED)

    async def create(self, wish: Wish) -> Physical:
        return await self._put(wish.properties, {})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return await self._put(wish.properties, {"queryDefinitionId": physical.id})

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("logs", "DeleteQueryDefinition", {"queryDefinitionId": physical.id}))

    async def _put(self, properties: dict[str, Any], known: dict[str, str]) -> Physical:
        members = {_NAMES[name]: value for name, value in properties.items()}
        made = await self.call("logs", "PutQueryDefinition", {**known, **members})
        return Physical(made["queryDefinitionId"], {"QueryDefinitionId": made["queryDefinitionId"]})
