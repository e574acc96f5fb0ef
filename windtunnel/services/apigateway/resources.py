"""AWS::ApiGateway::*: APIs and their resources in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone
from windtunnel.services.apigateway.patches import truth

Changes = list[dict[str, str]]


class RestApiType(ResourceType):
    type = "AWS::ApiGateway::RestApi"
    properties = {
        "ApiKeySourceType": ENFORCED,
        "BinaryMediaTypes": ENFORCED,
        "Body": ENFORCED,
        "Description": STORED,
        "DisableExecuteApiEndpoint": ENFORCED,
        "EndpointConfiguration": STORED,
        "FailOnWarnings": STORED,
        "MinimumCompressionSize": STORED,
        "Mode": ENFORCED,
        "Name": ENFORCED,
        "Parameters": ENFORCED,
        "Policy": ENFORCED,
        "Tags": STORED,
    }

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        tags = {**wish.tags, **tags_of(given)}
        if "Body" in given:
            made = await self.call("apigateway", "ImportRestApi", _document(given))
            await self.call("apigateway", "TagResource", {"resourceArn": _arn(wish, made["id"]), "tags": tags})
            await self._overlay(made["id"], given)
        else:
            made = await self.call("apigateway", "CreateRestApi", {**_members(given, wish.name), "tags": tags})
        return Physical(made["id"], {"RestApiId": made["id"], "RootResourceId": made["rootResourceId"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        given = wish.properties
        if "Body" in given and given["Body"] != old.get("Body"):
            wanted = {"restApiId": physical.id, "mode": given.get("Mode", "overwrite"), **_document(given)}
            await self.call("apigateway", "PutRestApi", wanted)
        await self._overlay(physical.id, given)
        arn = _arn(wish, physical.id)
        if gone := [key for key in tags_of(old) if key not in tags_of(given)]:
            await self.call("apigateway", "UntagResource", {"resourceArn": arn, "tagKeys": gone})
        if tags_of(given):
            await self.call("apigateway", "TagResource", {"resourceArn": arn, "tags": tags_of(given)})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("apigateway", "DeleteRestApi", {"restApiId": physical.id}))

    async def _overlay(self, api_id: str, given: dict[str, Any]) -> None:
        """Properties beside the body win over it."""
        changes: Changes = []
        for name, path in (
            ("Name", "/name"), ("Description", "/description"), ("ApiKeySourceType", "/apiKeySource"),
            ("MinimumCompressionSize", "/minimumCompressionSize"),
            ("DisableExecuteApiEndpoint", "/disableExecuteApiEndpoint"),
        ):  # fmt: skip
            if name in given:
                changes.append(replaced(path, given[name]))
        if "Policy" in given:
            changes.append(replaced("/policy", json.dumps(given["Policy"])))
        types = (given.get("EndpointConfiguration") or {}).get("Types")
        if types:
            changes.append(replaced("/endpointConfiguration/types/EDGE", types[0]))
        for kind in given.get("BinaryMediaTypes") or ():
            escaped = kind.replace("~1", "/").replace("~", "~0").replace("/", "~1")
            changes.append({"op": "add", "path": f"/binaryMediaTypes/{escaped}"})
        if changes:
            await self.call("apigateway", "UpdateRestApi", {"restApiId": api_id, "patchOperations": changes})


class ResourceNodeType(ResourceType):
    type = "AWS::ApiGateway::Resource"
    properties = dict.fromkeys(("ParentId", "PathPart", "RestApiId"), ENFORCED)
    replaces = frozenset(properties)

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        wanted = {"restApiId": given["RestApiId"], "parentId": given["ParentId"], "pathPart": given["PathPart"]}
        made = await self.call("apigateway", "CreateResource", wanted)
        return Physical(made["id"], {"ResourceId": made["id"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"restApiId": properties["RestApiId"], "resourceId": physical.id}
        await unless_gone(self.call("apigateway", "DeleteResource", wanted))


def replaced(path: str, value: Any) -> dict[str, str]:
    """The patch that sets a value."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return {"op": "replace", "path": path, "value": text}


def lowered(given: dict[str, Any]) -> dict[str, Any]:
    """Properties as the API calls their members: the first letter small."""
    return {name[0].lower() + name[1:]: value for name, value in given.items()}


def _arn(wish: Wish, api_id: str) -> str:
    return f"arn:aws:apigateway:{wish.region}::/restapis/{api_id}"


def _document(given: dict[str, Any]) -> dict[str, Any]:
    body = dict(given["Body"])
    if given.get("Name"):
        body["info"] = {**(body.get("info") or {}), "title": given["Name"]}
    wanted: dict[str, Any] = {"body": json.dumps(body).encode()}
    if given.get("Parameters"):
        wanted["parameters"] = {name: str(value) for name, value in given["Parameters"].items()}
    return wanted


def _members(given: dict[str, Any], name: str) -> dict[str, Any]:
    members: dict[str, Any] = {"name": given.get("Name", name)}
    if "ApiKeySourceType" in given:
        members["apiKeySource"] = given["ApiKeySourceType"]
    if "BinaryMediaTypes" in given:
        members["binaryMediaTypes"] = [kind.replace("~1", "/") for kind in given["BinaryMediaTypes"]]
    if "Description" in given:
        members["description"] = given["Description"]
    if "DisableExecuteApiEndpoint" in given:
        members["disableExecuteApiEndpoint"] = truth(given["DisableExecuteApiEndpoint"])
    if "EndpointConfiguration" in given:
        members["endpointConfiguration"] = lowered(given["EndpointConfiguration"])
    if "MinimumCompressionSize" in given:
        members["minimumCompressionSize"] = int(given["MinimumCompressionSize"])
    if "Policy" in given:
        members["policy"] = json.dumps(given["Policy"])
    return members
