"""An API compiled for its requests, once for each state of it: stages, routers, and everything that a request needs of a route."""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.requests import Router, function_of, with_variables
from windtunnel.services.apigatewayv2.records import DEFAULT, Api, Configuration, Stage


class Endpoint(msgspec.Struct, frozen=True):
    """A route in a stage. `function` is an ARN, its account and region apart; empty where `integration` is with something else."""

    key: str
    template: str
    function: str
    account: str
    region: str
    format: str
    timeout_s: float
    authorization: str
    authorizer: Guard | None
    integration: dict[str, Any]


class Guard(msgspec.Struct, frozen=True):
    """A Lambda authorizer in a stage."""

    id: str
    name: str
    function: str
    account: str
    region: str
    format: str
    simple: bool
    sources: tuple[str, ...]
    ttl_s: int


class StagePlan(msgspec.Struct, frozen=True):
    name: str
    variables: dict[str, str] | None
    router: Router
    default: Endpoint | None


class Cors(msgspec.Struct, frozen=True):
    origins: frozenset[str]
    preflight: tuple[tuple[str, str], ...]
    actual: tuple[tuple[str, str], ...]
    credentials: bool

    def origin(self, asked: str) -> str:
        """What `Access-Control-Allow-Origin` says to a page of that origin; empty where it is not allowed."""
        if "*" in self.origins:
            return asked if self.credentials else "*"
        scheme, mark, _ = asked.partition("://")
        allowed = asked in self.origins or f"{scheme}{mark}*" in self.origins
        return asked if allowed else ""


class Plan(msgspec.Struct, frozen=True):
    """`api` is the record that it was made from: another one means that the plan is out of date."""

    api: Api
    stages: dict[str, StagePlan]
    default: StagePlan | None
    cors: Cors | None
    disabled: bool


def plan(api: Api, stages: list[tuple[Stage, Configuration]]) -> Plan:
    made = {stage.name: _stage(stage, configuration) for stage, configuration in stages}
    given = api.members.get("CorsConfiguration")
    disabled = bool(api.members.get("DisableExecuteApiEndpoint"))
    return Plan(api, made, made.get(DEFAULT), _cors(given) if given else None, disabled)


def _stage(stage: Stage, configuration: Configuration) -> StagePlan:
    variables = stage.members.get("StageVariables") or {}
    integrations = {each.id: each.members for each in configuration.integrations}
    guards = {each.id: _guard(each.id, each.members, variables) for each in configuration.authorizers}
    endpoints = []
    default = None
    for route in configuration.routes:
        target = integrations.get(route.members.get("Target", "").removeprefix("integrations/"))
        if target is None:
            continue
        method, _, template = route.key.partition(" ")
        endpoint = Endpoint(
            route.key, template or route.key, *_target(target, variables),
            target["PayloadFormatVersion"], int(target["TimeoutInMillis"]) / 1000, route.members["AuthorizationType"],
            guards.get(route.members.get("AuthorizerId", "")), target,
        )  # fmt: skip
        if route.key == DEFAULT:
            default = endpoint
        else:
            endpoints.append((method, template, endpoint))
    return StagePlan(stage.name, variables or None, Router(endpoints), default)


def _guard(authorizer_id: str, members: dict[str, Any], variables: dict[str, str]) -> Guard:
    return Guard(
        authorizer_id, members["Name"], *_function(members["AuthorizerUri"], variables),
        members["AuthorizerPayloadFormatVersion"], bool(members.get("EnableSimpleResponses")),
        tuple(members["IdentitySource"]), int(members["AuthorizerResultTtlInSeconds"]),
    )  # fmt: skip


def _target(integration: dict[str, Any], variables: dict[str, str]) -> tuple[str, str, str]:
    if integration.get("IntegrationSubtype") or integration["IntegrationType"] != "AWS_PROXY":
        return "", "", ""
    return _function(integration["IntegrationUri"], variables)


def _function(uri: str, variables: dict[str, str]) -> tuple[str, str, str]:
    arn = with_variables(function_of(uri) or "", variables)
    parts = arn.split(":")
    return arn, parts[4], parts[3]


def _cors(given: dict[str, Any]) -> Cors:
    credentials = bool(given.get("AllowCredentials"))
    preflight, actual = [], []
    for header, member in (
        ("access-control-allow-methods", "AllowMethods"),
        ("access-control-allow-headers", "AllowHeaders"),
    ):
        if given.get(member):
            preflight.append((header, ",".join(given[member])))
    if given.get("MaxAge") is not None:
        preflight.append(("access-control-max-age", str(given["MaxAge"])))
    if given.get("ExposeHeaders"):
        actual.append(("access-control-expose-headers", ",".join(given["ExposeHeaders"])))
    if credentials:
        actual.append(("access-control-allow-credentials", "true"))
    return Cors(frozenset(given.get("AllowOrigins") or ()), tuple(preflight + actual), tuple(actual), credentials)
