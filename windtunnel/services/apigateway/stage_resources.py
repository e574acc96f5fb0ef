"""AWS::ApiGateway::*: deployments and stages in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone
from windtunnel.services.apigateway.patches import truth
from windtunnel.services.apigateway.resources import Changes, replaced

_SETTINGS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


class DeploymentType(ResourceType):
    type = "AWS::ApiGateway::Deployment"
    properties = {"Description": STORED, "RestApiId": ENFORCED, "StageDescription": STORED, "StageName": ENFORCED}
    replaces = frozenset({"RestApiId"})

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        wanted: dict[str, Any] = {"restApiId": given["RestApiId"]}
        for name in ("Description", "StageName"):
            if name in given:
                wanted[name[0].lower() + name[1:]] = given[name]
        made = await self.call("apigateway", "CreateDeployment", wanted)
        return Physical(made["id"], {"DeploymentId": made["id"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        changes = [replaced("/description", wish.properties.get("Description", ""))]
        wanted = {"restApiId": wish.properties["RestApiId"], "deploymentId": physical.id, "patchOperations": changes}
        await self.call("apigateway", "UpdateDeployment", wanted)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        api_id, stage = properties["RestApiId"], properties.get("StageName")
        if stage:
            await self._free(api_id, stage, physical.id)
        wanted = {"restApiId": api_id, "deploymentId": physical.id}
        await unless_gone(self.call("apigateway", "DeleteDeployment", wanted))

    async def _free(self, api_id: str, stage: str, deployment: str) -> None:
        """The stage that came with the deployment goes with it, unless it serves another one by now."""
        try:
            found = await self.call("apigateway", "GetStage", {"restApiId": api_id, "stageName": stage})
        except ApiError:
            return
        if found["deploymentId"] == deployment:
            await unless_gone(self.call("apigateway", "DeleteStage", {"restApiId": api_id, "stageName": stage}))


class StageType(ResourceType):
    type = "AWS::ApiGateway::Stage"
    properties = {
        **dict.fromkeys(("DeploymentId", "RestApiId", "StageName", "Variables"), ENFORCED),
        **dict.fromkeys(("AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "ClientCertificateId"), STORED),
        **dict.fromkeys(("Description", "MethodSettings", "Tags", "TracingEnabled"), STORED),
    }
    replaces = frozenset({"RestApiId", "StageName"})

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        wanted: dict[str, Any] = {
            "restApiId": given["RestApiId"],
            "stageName": given["StageName"],
            "deploymentId": given["DeploymentId"],
            "tags": {**wish.tags, **tags_of(given)},
        }
        if "Variables" in given:
            wanted["variables"] = {name: str(value) for name, value in given["Variables"].items()}
        if "CacheClusterEnabled" in given:
            wanted["cacheClusterEnabled"] = truth(given["CacheClusterEnabled"])
        await self.call("apigateway", "CreateStage", wanted)
        await self._change(given, _changes(given))
        return Physical(given["StageName"])

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        given = wish.properties
        changes = [replaced("/deploymentId", given["DeploymentId"])]
        variables = given.get("Variables") or {}
        changes += [replaced(f"/variables/{name}", value) for name, value in variables.items()]
        gone = [name for name in old.get("Variables") or () if name not in variables]
        changes += [{"op": "remove", "path": f"/variables/{name}"} for name in gone]
        await self._change(given, changes + _changes(given))
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"restApiId": properties["RestApiId"], "stageName": properties["StageName"]}
        await unless_gone(self.call("apigateway", "DeleteStage", wanted))

    async def _change(self, given: dict[str, Any], changes: Changes) -> None:
        if changes:
            wanted = {"restApiId": given["RestApiId"], "stageName": given["StageName"], "patchOperations": changes}
            await self.call("apigateway", "UpdateStage", wanted)


def _changes(given: dict[str, Any]) -> Changes:
    changes: Changes = []
    for name, path in (
        ("Description", "/description"),
        ("TracingEnabled", "/tracingEnabled"),
        ("CacheClusterSize", "/cacheClusterSize"),
        ("ClientCertificateId", "/clientCertificateId"),
    ):
        if name in given:
            changes.append(replaced(path, given[name]))
    logging = given.get("AccessLogSetting") or {}
    for name, path in (("DestinationArn", "destinationArn"), ("Format", "format")):
        if name in logging:
            changes.append(replaced(f"/accessLogSettings/{path}", logging[name]))
    for setting in given.get("MethodSettings") or ():
        resource = setting.get("ResourcePath", "/*").lstrip("/") or "~1"
        escaped = resource if resource in ("*", "~1") else f"~1{resource.replace('/', '~1')}"
        place = f"/{escaped}/{setting.get('HttpMethod', '*')}"
        changes += [replaced(f"{place}/{path}", setting[name]) for name, path in _SETTINGS.items() if name in setting]
    return changes
