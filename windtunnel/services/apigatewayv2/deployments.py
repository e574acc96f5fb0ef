"""Operations on deployments: configurations as they were at one moment."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigatewayv2.apis import HttpApiTables
from windtunnel.services.apigatewayv2.records import Deployment


class Deployments(HttpApiTables):
    def create_deployment(self, ctx, ApiId, Description="", StageName=None):
        api = self.api_with(ApiId)
        if not self.routes.count(ApiId):
            raise ApiError("BadRequestException", "At least one route is required before deploying the Api.")
        stage = None
        if StageName is not None:
            stage = self.found(self.stages, ApiId, StageName, "Stage")
            if stage.auto:
                raise ApiError("BadRequestException", "Deployment ID cannot be set on stages with AutoDeploy enabled")
        made = self.deployments.put(
            Deployment(
                api=ApiId,
                id=self.new_id(6),
                created_at=self.clock.now(),
                description=Description or "",
                frozen=self.configuration(ApiId),
            )
        )
        if stage is not None:
            self.stages.put(replace(stage, deployment=made.id, modified_at=self.clock.now()))
            self.apis.put(replace(api, revision=api.revision + 1))
        return shown(made)

    def get_deployment(self, ctx, ApiId, DeploymentId):
        return shown(self.found(self.deployments, ApiId, DeploymentId, "Deployment"))

    def get_deployments(self, ctx, ApiId, MaxResults=None, NextToken=None):
        self.api_with(ApiId)
        return self.paged([shown(each) for each in self.deployments.all(ApiId)], MaxResults, NextToken)

    def update_deployment(self, ctx, ApiId, DeploymentId, Description=None):
        record = self.found(self.deployments, ApiId, DeploymentId, "Deployment")
        return shown(self.deployments.put(replace(record, description=Description or record.description)))

    def delete_deployment(self, ctx, ApiId, DeploymentId):
        self.found(self.deployments, ApiId, DeploymentId, "Deployment")
        if any(stage.deployment == DeploymentId for stage in self.stages.all(ApiId)):
            raise ApiError("BadRequestException", "Active stages pointing to this deployment must be moved or deleted")
        self.deployments.delete(ApiId, DeploymentId)


def shown(record: Deployment) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "AutoDeployed": record.frozen is None,
        "CreatedDate": record.created_at,
        "DeploymentId": record.id,
        "DeploymentStatus": "DEPLOYED",
    }
    if record.description:
        answer["Description"] = record.description
    return answer
