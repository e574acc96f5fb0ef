"""AWS::ApiGatewayV2::*: stages and deployments in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone
from windtunnel.services.apigatewayv2.resources import truth

_NUMBERS = {"ThrottlingBurstLimit": int, "ThrottlingRateLimit": float}


class StageType(ResourceType):
    type = "AWS::ApiGatewayV2::Stage"
    properties = {
        **dict.fromkeys(("ApiId", "AutoDeploy", "DeploymentId", "StageName", "StageVariables"), ENFORCED),
        **dict.fromkeys(("AccessLogSettings", "DefaultRouteSettings", "Description", "RouteSettings", "Tags"), STORED),
    }
    replaces = frozenset({"ApiId", "StageName"})

    async def create(self, wish: Wish) -> Physical:
        members = {**_stage(wish.properties), "Tags": {**wish.tags, **tags_of(wish.properties)}}
        await self.call("apigatewayv2", "CreateStage", members)
        return Physical(members["StageName"])

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        members = {"StageVariables": {}, "AutoDeploy": False, **_stage(wish.properties)}
        await self.call("apigatewayv2", "UpdateStage", members)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"ApiId": properties["ApiId"], "StageName": properties["StageName"]}
        await unless_gone(self.call("apigatewayv2", "DeleteStage", wish))


class DeploymentType(ResourceType):
    type = "AWS::ApiGatewayV2::Deployment"
    properties = {"ApiId": ENFORCED, "Description": STORED, "StageName": ENFORCED}
    replaces = frozenset({"ApiId"})

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("apigatewayv2", "CreateDeployment", dict(wish.properties))
        return Physical(made["DeploymentId"], {"DeploymentId": made["DeploymentId"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        about = {"Description": wish.properties.get("Description", "")}
        wanted = {"ApiId": wish.properties["ApiId"], "DeploymentId": physical.id, **about}
        await self.call("apigatewayv2", "UpdateDeployment", wanted)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"ApiId": properties["ApiId"], "DeploymentId": physical.id}
        await unless_gone(self.call("apigatewayv2", "DeleteDeployment", wish))


def _stage(given: dict[str, Any]) -> dict[str, Any]:
    members = {name: value for name, value in given.items() if name != "Tags"}
    if "AutoDeploy" in members:
        members["AutoDeploy"] = truth(members["AutoDeploy"])
    if "DefaultRouteSettings" in members:
        members["DefaultRouteSettings"] = _settings(members["DefaultRouteSettings"])
    if "RouteSettings" in members:
        members["RouteSettings"] = {key: _settings(each) for key, each in members["RouteSettings"].items()}
    if "StageVariables" in members:
        members["StageVariables"] = {name: str(value) for name, value in members["StageVariables"].items()}
    return members


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    settings = {k: _NUMBERS[k](v) if k in _NUMBERS else v for k, v in given.items()}
    return {k: truth(v) if k in ("DataTraceEnabled", "DetailedMetricsEnabled") else v for k, v in settings.items()}
