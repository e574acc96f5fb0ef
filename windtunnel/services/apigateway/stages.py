"""Operations on stages: under which name a deployment is served, with which variables."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.apigateway.patches import text, truth
from windtunnel.services.apigateway.records import Stage
from windtunnel.services.apigateway.rest_apis import RestApiTables

_SETTINGS = {
    "metrics/enabled": ("metricsEnabled", truth),
    "logging/loglevel": ("loggingLevel", text),
    "logging/dataTrace": ("dataTraceEnabled", truth),
    "throttling/burstLimit": ("throttlingBurstLimit", int),
    "throttling/rateLimit": ("throttlingRateLimit", float),
    "caching/enabled": ("cachingEnabled", truth),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", int),
    "caching/dataEncrypted": ("cacheDataEncrypted", truth),
    "caching/requireAuthorizationForCacheControl": ("requireAuthorizationForCacheControl", truth),
    "caching/unauthorizedCacheControlHeaderStrategy": ("unauthorizedCacheControlHeaderStrategy", text),
}
_FRESH = {
    "cacheDataEncrypted": False,
    "cacheTtlInSeconds": 300,
    "cachingEnabled": False,
    "dataTraceEnabled": False,
    "metricsEnabled": False,
    "requireAuthorizationForCacheControl": True,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
_PLAIN = {
    "/description": text,
    "/cacheClusterEnabled": truth,
    "/cacheClusterSize": text,
    "/clientCertificateId": text,
    "/tracingEnabled": truth,
}
_OF_METHODS = (
    "metrics/enabled", "logging/dataTrace", "logging/loglevel", "throttling/burstLimit", "throttling/rateLimit",
    "caching/ttlInSeconds", "caching/enabled", "caching/dataEncrypted", "caching/requireAuthorizationForCacheControl",
    "caching/unauthorizedCacheControlHeaderStrategy",
)  # fmt: skip
_UNSEPARATED = ("throttling/burstLimit", "throttling/rateLimit")


class Stages(RestApiTables):
    inert = {"CreateStage.documentationVersion": "documentation is not built"}

    def create_stage(
        self, ctx, restApiId, stageName, deploymentId, description=None, cacheClusterEnabled=None,
        cacheClusterSize=None, variables=None, tracingEnabled=None, tags=None,
    ):  # fmt: skip
        self.api_with(restApiId)
        if self.stages.get(restApiId, stageName) is not None:
            raise ApiError("ConflictException", "Stage already exists")
        given = {
            "description": description, "cacheClusterEnabled": cacheClusterEnabled, "cacheClusterSize": cacheClusterSize,
            "variables": variables or None, "tracingEnabled": tracingEnabled,
        }  # fmt: skip
        members = {k: v for k, v in given.items() if v is not None}
        return shown(self.make(restApiId, stageName, deploymentId, members, tags or {}))

    def make(
        self, api_id: str, name: str, deployment: str, members: dict[str, Any], tags: dict[str, str] | None = None
    ) -> Stage:
        self._check_deployment(api_id, deployment)
        now = self.clock.now()
        return self.stages.put(
            Stage(api=api_id, name=name, deployment=deployment, created_at=now, modified_at=now, tags=tags or {},
                members={"cacheClusterEnabled": False, "methodSettings": {}, "tracingEnabled": False, **members})
        )  # fmt: skip

    def _check_deployment(self, api_id: str, deployment: str) -> None:
        if self.deployments.get(api_id, deployment) is None:
            raise ApiError("BadRequestException", "Deployment id does not exist")

    def stage_with(self, api_id: str, name: str) -> Stage:
        """Raises NotFoundException."""
        self.api_with(api_id)
        stage = self.stages.get(api_id, name)
        if stage is None:
            raise ApiError("NotFoundException", "Invalid stage identifier specified")
        return stage

    def get_stage(self, ctx, restApiId, stageName):
        return shown(self.stage_with(restApiId, stageName))

    def get_stages(self, ctx, restApiId, deploymentId=None):
        self.api_with(restApiId)
        stages = [stage for stage in self.stages.all(restApiId) if deploymentId in (None, stage.deployment)]
        return {"item": [shown(stage) for stage in stages]}

    def update_stage(self, ctx, restApiId, stageName, patchOperations=None):
        stage = self.stage_with(restApiId, stageName)
        members, deployment = dict(stage.members), stage.deployment
        for operation in patchOperations or ():
            path, value = operation.get("path", ""), operation.get("value")
            if path.startswith("/canarySettings") or operation["op"] in ("copy", "move", "test"):
                raise NotImplementedHere(f"The patch {operation['op']} of {path} of apigateway:UpdateStage")
            if path == "/deploymentId":
                self._check_deployment(restApiId, value or "")
                deployment = value
            else:
                _change(members, operation["op"], path, value)
        changed = replace(stage, members=members, deployment=deployment, modified_at=self.clock.now())
        return shown(self.stages.put(changed))

    def delete_stage(self, ctx, restApiId, stageName):
        self.stage_with(restApiId, stageName)
        self.stages.delete(restApiId, stageName)

    def flush_stage_cache(self, ctx, restApiId, stageName):
        self.stage_with(restApiId, stageName)


def _change(members: dict[str, Any], op: str, path: str, value: Any) -> None:
    steps = path.strip("/").split("/")
    if path in _PLAIN:
        if op == "remove":
            members.pop(steps[0], None)
        else:
            members[steps[0]] = _PLAIN[path](value)
    elif steps[0] == "variables" and len(steps) == 2:
        members["variables"] = {k: v for k, v in (members.get("variables") or {}).items() if k != steps[1]}
        if op != "remove":
            members["variables"][steps[1]] = value or ""
    elif path == "/accessLogSettings" and op == "remove":
        members.pop("accessLogSettings", None)
    elif path in ("/accessLogSettings/destinationArn", "/accessLogSettings/format"):
        members["accessLogSettings"] = {**members.get("accessLogSettings", {}), steps[1]: value}
    elif len(steps) == 4 and "/".join(steps[2:]) in _SETTINGS:
        key = f"{steps[0].replace('~1', '/').lstrip('/')}/{steps[1]}"
        name, convert = _SETTINGS["/".join(steps[2:])]
        settings = {**_FRESH, **members["methodSettings"].get(key, {}), name: convert(value)}
        members["methodSettings"] = {**members["methodSettings"], key: settings}
    elif op == "remove" and len(steps) == 2:
        key = f"{steps[0].replace('~1', '/').lstrip('/')}/{steps[1]}"
        if key not in members["methodSettings"]:
            raise ApiError("BadRequestException", f"Cannot remove method setting {key} because there is no method setting for "
                "this method ")  # fmt: skip
        members["methodSettings"] = {k: v for k, v in members["methodSettings"].items() if k != key}
    else:
        raise ApiError("BadRequestException", f"Invalid method setting path: {path}. Must be one of: [{_paths()}]")


def _paths() -> str:
    """The paths as AWS lists them, the commas that it forgets forgotten."""
    listed = [
        "/deploymentId", "/description", "/cacheClusterEnabled", "/cacheClusterSize", "/clientCertificateId",
        "/accessLogSettings", "/accessLogSettings/destinationArn", "/accessLogSettings/format",
    ]  # fmt: skip
    said = ", ".join(listed)
    for prefix, between in (("/{resourcePath}/{httpMethod}/", ""), ("/*/*/", " ")):
        separator = ", "
        for each in _OF_METHODS:
            said += f"{separator}{prefix}{each}"
            separator = between if each in _UNSEPARATED else ", "
    return f"{said}, /variables/{{variable_name}}, /tracingEnabled"


def shown(stage: Stage) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "deploymentId": stage.deployment,
        "stageName": stage.name,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "createdDate": int(stage.created_at),
        "lastUpdatedDate": int(stage.modified_at),
        **stage.members,
    }
    if stage.tags:
        answer["tags"] = stage.tags
    return answer
