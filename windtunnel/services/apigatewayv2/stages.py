"""Operations on stages: under which name a deployment is served, with which variables."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigatewayv2.apis import HttpApiTables
from windtunnel.services.apigatewayv2.records import Stage


class Stages(HttpApiTables):
    def create_stage(
        self, ctx, ApiId, StageName, AccessLogSettings=None, AutoDeploy=False, DefaultRouteSettings=None,
        DeploymentId=None, Description=None, RouteSettings=None, StageVariables=None, Tags=None,
    ):  # fmt: skip
        self.api_with(ApiId)
        if self.stages.get(ApiId, StageName) is not None:
            raise ApiError("ConflictException", "Stage already exists")
        given = {
            "AccessLogSettings": AccessLogSettings, "DefaultRouteSettings": DefaultRouteSettings,
            "Description": Description, "RouteSettings": RouteSettings, "StageVariables": StageVariables,
        }  # fmt: skip
        members = {name: value for name, value in given.items() if value is not None}
        return shown(self.make(ApiId, StageName, members, bool(AutoDeploy), DeploymentId or "", Tags or {}))

    def make(
        self,
        api_id: str,
        name: str,
        members: dict[str, Any],
        auto: bool = False,
        deployment: str = "",
        tags: dict[str, str] | None = None,
        managed: bool = False,
    ) -> Stage:
        if auto and deployment:
            raise ApiError("BadRequestException", "Deployment ID cannot be set on stages with AutoDeploy enabled")
        if deployment:
            self.found(self.deployments, api_id, deployment, "Deployment")
        now = self.clock.now()
        stage = Stage(
            api=api_id, name=name, members=members, created_at=now, modified_at=now, auto=auto, deployment=deployment,
            tags=tags or {}, managed=managed,
        )  # fmt: skip
        if auto:
            stage = replace(stage, deployment=self.deployed_by_itself(stage))
        self.stages.put(stage)
        self._tell(api_id)
        return stage

    def get_stage(self, ctx, ApiId, StageName):
        return shown(self.found(self.stages, ApiId, StageName, "Stage"))

    def get_stages(self, ctx, ApiId, MaxResults=None, NextToken=None):
        self.api_with(ApiId)
        return self.paged([shown(stage) for stage in self.stages.all(ApiId)], MaxResults, NextToken)

    def update_stage(
        self, ctx, ApiId, StageName, AccessLogSettings=None, AutoDeploy=None, DefaultRouteSettings=None,
        DeploymentId=None, Description=None, RouteSettings=None, StageVariables=None,
    ):  # fmt: skip
        stage = self.found(self.stages, ApiId, StageName, "Stage")
        given = {
            "AccessLogSettings": AccessLogSettings, "DefaultRouteSettings": DefaultRouteSettings,
            "Description": Description, "RouteSettings": RouteSettings, "StageVariables": StageVariables,
        }  # fmt: skip
        auto = stage.auto if AutoDeploy is None else AutoDeploy
        if auto and DeploymentId:
            raise ApiError("BadRequestException", "Deployment ID cannot be set on stages with AutoDeploy enabled")
        if DeploymentId:
            self.found(self.deployments, ApiId, DeploymentId, "Deployment")
        stage = replace(
            stage,
            members={**stage.members, **{k: v for k, v in given.items() if v is not None}},
            auto=auto,
            deployment=DeploymentId or stage.deployment,
            modified_at=self.clock.now(),
        )
        if auto and not self.stages.get(ApiId, StageName).auto:
            stage = replace(stage, deployment=self.deployed_by_itself(stage))
        self.stages.put(stage)
        self._tell(ApiId)
        return shown(stage)

    def delete_stage(self, ctx, ApiId, StageName):
        self.found(self.stages, ApiId, StageName, "Stage")
        self.stages.delete(ApiId, StageName)
        self._tell(ApiId)

    def delete_access_log_settings(self, ctx, ApiId, StageName):
        stage = self.found(self.stages, ApiId, StageName, "Stage")
        self.stages.put(replace(stage, members={k: v for k, v in stage.members.items() if k != "AccessLogSettings"}))
        self._tell(ApiId)

    def delete_route_settings(self, ctx, ApiId, StageName, RouteKey):
        stage = self.found(self.stages, ApiId, StageName, "Stage")
        settings = {k: v for k, v in stage.members.get("RouteSettings", {}).items() if k != RouteKey}
        self.stages.put(replace(stage, members={**stage.members, "RouteSettings": settings}))
        self._tell(ApiId)

    def _tell(self, api_id: str) -> None:
        api = self.api_with(api_id)
        self.apis.put(replace(api, revision=api.revision + 1))


def shown(stage: Stage) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "StageName": stage.name,
        "CreatedDate": stage.created_at,
        "LastUpdatedDate": stage.modified_at,
        "AutoDeploy": stage.auto,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
        "RouteSettings": {},
        "StageVariables": {},
        "Tags": stage.tags,
        **stage.members,
    }
    if stage.deployment:
        answer["DeploymentId"] = stage.deployment
    if stage.auto:
        answer["LastDeploymentStatusMessage"] = f"Successfully deployed stage with deployment ID '{stage.deployment}'"
    if stage.managed:
        answer["ApiGatewayManaged"] = True
    return answer
