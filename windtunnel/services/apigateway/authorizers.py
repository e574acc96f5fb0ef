"""Operations on authorizers: functions that say who may call a method."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.requests import function_of
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Part
from windtunnel.services.apigateway.rest_apis import RestApiTables

_UNKNOWN = "Invalid Authorizer identifier specified"
_SOURCE = re.compile(r"(?:method\.request\.(?:header|querystring)|context|stageVariables)\.\S+")


class Authorizers(RestApiTables):
    def create_authorizer(
        self, ctx, restApiId, name, type, authType=None, authorizerUri=None, authorizerCredentials=None,
        identitySource=None, identityValidationExpression=None, authorizerResultTtlInSeconds=None,
    ):  # fmt: skip
        if restApiId not in self.apis:
            raise ApiError("ConflictException", "Unable to complete operation due to concurrent modification. Please try again "
                "later.")  # fmt: skip
        given = {
            "name": name, "type": type, "authType": authType or "custom", "authorizerUri": authorizerUri,
            "authorizerCredentials": authorizerCredentials, "identitySource": identitySource,
            "identityValidationExpression": identityValidationExpression,
            "authorizerResultTtlInSeconds": authorizerResultTtlInSeconds,
        }  # fmt: skip
        return self.make(restApiId, {k: v for k, v in given.items() if v is not None}).members

    def make(self, api_id: str, members: dict[str, Any]) -> Part:
        members = {"id": self.new_id(6), **members}
        _check(members)
        if any(each.members["name"] == members["name"] for each in self.authorizers.all(api_id)):
            raise ApiError("BadRequestException", f"Authorizer name must be unique. Authorizer {members['name']} already exists "
                "in this RestApi.")  # fmt: skip
        return self.authorizers.put(Part(api=api_id, key=members["id"], members=members))

    def get_authorizer(self, ctx, restApiId, authorizerId):
        return self.part(self.authorizers, restApiId, authorizerId, _UNKNOWN).members

    def get_authorizers(self, ctx, restApiId, position=None, limit=None):
        self.api_with(restApiId)
        return self.paged([each.members for each in self.authorizers.all(restApiId)], limit, position)

    def update_authorizer(self, ctx, restApiId, authorizerId, patchOperations=None):
        record = self.part(self.authorizers, restApiId, authorizerId, _UNKNOWN)
        names = (
            "name",
            "type",
            "authorizerUri",
            "authorizerCredentials",
            "identitySource",
            "identityValidationExpression",
        )
        plain: dict[str, patches.Convert] = {f"/{name}": patches.text for name in (*names, "authType")}
        members = patches.patched(record.members, patchOperations, {**plain, "/authorizerResultTtlInSeconds": int})
        _check(members)
        self.noun("Execution").forget_decisions(restApiId)
        return self.authorizers.put(replace(record, members=members)).members

    def delete_authorizer(self, ctx, restApiId, authorizerId):
        self.part(self.authorizers, restApiId, authorizerId, _UNKNOWN)
        if any(method.members.get("authorizerId") == authorizerId for method in self.methods.all(restApiId)):
            raise ApiError("ConflictException", f"Cannot delete authorizer '{authorizerId}', is referenced in method")
        self.authorizers.delete(restApiId, authorizerId)

    def flush_stage_authorizers_cache(self, ctx, restApiId, stageName):
        self.noun("Stages").stage_with(restApiId, stageName)
        self.noun("Execution").forget_decisions(restApiId)


def _check(members: dict[str, Any]) -> None:
    kind = members["type"]
    if kind not in ("TOKEN", "REQUEST"):
        raise NotImplementedHere(f"The authorizer type {kind} of apigateway:CreateAuthorizer")
    if function_of(members.get("authorizerUri") or "") is None:
        raise ApiError("BadRequestException", "Invalid Authorizer URI: the ARN must be that of a Lambda function")
    if kind == "TOKEN" and not members.get("identitySource"):
        members["identitySource"] = "method.request.header.Authorization"
    sources = [each.strip() for each in (members.get("identitySource") or "").split(",") if each.strip()]
    if any(_SOURCE.fullmatch(each) is None for each in sources):
        raise ApiError("BadRequestException", f"Invalid identity source: {members['identitySource']}")
    if not sources and members.get("authorizerResultTtlInSeconds", 300):
        raise ApiError("BadRequestException", "Identity source is required when authorization caching is enabled")
