"""AWS::ApiGateway::*: models, request validators, authorizers and gateway responses in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, unless_gone
from windtunnel.services.apigateway.patches import truth
from windtunnel.services.apigateway.resources import lowered, replaced


class ModelType(ResourceType):
    type = "AWS::ApiGateway::Model"
    properties = {
        **dict.fromkeys(("ContentType", "Name", "RestApiId", "Schema"), ENFORCED),
        "Description": STORED,
    }
    replaces = frozenset({"ContentType", "Name", "RestApiId"})

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        name = given.get("Name") or "".join(letter for letter in wish.name if letter.isalnum())
        wanted: dict[str, Any] = {
            "restApiId": given["RestApiId"],
            "name": name,
            "contentType": given.get("ContentType", "application/json"),
            "schema": _schema(given.get("Schema")),
        }
        if "Description" in given:
            wanted["description"] = given["Description"]
        await self.call("apigateway", "CreateModel", wanted)
        return Physical(name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        given = wish.properties
        changes = [replaced("/schema", _schema(given.get("Schema")))]
        changes.append(replaced("/description", given.get("Description", "")))
        wanted = {"restApiId": given["RestApiId"], "modelName": physical.id, "patchOperations": changes}
        await self.call("apigateway", "UpdateModel", wanted)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"restApiId": properties["RestApiId"], "modelName": physical.id}
        await unless_gone(self.call("apigateway", "DeleteModel", wanted))


class RequestValidatorType(ResourceType):
    type = "AWS::ApiGateway::RequestValidator"
    properties = {
        **dict.fromkeys(("RestApiId", "ValidateRequestBody", "ValidateRequestParameters"), ENFORCED),
        "Name": STORED,
    }
    replaces = frozenset({"Name", "RestApiId"})

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        wanted = {"restApiId": given["RestApiId"], "name": given.get("Name", wish.name), **_looked_at(given)}
        made = await self.call("apigateway", "CreateRequestValidator", wanted)
        return Physical(made["id"], {"RequestValidatorId": made["id"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        changes = [replaced(f"/{name}", value) for name, value in _looked_at(wish.properties).items()]
        place = {"restApiId": wish.properties["RestApiId"], "requestValidatorId": physical.id}
        await self.call("apigateway", "UpdateRequestValidator", {**place, "patchOperations": changes})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"restApiId": properties["RestApiId"], "requestValidatorId": physical.id}
        await unless_gone(self.call("apigateway", "DeleteRequestValidator", wanted))


class AuthorizerType(ResourceType):
    type = "AWS::ApiGateway::Authorizer"
    properties = {
        **dict.fromkeys(("AuthorizerResultTtlInSeconds", "AuthorizerUri", "IdentitySource"), ENFORCED),
        **dict.fromkeys(("IdentityValidationExpression", "Name", "RestApiId", "Type"), ENFORCED),
        **dict.fromkeys(("AuthType", "AuthorizerCredentials"), STORED),
    }
    replaces = frozenset({"RestApiId"})

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("apigateway", "CreateAuthorizer", _authorizer(wish.properties))
        return Physical(made["id"], {"AuthorizerId": made["id"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        members = _authorizer(wish.properties)
        api_id = members.pop("restApiId")
        changes = [replaced(f"/{name}", value) for name, value in members.items()]
        wanted = {"restApiId": api_id, "authorizerId": physical.id, "patchOperations": changes}
        await self.call("apigateway", "UpdateAuthorizer", wanted)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"restApiId": properties["RestApiId"], "authorizerId": physical.id}
        await unless_gone(self.call("apigateway", "DeleteAuthorizer", wanted))


class GatewayResponseType(ResourceType):
    type = "AWS::ApiGateway::GatewayResponse"
    properties = dict.fromkeys(
        ("ResponseParameters", "ResponseTemplates", "ResponseType", "RestApiId", "StatusCode"), ENFORCED
    )
    replaces = frozenset({"ResponseType", "RestApiId"})

    async def create(self, wish: Wish) -> Physical:
        await self._put(wish.properties)
        return Physical(wish.name, {"Id": wish.name})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._put(wish.properties)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"restApiId": properties["RestApiId"], "responseType": properties["ResponseType"]}
        await unless_gone(self.call("apigateway", "DeleteGatewayResponse", wanted))

    async def _put(self, given: dict[str, Any]) -> None:
        wanted = lowered(given)
        if "statusCode" in wanted:
            wanted["statusCode"] = str(wanted["statusCode"])
        await self.call("apigateway", "PutGatewayResponse", wanted)


def _schema(schema: Any) -> str:
    return schema if isinstance(schema, str) else json.dumps(schema or {"type": "object"})


def _looked_at(given: dict[str, Any]) -> dict[str, bool]:
    return {
        "validateRequestBody": truth(given.get("ValidateRequestBody", False)),
        "validateRequestParameters": truth(given.get("ValidateRequestParameters", False)),
    }


def _authorizer(given: dict[str, Any]) -> dict[str, Any]:
    members = lowered(given)
    if "authorizerResultTtlInSeconds" in members:
        members["authorizerResultTtlInSeconds"] = int(members["authorizerResultTtlInSeconds"])
    return members
