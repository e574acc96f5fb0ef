"""A stage compiled for its requests, once for each state of it: the router, and everything that a request needs of a method."""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.requests import Router, function_of, with_variables
from windtunnel.services.apigateway.records import Deployment, Method, Path, Stage


class Guard(msgspec.Struct, frozen=True):
    """A Lambda authorizer in a stage."""

    id: str
    name: str
    token: bool
    function: str
    account: str
    region: str
    sources: tuple[str, ...]
    expression: str
    ttl_s: int


class Endpoint(msgspec.Struct, frozen=True):
    """A method of a resource in a stage. `function` is an ARN, empty for a mock; `models` are schemas by content type."""

    resource: str
    path: str
    integration: dict[str, Any]
    function: str
    account: str
    region: str
    timeout_s: float
    authorization: str
    guard: Guard | None
    key_required: bool
    required: tuple[str, ...]
    models: dict[str, Any] | None


class Plan(msgspec.Struct, frozen=True):
    """Out of date when `stage` or `deployment` is not the record of that name any more."""

    stage: Stage
    deployment: Deployment
    variables: dict[str, str]
    router: Router
    binary_types: tuple[str, ...]
    key_source: str
    schemas: dict[str, Any]
    gateway_responses: dict[str, dict[str, Any]]
    policy: Any = None
    """The resource policy (`windtunnel.policy.decisions.Attached`), where there is one."""

    def is_binary(self, content_type: str) -> bool:
        """Whether the API's binary media types have this one."""
        plain = content_type.partition(";")[0].partition(",")[0].strip().lower()
        kind = plain.partition("/")[0]
        return any(each in (plain, "*/*", f"{kind}/*") for each in self.binary_types)


def plan(stage: Stage, deployment: Deployment, policy: Any = None) -> Plan:
    frozen = deployment.snapshot
    variables = stage.members.get("variables") or {}
    paths = {path.id: path for path in frozen.paths}
    guards = {each.key: _guard(each.members, variables) for each in frozen.authorizers}
    validators = {each.key: each.members for each in frozen.validators}
    schemas = {each.key: msgspec.json.decode(each.members["schema"]) for each in frozen.models}
    endpoints = [
        (method.method, paths[method.resource].path,
            _endpoint(method, paths[method.resource], variables, guards, validators, schemas))
        for method in frozen.methods
    ]  # fmt: skip
    own = {each.key: each.members for each in frozen.gateway_responses}
    types = tuple(each.lower().replace("~1", "/") for each in frozen.binary_types)
    router = Router(endpoints, lenient=True)
    return Plan(stage, deployment, variables, router, types, frozen.key_source, schemas, own, policy)


def _endpoint(
    method: Method,
    path: Path,
    variables: dict[str, str],
    guards: dict[str, Guard],
    validators: dict[str, dict[str, Any]],
    schemas: dict[str, Any],
) -> Endpoint:
    members = method.members
    integration = members["methodIntegration"]
    function = ("", "", "")
    if integration["type"] == "AWS_PROXY":
        function = _function(integration["uri"], variables)
    validator = validators.get(members.get("requestValidatorId", ""), {})
    required = [name for name, wanted in (members.get("requestParameters") or {}).items() if wanted]
    models = None
    if validator.get("validateRequestBody"):
        models = {kind: schemas[name] for kind, name in (members.get("requestModels") or {}).items() if name in schemas}
    return Endpoint(
        path.id, path.path, integration, *function, int(integration["timeoutInMillis"]) / 1000,
        members["authorizationType"], guards.get(members.get("authorizerId", "")),
        bool(members.get("apiKeyRequired")), tuple(required) if validator.get("validateRequestParameters") else (), models,
    )  # fmt: skip


def _guard(members: dict[str, Any], variables: dict[str, str]) -> Guard:
    sources = tuple(each.strip() for each in (members.get("identitySource") or "").split(",") if each.strip())
    return Guard(
        members["id"], members["name"], members["type"] == "TOKEN", *_function(members["authorizerUri"], variables), sources,
        members.get("identityValidationExpression") or "", int(members.get("authorizerResultTtlInSeconds", 300)),
    )  # fmt: skip


def _function(uri: str, variables: dict[str, str]) -> tuple[str, str, str]:
    arn = with_variables(function_of(uri) or "", variables)
    parts = arn.split(":")
    return arn, parts[4], parts[3]
