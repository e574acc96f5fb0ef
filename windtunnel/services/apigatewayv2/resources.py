"""AWS::ApiGatewayV2::*: APIs, routes, integrations and authorizers in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone

_API = (
    "CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "IpAddressType", "Name", "RouteSelectionExpression",
    "Version",
)  # fmt: skip


class ApiType(ResourceType):
    type = "AWS::ApiGatewayV2::Api"
    properties = {
        **dict.fromkeys(_API, ENFORCED),
        "Body": ENFORCED,
        "ProtocolType": ENFORCED,
        "RouteKey": ENFORCED,
        "Target": ENFORCED,
        "CredentialsArn": STORED,
        "Description": STORED,
        "FailOnWarnings": STORED,
        "IpAddressType": STORED,
        "RouteSelectionExpression": STORED,
        "Tags": STORED,
        "Version": STORED,
    }
    replaces = frozenset({"ProtocolType"})

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        tags = {**wish.tags, **tags_of(given)}
        if "Body" in given:
            made = await self.call("apigatewayv2", "ImportApi", {"Body": _text(given["Body"])})
            await self._overlay(made["ApiId"], given)
            arn = f"arn:aws:apigateway:{wish.region}::/apis/{made['ApiId']}"
            await self.call("apigatewayv2", "TagResource", {"ResourceArn": arn, "Tags": tags})
        else:
            members = _api(given)
            members |= {k: given[k] for k in ("RouteKey", "Target", "CredentialsArn", "ProtocolType") if k in given}
            made = await self.call("apigatewayv2", "CreateApi", {"Name": wish.name[:128], **members, "Tags": tags})
        return Physical(made["ApiId"], {"ApiId": made["ApiId"], "ApiEndpoint": made["ApiEndpoint"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        given = wish.properties
        if "Body" in given:
            await self.call("apigatewayv2", "ReimportApi", {"ApiId": physical.id, "Body": _text(given["Body"])})
        elif "CorsConfiguration" in old and "CorsConfiguration" not in given:
            await self.call("apigatewayv2", "DeleteCorsConfiguration", {"ApiId": physical.id})
        await self._overlay(physical.id, given)
        arn = f"arn:aws:apigateway:{wish.region}::/apis/{physical.id}"
        if gone := [key for key in tags_of(old) if key not in tags_of(given)]:
            await self.call("apigatewayv2", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        await self.call("apigatewayv2", "TagResource", {"ResourceArn": arn, "Tags": tags_of(given)})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("apigatewayv2", "DeleteApi", {"ApiId": physical.id}))

    async def _overlay(self, api_id: str, given: dict[str, Any]) -> None:
        """Properties beside the body win over it."""
        members = _api(given)
        if members:
            await self.call("apigatewayv2", "UpdateApi", {"ApiId": api_id, **members})


class RouteType(ResourceType):
    type = "AWS::ApiGatewayV2::Route"
    properties = {
        **dict.fromkeys(
            ("ApiId", "ApiKeyRequired", "AuthorizationType", "AuthorizerId", "RouteKey", "Target"), ENFORCED
        ),
        "AuthorizationScopes": STORED,
        "OperationName": STORED,
    }
    replaces = frozenset({"ApiId"})

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("apigatewayv2", "CreateRoute", _route(wish.properties))
        return Physical(made["RouteId"], {"RouteId": made["RouteId"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        members = {"AuthorizationType": "NONE", **_route(wish.properties)}
        await self.call("apigatewayv2", "UpdateRoute", {"RouteId": physical.id, **members})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"ApiId": properties["ApiId"], "RouteId": physical.id}
        await unless_gone(self.call("apigatewayv2", "DeleteRoute", wish))


class IntegrationType(ResourceType):
    type = "AWS::ApiGatewayV2::Integration"
    properties = {
        **dict.fromkeys(("ApiId", "ConnectionType", "IntegrationType", "IntegrationUri"), ENFORCED),
        **dict.fromkeys(("CredentialsArn", "IntegrationMethod", "IntegrationSubtype", "RequestParameters"), ENFORCED),
        "PayloadFormatVersion": ENFORCED,
        "TimeoutInMillis": ENFORCED,
        "Description": STORED,
        "PassthroughBehavior": STORED,
    }
    replaces = frozenset({"ApiId"})

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("apigatewayv2", "CreateIntegration", _integration(wish.properties))
        return Physical(made["IntegrationId"], {"IntegrationId": made["IntegrationId"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        members = {"TimeoutInMillis": 30_000, **_integration(wish.properties)}
        await self.call("apigatewayv2", "UpdateIntegration", {"IntegrationId": physical.id, **members})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"ApiId": properties["ApiId"], "IntegrationId": physical.id}
        await unless_gone(self.call("apigatewayv2", "DeleteIntegration", wish))


class AuthorizerType(ResourceType):
    type = "AWS::ApiGatewayV2::Authorizer"
    properties = {
        **dict.fromkeys(("ApiId", "AuthorizerPayloadFormatVersion", "AuthorizerResultTtlInSeconds"), ENFORCED),
        **dict.fromkeys(
            ("AuthorizerType", "AuthorizerUri", "EnableSimpleResponses", "IdentitySource", "Name"), ENFORCED
        ),
        "AuthorizerCredentialsArn": STORED,
    }
    replaces = frozenset({"ApiId"})

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("apigatewayv2", "CreateAuthorizer", _authorizer(wish.properties))
        return Physical(made["AuthorizerId"], {"AuthorizerId": made["AuthorizerId"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        members = {"AuthorizerResultTtlInSeconds": 0, **_authorizer(wish.properties)}
        await self.call("apigatewayv2", "UpdateAuthorizer", {"AuthorizerId": physical.id, **members})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"ApiId": properties["ApiId"], "AuthorizerId": physical.id}
        await unless_gone(self.call("apigatewayv2", "DeleteAuthorizer", wish))


def truth(value: Any) -> bool:
    """Booleans of templates may be text."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def _api(given: dict[str, Any]) -> dict[str, Any]:
    members = {name: given[name] for name in _API if name in given}
    if "DisableExecuteApiEndpoint" in members:
        members["DisableExecuteApiEndpoint"] = truth(members["DisableExecuteApiEndpoint"])
    cors = members.get("CorsConfiguration")
    if cors:
        members["CorsConfiguration"] = {**cors, **({"MaxAge": int(cors["MaxAge"])} if "MaxAge" in cors else {})}
        if "AllowCredentials" in cors:
            members["CorsConfiguration"]["AllowCredentials"] = truth(cors["AllowCredentials"])
    return members


def _route(given: dict[str, Any]) -> dict[str, Any]:
    return {k: truth(v) if k == "ApiKeyRequired" else v for k, v in given.items()}


def _integration(given: dict[str, Any]) -> dict[str, Any]:
    texts = {k: str(v) if k == "PayloadFormatVersion" else v for k, v in given.items()}
    return {k: int(v) if k == "TimeoutInMillis" else v for k, v in texts.items()}


def _authorizer(given: dict[str, Any]) -> dict[str, Any]:
    members = dict(given)
    if "AuthorizerResultTtlInSeconds" in members:
        members["AuthorizerResultTtlInSeconds"] = int(members["AuthorizerResultTtlInSeconds"])
    if "EnableSimpleResponses" in members:
        members["EnableSimpleResponses"] = truth(members["EnableSimpleResponses"])
    if "AuthorizerPayloadFormatVersion" in members:
        members["AuthorizerPayloadFormatVersion"] = str(members["AuthorizerPayloadFormatVersion"])
    return members
