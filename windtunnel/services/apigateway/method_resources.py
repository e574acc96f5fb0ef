"""AWS::ApiGateway::Method: a method with its integration and responses, as one resource of a template."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, unless_gone
from windtunnel.services.apigateway.patches import truth
from windtunnel.services.apigateway.resources import lowered

_PLAIN = ("AuthorizationType", "AuthorizerId", "OperationName", "RequestModels", "RequestValidatorId")


class MethodType(ResourceType):
    type = "AWS::ApiGateway::Method"
    properties = {
        **dict.fromkeys(("ApiKeyRequired", "AuthorizationType", "AuthorizerId", "HttpMethod", "Integration"), ENFORCED),
        **dict.fromkeys(
            ("RequestModels", "RequestParameters", "RequestValidatorId", "ResourceId", "RestApiId"), ENFORCED
        ),
        "AuthorizationScopes": STORED,
        "MethodResponses": STORED,
        "OperationName": STORED,
    }
    replaces = frozenset({"HttpMethod", "ResourceId", "RestApiId"})

    async def create(self, wish: Wish) -> Physical:
        await self._put(wish.properties)
        place = _place(wish.properties)
        return Physical(f"{place['restApiId']}|{place['resourceId']}|{place['httpMethod']}")

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await unless_gone(self.call("apigateway", "DeleteMethod", _place(wish.properties)))
        await self._put(wish.properties)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("apigateway", "DeleteMethod", _place(properties)))

    async def _put(self, given: dict[str, Any]) -> None:
        place = _place(given)
        members = lowered({name: given[name] for name in _PLAIN if name in given})
        members.setdefault("authorizationType", "NONE")
        if "ApiKeyRequired" in given:
            members["apiKeyRequired"] = truth(given["ApiKeyRequired"])
        if "RequestParameters" in given:
            members["requestParameters"] = {name: truth(value) for name, value in given["RequestParameters"].items()}
        if "AuthorizationScopes" in given:
            members["authorizationScopes"] = given["AuthorizationScopes"]
        await self.call("apigateway", "PutMethod", {**place, **members})
        for response in given.get("MethodResponses") or ():
            wanted = lowered(response)
            wanted["statusCode"] = str(wanted["statusCode"])
            if "responseParameters" in wanted:
                wanted["responseParameters"] = {k: truth(v) for k, v in wanted["responseParameters"].items()}
            await self.call("apigateway", "PutMethodResponse", {**place, **wanted})
        if given.get("Integration"):
            await self._integrate(place, lowered(given["Integration"]))

    async def _integrate(self, place: dict[str, Any], integration: dict[str, Any]) -> None:
        responses = integration.pop("integrationResponses", None) or ()
        if "timeoutInMillis" in integration:
            integration["timeoutInMillis"] = int(integration["timeoutInMillis"])
        await self.call("apigateway", "PutIntegration", {**place, **integration})
        for response in responses:
            wanted = lowered(response)
            wanted["statusCode"] = str(wanted["statusCode"])
            await self.call("apigateway", "PutIntegrationResponse", {**place, **wanted})


def _place(given: dict[str, Any]) -> dict[str, Any]:
    return {"restApiId": given["RestApiId"], "resourceId": given["ResourceId"], "httpMethod": given["HttpMethod"]}
