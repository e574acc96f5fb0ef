"""Operations on deployments: an API as it was at one moment, which stages serve."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Deployment
from windtunnel.services.apigateway.rest_apis import RestApiTables


class Deployments(RestApiTables):
    def create_deployment(
        self, ctx, restApiId, stageName=None, stageDescription=None, description=None, variables=None,
        tracingEnabled=None, cacheClusterEnabled=None, cacheClusterSize=None,
    ):  # fmt: skip
        api = self.api_with(restApiId)
        methods = self.methods.all(restApiId)
        if not methods:
            raise ApiError("BadRequestException", "The REST API doesn't contain any methods")
        if any("methodIntegration" not in method.members for method in methods):
            raise ApiError("BadRequestException", "No integration defined for method")
        made = self.deployments.put(
            Deployment(
                api=restApiId,
                id=self.new_id(6),
                created_at=self.clock.now(),
                snapshot=self.snapshot(api),
                description=description or "",
            )
        )
        if stageName:
            stages = self.noun("Stages")
            stage = self.stages.get(restApiId, stageName)
            given = {
                "description": stageDescription, "variables": variables, "tracingEnabled": tracingEnabled,
                "cacheClusterEnabled": cacheClusterEnabled, "cacheClusterSize": cacheClusterSize,
            }  # fmt: skip
            members = {k: v for k, v in given.items() if v is not None}
            if stage is None:
                stages.make(restApiId, stageName, made.id, members)
            else:
                now = self.clock.now()
                self.stages.put(
                    replace(stage, deployment=made.id, members={**stage.members, **members}, modified_at=now)
                )
        return shown(made)

    def get_deployment(self, ctx, restApiId, deploymentId, embed=None):
        return shown(self._deployment(restApiId, deploymentId), embed)

    def get_deployments(self, ctx, restApiId, position=None, limit=None):
        self.api_with(restApiId)
        return self.paged([shown(each) for each in self.deployments.all(restApiId)], limit, position)

    def update_deployment(self, ctx, restApiId, deploymentId, patchOperations=None):
        record = self._deployment(restApiId, deploymentId)
        members = patches.patched({"description": record.description}, patchOperations, {"/description": patches.text})
        return shown(self.deployments.put(replace(record, description=members.get("description", ""))))

    def delete_deployment(self, ctx, restApiId, deploymentId):
        self._deployment(restApiId, deploymentId)
        if any(stage.deployment == deploymentId for stage in self.stages.all(restApiId)):
            raise ApiError("BadRequestException", "Active stages pointing to this deployment must be moved or deleted")
        self.deployments.delete(restApiId, deploymentId)

    def _deployment(self, api_id: str, deployment_id: str) -> Deployment:
        self.api_with(api_id)
        found = self.deployments.get(api_id, deployment_id)
        if found is None:
            raise ApiError("NotFoundException", "Invalid Deployment identifier specified")
        return found


def shown(record: Deployment, embed: Any = None) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": record.id, "createdDate": int(record.created_at)}
    if record.description:
        answer["description"] = record.description
    if embed and "apisummary" in embed:
        paths = {path.id: path.path for path in record.snapshot.paths}
        summary: dict[str, dict[str, Any]] = {}
        for method in record.snapshot.methods:
            summary.setdefault(paths[method.resource], {})[method.method] = {
                "authorizationType": method.members["authorizationType"],
                "apiKeyRequired": method.members.get("apiKeyRequired", False),
            }
        answer["apiSummary"] = summary
    return answer
