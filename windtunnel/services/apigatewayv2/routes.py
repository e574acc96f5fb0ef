"""Operations on routes: which method and path goes to which integration."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigatewayv2.apis import HttpApiTables
from windtunnel.services.apigatewayv2.records import DEFAULT, Route

_KEY = re.compile(r"(ANY|GET|PUT|POST|HEAD|PATCH|DELETE|OPTIONS) (/(?:[^{}\s]|\{[\w.:-]+\}|\{[\w.:-]+\+\}$)*)")


class Routes(HttpApiTables):
    inert = {
        "CreateRoute.ModelSelectionExpression": "has no meaning for HTTP APIs",
        "CreateRoute.RouteResponseSelectionExpression": "has no meaning for HTTP APIs",
        "UpdateRoute.ModelSelectionExpression": "has no meaning for HTTP APIs",
        "UpdateRoute.RouteResponseSelectionExpression": "has no meaning for HTTP APIs",
    }

    def create_route(
        self, ctx, ApiId, RouteKey, ApiKeyRequired=False, AuthorizationScopes=None, AuthorizationType="NONE",
        AuthorizerId=None, OperationName=None, Target=None,
    ):  # fmt: skip
        self.api_with(ApiId)
        given = {
            "RouteKey": RouteKey, "ApiKeyRequired": ApiKeyRequired, "AuthorizationScopes": AuthorizationScopes,
            "AuthorizationType": AuthorizationType, "AuthorizerId": AuthorizerId, "OperationName": OperationName,
            "Target": Target,
        }  # fmt: skip
        return shown(self.make(ApiId, {k: v for k, v in given.items() if v is not None}))

    def make(self, api_id: str, members: dict[str, Any]) -> Route:
        members = {"AuthorizationType": "NONE", "ApiKeyRequired": False, **members}
        key = members.pop("RouteKey")
        self._check(api_id, key, members, "")
        made = self.routes.put(Route(api=api_id, id=self.new_id(7), key=key, members=members))
        self.changed(api_id)
        return made

    def get_route(self, ctx, ApiId, RouteId):
        return shown(self.found(self.routes, ApiId, RouteId, "Route"))

    def get_routes(self, ctx, ApiId, MaxResults=None, NextToken=None):
        self.api_with(ApiId)
        return self.paged([shown(route) for route in self.routes.all(ApiId)], MaxResults, NextToken)

    def update_route(
        self, ctx, ApiId, RouteId, RouteKey=None, ApiKeyRequired=None, AuthorizationScopes=None, AuthorizationType=None,
        AuthorizerId=None, OperationName=None, Target=None,
    ):  # fmt: skip
        route = self.found(self.routes, ApiId, RouteId, "Route")
        given = {
            "ApiKeyRequired": ApiKeyRequired, "AuthorizationScopes": AuthorizationScopes,
            "AuthorizationType": AuthorizationType, "AuthorizerId": AuthorizerId, "OperationName": OperationName,
            "Target": Target,
        }  # fmt: skip
        members = {**route.members, **{k: v for k, v in given.items() if v is not None}}
        if members["AuthorizationType"] in ("NONE", "AWS_IAM"):
            members.pop("AuthorizerId", None)
        key = RouteKey or route.key
        self._check(ApiId, key, members, RouteId)
        route = self.routes.put(replace(route, key=key, members=members))
        self.changed(ApiId)
        return shown(route)

    def delete_route(self, ctx, ApiId, RouteId):
        self.found(self.routes, ApiId, RouteId, "Route")
        self.routes.delete(ApiId, RouteId)
        self.changed(ApiId)

    def _check(self, api_id: str, key: str, members: dict[str, Any], own_id: str) -> None:
        if key != DEFAULT and _KEY.fullmatch(key) is None:
            raise ApiError("BadRequestException", "The provided route key is not formatted properly for HTTP protocol. "
                "Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"")  # fmt: skip
        if any(route.key == key and route.id != own_id for route in self.routes.all(api_id)):
            raise ApiError("ConflictException", f"Route with key {key} already exists for this API")
        if members.get("ApiKeyRequired"):
            raise ApiError("BadRequestException", "ApiKeyRequired is not currently supported for HTTP APIs")
        target = members.get("Target")
        if target and self.integrations.get(api_id, target.removeprefix("integrations/")) is None:
            raise ApiError("NotFoundException", f"Invalid Integration identifier specified {target.rpartition('/')[2]}")
        kind, authorizer = members["AuthorizationType"], members.get("AuthorizerId")
        if kind in ("CUSTOM", "JWT") and self.authorizers.get(api_id, authorizer or "") is None:
            raise ApiError("BadRequestException", f"Invalid authorizer ID specified. Setting the authorization type to {kind} "
                "requires a valid authorizer.")  # fmt: skip


def shown(route: Route) -> dict[str, Any]:
    return {"RouteId": route.id, "RouteKey": route.key, **route.members}
