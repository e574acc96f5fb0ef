"""Operations on integrations: what a route hands its requests to."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.requests import function_of
from windtunnel.services.apigatewayv2.apis import HttpApiTables
from windtunnel.services.apigatewayv2.backends import SUBTYPES
from windtunnel.services.apigatewayv2.records import Integration

MAXIMUM_TIMEOUT_MS = 30_000


class Integrations(HttpApiTables):
    def create_integration(
        self, ctx, ApiId, IntegrationType, ConnectionType=None, CredentialsArn=None, Description=None,
        IntegrationMethod=None, IntegrationUri=None, PassthroughBehavior=None, PayloadFormatVersion=None,
        TimeoutInMillis=None, IntegrationSubtype=None, RequestParameters=None,
    ):  # fmt: skip
        self.api_with(ApiId)
        given = {
            "ConnectionType": ConnectionType, "CredentialsArn": CredentialsArn, "Description": Description,
            "IntegrationMethod": IntegrationMethod, "IntegrationType": IntegrationType, "IntegrationUri": IntegrationUri,
            "PassthroughBehavior": PassthroughBehavior, "PayloadFormatVersion": PayloadFormatVersion,
            "TimeoutInMillis": TimeoutInMillis, "IntegrationSubtype": IntegrationSubtype,
            "RequestParameters": RequestParameters,
        }  # fmt: skip
        return shown(self.make(ApiId, {k: v for k, v in given.items() if v is not None}))

    def make(self, api_id: str, members: dict[str, Any]) -> Integration:
        members = {"ConnectionType": "INTERNET", "TimeoutInMillis": MAXIMUM_TIMEOUT_MS, **members}
        if members["IntegrationType"] == "HTTP_PROXY" or members.get("IntegrationSubtype"):
            members.setdefault("PayloadFormatVersion", "1.0")
        self._check(members)
        if not members.get("IntegrationSubtype"):
            members.setdefault("IntegrationMethod", "POST")
        made = self.integrations.put(Integration(api=api_id, id=self.new_id(7), members=members))
        self.changed(api_id)
        return made

    def get_integration(self, ctx, ApiId, IntegrationId):
        return shown(self.found(self.integrations, ApiId, IntegrationId, "Integration"))

    def get_integrations(self, ctx, ApiId, MaxResults=None, NextToken=None):
        self.api_with(ApiId)
        return self.paged([shown(each) for each in self.integrations.all(ApiId)], MaxResults, NextToken)

    def update_integration(
        self, ctx, ApiId, IntegrationId, ConnectionType=None, CredentialsArn=None, Description=None,
        IntegrationMethod=None, IntegrationType=None, IntegrationUri=None, PassthroughBehavior=None,
        PayloadFormatVersion=None, TimeoutInMillis=None, IntegrationSubtype=None, RequestParameters=None,
    ):  # fmt: skip
        record = self.found(self.integrations, ApiId, IntegrationId, "Integration")
        given = {
            "ConnectionType": ConnectionType, "CredentialsArn": CredentialsArn, "Description": Description,
            "IntegrationMethod": IntegrationMethod, "IntegrationType": IntegrationType, "IntegrationUri": IntegrationUri,
            "PassthroughBehavior": PassthroughBehavior, "PayloadFormatVersion": PayloadFormatVersion,
            "TimeoutInMillis": TimeoutInMillis, "IntegrationSubtype": IntegrationSubtype,
            "RequestParameters": RequestParameters,
        }  # fmt: skip
        members = {**record.members, **{k: v for k, v in given.items() if v is not None}}
        self._check(members)
        record = self.integrations.put(replace(record, members=members))
        self.changed(ApiId)
        return shown(record)

    def _check(self, members: dict[str, Any]) -> None:
        _check(members)
        if members.get("IntegrationSubtype"):
            self.home.service(SUBTYPES[members["IntegrationSubtype"]][0])

    def delete_integration(self, ctx, ApiId, IntegrationId):
        self.found(self.integrations, ApiId, IntegrationId, "Integration")
        used = [r.key for r in self.routes.all(ApiId) if r.members.get("Target") == f"integrations/{IntegrationId}"]
        if used:
            raise ApiError(
                "ConflictException",
                f"Cannot delete Integration '{IntegrationId}' because it is referenced by a Route: {used[0]}",
            )
        self.integrations.delete(ApiId, IntegrationId)
        self.changed(ApiId)


def _check(members: dict[str, Any]) -> None:
    """What is not built is refused by name, what AWS itself refuses in AWS's words."""
    kind, subtype, uri = (
        members["IntegrationType"],
        members.get("IntegrationSubtype"),
        members.get("IntegrationUri") or "",
    )
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise NotImplementedHere(f"The integration type {kind} of apigatewayv2:CreateIntegration")
    if members["ConnectionType"] != "INTERNET":
        raise NotImplementedHere("The connection type VPC_LINK of apigatewayv2:CreateIntegration")
    if not members.get("PayloadFormatVersion"):
        raise ApiError(
            "BadRequestException", f"PayloadFormatVersion is a required parameter for integration type {kind}"
        )
    if members["PayloadFormatVersion"] not in ("1.0", "2.0"):
        raise ApiError("BadRequestException", "Invalid PayloadFormatVersion. Supported values are 1.0 and 2.0")
    if kind == "HTTP_PROXY":
        if not uri.startswith(("http://", "https://")):
            raise ApiError("BadRequestException", "Invalid HTTP endpoint specified for URI")
    elif subtype:
        if subtype not in SUBTYPES:
            raise NotImplementedHere(f"The integration subtype {subtype} of apigatewayv2:CreateIntegration")
        missing = [name for name in SUBTYPES[subtype][1] if name not in (members.get("RequestParameters") or {})]
        if missing:
            raise ApiError(
                "BadRequestException", f"Parameter {missing[0]} is required for integration subtype {subtype}"
            )
        if not members.get("CredentialsArn"):
            raise ApiError("BadRequestException", f"CredentialsArn is required for integration subtype {subtype}")
    elif function_of(uri) is None:
        raise ApiError("BadRequestException", "Invalid integration URI specified")
    if int(members["TimeoutInMillis"]) > MAXIMUM_TIMEOUT_MS:
        raise ApiError("BadRequestException", "Timeout should be between 50 ms and 30000 ms")


def shown(record: Integration) -> dict[str, Any]:
    return {"IntegrationId": record.id, **record.members}
