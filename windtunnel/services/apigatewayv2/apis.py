"""Operations on HTTP APIs."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.operations import Operations
from windtunnel.kernel.tables import Table
from windtunnel.services.apigatewayv2.records import (
    DEFAULT,
    Api,
    Authorizer,
    Configuration,
    Deployment,
    Integration,
    Route,
    Stage,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class HttpApiTables(Operations, api="apigatewayv2"):
    """What the nouns of HTTP APIs share: the tables, finding things, and telling that an API changed."""

    apis = Table(Api, key="id")
    routes = Table(Route, key="id", within="api")
    integrations = Table(Integration, key="id", within="api")
    authorizers = Table(Authorizer, key="id", within="api")
    stages = Table(Stage, key="name", within="api")
    deployments = Table(Deployment, key="id", within="api")

    def api_with(self, api_id: str) -> Api:
        """Raises NotFoundException."""
        api = self.apis.get(api_id)
        if api is None:
            raise ApiError("NotFoundException", f"Invalid API identifier specified {self.home.account}:{api_id}")
        return api

    def found(self, rows: Any, api_id: str, key: str, what: str) -> Any:
        """A row of an API's; raises NotFoundException."""
        self.api_with(api_id)
        record = rows.get(api_id, key)
        if record is None:
            raise ApiError("NotFoundException", f"Invalid {what} identifier specified")
        return record

    def changed(self, api_id: str) -> None:
        """Something of the API changed: stages that deploy by themselves get a new deployment."""
        api = self.api_with(api_id)
        self.apis.put(replace(api, revision=api.revision + 1))
        for stage in self.stages.all(api_id):
            if stage.auto:
                self.stages.put(replace(stage, deployment=self.deployed_by_itself(stage)))

    def deployed_by_itself(self, stage: Stage) -> str:
        """The id of a new deployment in place of the one that the stage made before."""
        before = self.deployments.get(stage.api, stage.deployment)
        if before is not None and before.frozen is None:
            self.deployments.delete(stage.api, before.id)
        now = self.clock.now()
        text = "Automatic deployment triggered by changes to the Api configuration"
        return self.deployments.put(Deployment(api=stage.api, id=self.new_id(6), created_at=now, description=text)).id

    def configuration(self, api_id: str) -> Configuration:
        """What the API is at this moment."""
        return Configuration(
            tuple(self.routes.all(api_id)), tuple(self.integrations.all(api_id)), tuple(self.authorizers.all(api_id))
        )

    def new_id(self, length: int) -> str:
        return self.ids.text(length, _LETTERS)

    def paged(self, items: list[dict[str, Any]], size: str | None, token: str | None) -> dict[str, Any]:
        start, limit = int(token or 0), int(size or 100)
        page: dict[str, Any] = {"Items": items[start : start + limit]}
        if start + limit < len(items):
            page["NextToken"] = str(start + limit)
        return page


