"""Operations on authorizers: functions that say who may call a route."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.requests import function_of
from windtunnel.services.apigatewayv2.apis import HttpApiTables
from windtunnel.services.apigatewayv2.records import Authorizer

SOURCES = ("$request.header.", "$request.querystring.", "$context.", "$stageVariables.")


class Authorizers(HttpApiTables):
    def create_authorizer(
        self, ctx, ApiId, AuthorizerType, Name, IdentitySource=None, AuthorizerCredentialsArn=None,
        AuthorizerPayloadFormatVersion=None, AuthorizerResultTtlInSeconds=0, AuthorizerUri=None,
        EnableSimpleResponses=None,
    ):  # fmt: skip
        self.api_with(ApiId)
        given = {
            "AuthorizerCredentialsArn": AuthorizerCredentialsArn, "AuthorizerType": AuthorizerType,
            "AuthorizerPayloadFormatVersion": AuthorizerPayloadFormatVersion, "AuthorizerUri": AuthorizerUri,
            "AuthorizerResultTtlInSeconds": AuthorizerResultTtlInSeconds, "IdentitySource": IdentitySource or [],
            "EnableSimpleResponses": EnableSimpleResponses, "Name": Name,
        }  # fmt: skip
        return shown(self.make(ApiId, {k: v for k, v in given.items() if v is not None}))

    def make(self, api_id: str, members: dict[str, Any]) -> Authorizer:
        _check(members)
        if any(each.members["Name"] == members["Name"] for each in self.authorizers.all(api_id)):
            raise ApiError("BadRequestException", f"Authorizer name must be unique. Authorizer {members['Name']} already exists "
                "in this API.")  # fmt: skip
        made = self.authorizers.put(Authorizer(api=api_id, id=self.new_id(6), members=members))
        self.changed(api_id)
        return made

    def get_authorizer(self, ctx, ApiId, AuthorizerId):
        return shown(self.found(self.authorizers, ApiId, AuthorizerId, "Authorizer"))

    def get_authorizers(self, ctx, ApiId, MaxResults=None, NextToken=None):
        self.api_with(ApiId)
        return self.paged([shown(each) for each in self.authorizers.all(ApiId)], MaxResults, NextToken)

    def update_authorizer(
        self, ctx, ApiId, AuthorizerId, AuthorizerType=None, Name=None, IdentitySource=None,
        AuthorizerCredentialsArn=None, AuthorizerPayloadFormatVersion=None, AuthorizerResultTtlInSeconds=None,
        AuthorizerUri=None, EnableSimpleResponses=None,
    ):  # fmt: skip
        record = self.found(self.authorizers, ApiId, AuthorizerId, "Authorizer")
        given = {
            "AuthorizerCredentialsArn": AuthorizerCredentialsArn, "AuthorizerType": AuthorizerType,
            "AuthorizerPayloadFormatVersion": AuthorizerPayloadFormatVersion, "AuthorizerUri": AuthorizerUri,
            "AuthorizerResultTtlInSeconds": AuthorizerResultTtlInSeconds, "IdentitySource": IdentitySource,
            "EnableSimpleResponses": EnableSimpleResponses, "Name": Name,
        }  # fmt: skip
        members = {**record.members, **{k: v for k, v in given.items() if v is not None}}
        _check(members)
        record = self.authorizers.put(replace(record, members=members))
        self.noun("Execution").forget_decisions(ApiId)
        self.changed(ApiId)
        return shown(record)

    def delete_authorizer(self, ctx, ApiId, AuthorizerId):
        self.found(self.authorizers, ApiId, AuthorizerId, "Authorizer")
        used = [r.key for r in self.routes.all(ApiId) if r.members.get("AuthorizerId") == AuthorizerId]
        if used:
            raise ApiError(
                "ConflictException", f"Cannot delete authorizer '{AuthorizerId}', is referenced by route: {used[0]}"
            )
        self.authorizers.delete(ApiId, AuthorizerId)
        self.changed(ApiId)

    def reset_authorizers_cache(self, ctx, ApiId, StageName):
        self.found(self.stages, ApiId, StageName, "Stage")
        self.noun("Execution").forget_decisions(ApiId)


def _check(members: dict[str, Any]) -> None:
    if members["AuthorizerType"] != "REQUEST":
        raise NotImplementedHere("The authorizer type JWT of apigatewayv2:CreateAuthorizer")
    if members.get("AuthorizerPayloadFormatVersion") not in ("1.0", "2.0"):
        raise ApiError("BadRequestException", "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizers "
            "of HTTP APIs. Supported values are 1.0 and 2.0")  # fmt: skip
    if members.get("EnableSimpleResponses") and members["AuthorizerPayloadFormatVersion"] == "1.0":
        raise ApiError(
            "BadRequestException", "EnableSimpleResponses is only supported for AuthorizerPayloadFormatVersion 2.0"
        )
    if function_of(members.get("AuthorizerUri") or "") is None:
        raise ApiError("BadRequestException", "Invalid Authorizer URI specified")
    for source in members["IdentitySource"]:
        if not source.startswith(SOURCES):
            raise ApiError("BadRequestException", f"Identity source '{source}' is not valid")
    if members["AuthorizerResultTtlInSeconds"] and not members["IdentitySource"]:
        raise ApiError("BadRequestException", "Identity source is required when authorization caching is enabled")


def shown(record: Authorizer) -> dict[str, Any]:
    return {"AuthorizerId": record.id, **record.members}
