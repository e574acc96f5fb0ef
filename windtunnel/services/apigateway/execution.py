"""Requests to REST APIs, through all that a method asks for.

stage ─► resource and method ─► authorizer ─► API key ─► parameters, body ─► integration ─► response
  └──────────────┴──────────────────┴────────────┴──────────────┴───────────────────┴─► gateway response
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.requests import (
    HttpRequest,
    HttpResponse,
    Malformed,
    RouteRequested,
    query_pairs,
    response1,
    within,
)
from windtunnel.kernel.recorder import caused_by
from windtunnel.kernel.stopwatch import ticks
from windtunnel.services.apigateway import backends, events, mapping, mocks, refusals, resource_policies, schemas
from windtunnel.services.apigateway.authorization import Authorization
from windtunnel.services.apigateway.events import Asked
from windtunnel.services.apigateway.plans import Plan, plan
from windtunnel.services.apigateway.refusals import Refused
from windtunnel.services.apigateway.rest_apis import RestApiTables

MAXIMUM_BODY_BYTES = 10 * 1024 * 1024
_JSON = ("Content-Type", "application/json")


class Execution(RestApiTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._plans: dict[tuple[str, str], Plan] = {}
        self._authorization = Authorization(self.home)

    def forget_decisions(self, api_id: str) -> None:
        """The authorizers of the API are asked again."""
        self._authorization.forget(api_id)

    async def execute(self, api_id: str, request: HttpRequest) -> HttpResponse:
        """The answer to a request whose path begins with the stage."""
        started = ticks()
        request_id = self.ids.uuid()
        extended = base64.b64encode(self.ids.bytes(11)).decode()
        trace = request.headers.get("x-amzn-trace-id") or f"Root=1-{int(self.clock.now()):08x}-{self.ids.hex(24)}"
        name, _, rest = request.path.lstrip("/").partition("/")
        path = f"/{rest.lstrip('/')}"
        stage = self.plan(api_id, name)
        route = ""
        with caused_by(request_id, "apigateway.amazonaws.com"):
            if stage is None:
                headers = [_JSON, ("x-amzn-ErrorType", "ForbiddenException")]
                response = HttpResponse(403, headers, b'{"message":"Forbidden"}')
            else:
                found = stage.router.find(request.method, path)
                route = found[0].path if found is not None else ""
                response = await self._through(api_id, stage, found, request, path, request_id, extended, trace)
            response.headers += [("x-amzn-RequestId", request_id), ("x-amz-apigw-id", extended)]
            if found is not None and found[0].function if stage is not None else False:
                response.headers.append(("X-Amzn-Trace-Id", trace))
            duration = (ticks() - started) * 1000
            self.home.record(
                RouteRequested(api_id, name, "Api", request.method, path, route, response.status, duration)
            )
        return response

    def plan(self, api_id: str, stage_name: str) -> Plan | None:
        """The stage as it is now, compiled; None where there is none, or the API is disabled."""
        api, stage = self.apis.get(api_id), self.stages.get(api_id, stage_name)
        if stage is None or api is None or api.members.get("disableExecuteApiEndpoint"):
            return None
        known = self._plans.get((api_id, stage_name))
        deployment = self.deployments.get(api_id, stage.deployment)
        if deployment is None:
            return None
        if known is None or known.stage is not stage or known.deployment is not deployment:
            policy = resource_policies.compiled(self.home, api_id, deployment.snapshot.policy)
            known = self._plans[api_id, stage_name] = plan(stage, deployment, policy)
        return known

    async def _through(
        self,
        api_id: str,
        stage: Plan,
        found: tuple[Any, dict[str, str] | None] | None,
        request: HttpRequest,
        path: str,
        request_id: str,
        extended: str,
        trace: str,
    ) -> HttpResponse:
        asked: Asked | None = None
        try:
            if found is None:
                raise Refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
            asked = Asked(
                request, api_id, self.home.account, self.home.region, stage, found[0], path, found[1], request_id,
                extended, trace, self.clock.now(),
            )  # fmt: skip
            given_key = await self._authorization.admit(asked)
            self._check(asked, given_key)
            if asked.endpoint.function:
                return await self._proxied(asked)
            values, integration = _values(asked), asked.endpoint.integration
            if integration["type"] == "MOCK":
                return mocks.answered(integration, request, values)
            made = mapping.outgoing(integration, request, values)
            answer, said = await backends.answer(self.home, asked, made)
            if integration["type"] == "HTTP_PROXY":
                return mapping.passed_back(answer)
            return mapping.answered(mapping.chosen(integration, said), answer, request, values)
        except Refused as refusal:
            known = {"context": {"requestId": request_id, "extendedRequestId": extended, "stage": stage.stage.name,
                "apiId": api_id, "path": request.path, "httpMethod": request.method}}  # fmt: skip
            values = _values(asked) if asked is not None else {**known, "stageVariables": stage.variables}
            return refusals.response(refusal, stage.gateway_responses, request, values)

    def _check(self, asked: Asked, given_key: str) -> None:
        endpoint, request = asked.endpoint, asked.request
        if len(request.body) > MAXIMUM_BODY_BYTES:
            raise Refused("REQUEST_TOO_LARGE", "Request Too Long")
        if endpoint.key_required:
            source = asked.plan.key_source
            key = given_key if source == "AUTHORIZER" else request.headers.get("x-api-key", "")
            if not key or not self.noun("Keys").admits(key, asked.api, asked.plan.stage.name):
                raise Refused("INVALID_API_KEY", "Forbidden")
            asked.identity = {**asked.identity, "apiKey": key}
        if endpoint.required:
            missing = _missing(asked)
            if missing:
                raise Refused("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(missing)}]")
        if endpoint.models:
            kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
            schema = endpoint.models.get(kind, endpoint.models.get("$default"))
            wrong = _problems(request.body, schema, asked.plan.schemas) if schema is not None else []
            if wrong:
                raise Refused("BAD_REQUEST_BODY", "Invalid request body", validation=f"[{', '.join(wrong)}]")

    async def _proxied(self, asked: Asked) -> HttpResponse:
        endpoint = asked.endpoint
        invoking = self.home.call(
            "lambda", "Invoke", {"FunctionName": endpoint.function, "Payload": events.proxy_event(asked)},
            trace=asked.trace, account=endpoint.account, region=endpoint.region, sender=asked.sender,
        )  # fmt: skip
        try:
            outcome = await within(self.home, endpoint.timeout_s, invoking, "REST API integration")
        except TimeoutError:
            raise Refused("INTEGRATION_TIMEOUT", "Endpoint request timed out") from None
        except ApiError as error:
            if error.code == "RequestTooLargeException":
                raise Refused("REQUEST_TOO_LARGE", "Request Too Long") from None
            raise Refused("DEFAULT_5XX", "Internal server error", 500) from None
        if "FunctionError" in outcome:
            raise Refused("DEFAULT_5XX", "Internal server error", 502)
        accepted = asked.request.headers.get("accept", "*/*").partition(",")[0].strip()
        try:
            return response1(outcome["Payload"], "application/json", asked.plan.is_binary(accepted))
        except Malformed:
            raise Refused("DEFAULT_5XX", "Internal server error", 502) from None


def _values(asked: Asked) -> dict[str, Any]:
    """What templates and mapping expressions may refer to."""
    return {
        "context": events.context(asked),
        "stageVariables": asked.plan.variables,
        "body": asked.request.body.decode("utf-8", "replace"),
        "querystring": dict(query_pairs(asked.request.query)),
        "path": asked.parameters or {},
        "header": dict(asked.request.pairs()),
    }


def _missing(asked: Asked) -> list[str]:
    places = {
        "header": asked.request.headers,
        "querystring": dict(query_pairs(asked.request.query)),
        "path": asked.parameters or {},
    }
    missing = []
    for parameter in asked.endpoint.required:
        where, _, name = parameter.removeprefix("method.request.").partition(".")
        if not places.get(where, {}).get(name.lower() if where == "header" else name):
            missing.append(name)
    return missing


def _problems(body: bytes, schema: Any, models: dict[str, Any]) -> list[str]:
    try:
        return list(schemas.problems(msgspec.json.decode(body), schema, models))
    except msgspec.DecodeError:
        return ["Invalid JSON"]