class Apis(HttpApiTables):
    inert = {
        "CreateApi.DisableSchemaValidation": "has no meaning for HTTP APIs",
        "CreateApi.ApiKeySelectionExpression": "has no meaning for HTTP APIs",
        "UpdateApi.DisableSchemaValidation": "has no meaning for HTTP APIs",
        "UpdateApi.ApiKeySelectionExpression": "has no meaning for HTTP APIs",
    }

    def create_api(
        self, ctx, Name, ProtocolType, CorsConfiguration=None, CredentialsArn=None, Description=None,
        DisableExecuteApiEndpoint=False, IpAddressType="ipv4", RouteKey=None, RouteSelectionExpression=None, Tags=None,
        Target=None, Version=None,
    ):  # fmt: skip
        if ProtocolType != "HTTP":
            raise NotImplementedHere("The protocol WEBSOCKET of apigatewayv2:CreateApi")
        members = {
            "Name": Name, "ProtocolType": "HTTP", "CorsConfiguration": CorsConfiguration or None,
            "Description": Description, "DisableExecuteApiEndpoint": DisableExecuteApiEndpoint,
            "IpAddressType": IpAddressType, "Version": Version,
            "RouteSelectionExpression": RouteSelectionExpression or "$request.method $request.path",
        }  # fmt: skip
        api = self.apis.put(
            Api(
                id=self.new_id(10),
                members={name: value for name, value in members.items() if value is not None},
                created_at=self.clock.now(),
                tags=Tags or {},
            )
        )
        if Target is not None:
            self._quick(api.id, RouteKey or DEFAULT, Target, CredentialsArn)
        elif RouteKey is not None:
            raise ApiError("BadRequestException", "Target must be specified if RouteKey is specified")
        return self.shown(self.api_with(api.id))

    def _quick(self, api_id: str, key: str, target: str, credentials: str | None) -> None:
        """Quick create: an integration, a route to it, and the stage `$default`."""
        made = self.noun("Integrations").make(
            api_id, {"IntegrationType": "AWS_PROXY", "IntegrationUri": target, "PayloadFormatVersion": "2.0",
            **({"CredentialsArn": credentials} if credentials else {})},
        )  # fmt: skip
        self.noun("Routes").make(api_id, {"RouteKey": key, "Target": f"integrations/{made.id}"})
        self.noun("Stages").make(api_id, DEFAULT, {}, auto=True, managed=True)

    def get_api(self, ctx, ApiId):
        return self.shown(self.api_with(ApiId))

    def get_apis(self, ctx, MaxResults=None, NextToken=None):
        return self.paged([self.shown(api) for api in self.apis.all()], MaxResults, NextToken)

    def update_api(
        self, ctx, ApiId, Name=None, CorsConfiguration=None, CredentialsArn=None, Description=None,
        DisableExecuteApiEndpoint=None, IpAddressType=None, RouteKey=None, RouteSelectionExpression=None, Target=None,
        Version=None,
    ):  # fmt: skip
        api = self.api_with(ApiId)
        given = {
            "Name": Name, "CorsConfiguration": CorsConfiguration, "Description": Description, "Version": Version,
            "DisableExecuteApiEndpoint": DisableExecuteApiEndpoint, "IpAddressType": IpAddressType,
            "RouteSelectionExpression": RouteSelectionExpression,
        }  # fmt: skip
        members = {**api.members, **{name: value for name, value in given.items() if value is not None}}
        self.apis.put(replace(api, members=members))
        if Target is not None:
            stage = self.stages.get(ApiId, DEFAULT)
            if stage is None or not stage.managed:
                raise ApiError(
                    "BadRequestException", "Target can only be updated for APIs that were created by quick create"
                )
            [route, *_] = self.routes.all(ApiId)
            integration = self.integrations.get(ApiId, route.members["Target"].rpartition("/")[2])
            self.integrations.put(replace(integration, members={**integration.members, "IntegrationUri": Target}))
        if RouteKey is not None and self.routes.count(ApiId):
            [route, *_] = self.routes.all(ApiId)
            self.routes.put(replace(route, key=RouteKey))
        self.changed(ApiId)
        return self.shown(self.api_with(ApiId))

    def delete_api(self, ctx, ApiId):
        self.api_with(ApiId)
        for rows in (self.routes, self.integrations, self.authorizers, self.stages, self.deployments):
            rows.clear(ApiId)
        self.apis.delete(ApiId)

    def delete_cors_configuration(self, ctx, ApiId):
        api = self.api_with(ApiId)
        self.apis.put(replace(api, members={k: v for k, v in api.members.items() if k != "CorsConfiguration"}))
        self.changed(ApiId)

    def shown(self, api: Api) -> dict[str, Any]:
        endpoint = self.home.cloud.endpoint
        if endpoint:
            scheme, _, authority = endpoint.partition("://")
            address = f"{scheme}://{api.id}.execute-api.localhost:{authority.rpartition(':')[2]}"
        else:
            address = f"https://{api.id}.execute-api.{self.home.region}.amazonaws.com"
        return {
            "ApiEndpoint": address,
            "ApiId": api.id,
            "ApiKeySelectionExpression": "$request.header.x-api-key",
            "CreatedDate": api.created_at,
            "Tags": api.tags,
            **api.members,
        }
