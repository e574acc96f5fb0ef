"""Requests to HTTP APIs: stage, route, authorizer, function, response.

    path ─► stage ─► route ─► (preflight?) ─► (authorizer) ─► event ─► function ─► response
                       └ none: 404   └ 204        └ 401, 403      └ 5xx: Internal Server Error, Service Unavailable

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from windtunnel.aws.calls import Sender
from windtunnel.aws.errors import ApiError
from windtunnel.aws.requests import (
    Event2,
    HttpRequest,
    HttpResponse,
    Malformed,
    RouteRequested,
    event2,
    forwarded_headers,
    log_time,
    path_text,
    response1,
    response2,
    within,
)
from windtunnel.fabric.posting import NotPosted
from windtunnel.kernel.recorder import caused_by
from windtunnel.kernel.stopwatch import ticks
from windtunnel.services.apigatewayv2 import backends, events
from windtunnel.services.apigatewayv2.apis import HttpApiTables
from windtunnel.services.apigatewayv2.authorization import Authorization, Refused
from windtunnel.services.apigatewayv2.plans import Cors, Endpoint, Plan, StagePlan, plan

MAXIMUM_BODY_BYTES = 10 * 1024 * 1024
_JSON = ("Content-Type", "application/json")
_TEXT = "text/plain; charset=utf-8"


class Execution(HttpApiTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._plans: dict[str, Plan] = {}
        self._authorization = Authorization(self.home)

    def forget_decisions(self, api_id: str) -> None:
        """The authorizers of the API are asked again."""
        self._authorization.forget(api_id)

    async def execute(self, api_id: str, request: HttpRequest) -> HttpResponse:
        """The answer to a request whose path begins with the stage, or is the path itself under `$default`."""
        started = ticks()
        request_id = base64.b64encode(self.ids.bytes(11)).decode()
        current = self.plan(api_id)
        stage, path = _stage_of(current, request.path)
        endpoint: Endpoint | None = None
        with caused_by(request_id, "apigateway.amazonaws.com"):
            try:
                if current.disabled or stage is None:
                    response = _said(404, "Not Found")
                else:
                    endpoint, parameters = _endpoint_of(stage, request.method, path)
                    if current.cors is not None and _is_preflight(request) and (
                        endpoint is None or endpoint.authorization == "NONE"
                    ):  # fmt: skip
                        response = HttpResponse(204, [], b"")
                    elif endpoint is None:
                        response = _said(404, "Not Found")
                    elif len(request.body) > MAXIMUM_BODY_BYTES:
                        response = _said(413, "Request Entity Too Large")
                    else:
                        response = await self._answer(api_id, stage, endpoint, parameters, request, path, request_id)
            except Refused as refusal:
                response = _said(refusal.status, refusal.message)
            if current.cors is not None and "origin" in request.headers:
                _allow(current.cors, request, response)
            response.headers.append(("apigw-requestid", request_id))
            self.home.record(
                RouteRequested(
                    api_id, stage.name if stage is not None else "", "HttpApi", request.method, path,
                    endpoint.template if endpoint is not None else "", response.status, (ticks() - started) * 1000,
                )
            )  # fmt: skip
        return response

    def plan(self, api_id: str) -> Plan:
        """The API as it is now, compiled; raises NotFoundException."""
        api = self.apis.get(api_id) or self.api_with(api_id)
        known = self._plans.get(api_id)
        if known is None or known.api is not api:
            stages = []
            for stage in self.stages.all(api_id):
                deployment = self.deployments.get(api_id, stage.deployment)
                if deployment is not None:
                    stages.append((stage, deployment.frozen or self.configuration(api_id)))
            known = self._plans[api_id] = plan(api, stages)
        return known

    async def _answer(
        self,
        api_id: str,
        stage: StagePlan,
        endpoint: Endpoint,
        parameters: dict[str, str] | None,
        request: HttpRequest,
        path: str,
        request_id: str,
    ) -> HttpResponse:
        home = self.home
        now = self.clock.now()
        trace = request.headers.get("x-amzn-trace-id") or f"Root=1-{int(now):08x}-{self.ids.hex(24)}"
        plain = path_text(path)
        raw_path = plain if stage.name == "$default" else f"/{stage.name}{plain}"
        host = request.host.partition(":")[0]
        event = event2(
            request, raw_path, endpoint.key, trace, forwarded_headers(request, trace),
            account_id=home.account,
            api_id=api_id,
            domain_name=host if host.startswith(api_id) else f"{api_id}.execute-api.{home.region}.amazonaws.com",
            domain_prefix=api_id,
            request_id=request_id,
            stage=stage.name,
            time=log_time(int(now)),
            time_epoch=int(now * 1000),
        )  # fmt: skip
        event.path_parameters = {k: path_text(v) for k, v in parameters.items()} if parameters else None
        event.stage_variables = stage.variables
        context = None
        if endpoint.authorization != "NONE":
            context = await self._authorization.context(api_id, stage, endpoint, request, event, path)
        if not endpoint.function:
            event.request_context.authorizer = context
            return await self._elsewhere(endpoint, stage, request, event)
        if endpoint.format == "2.0":
            event.request_context.authorizer = context
            payload = msgspec.json.encode(event)
        else:
            payload = events.format1(event, request, path, endpoint, context)
        invoking = home.call(
            "lambda", "Invoke", {"FunctionName": endpoint.function, "Payload": payload},
            trace=trace, account=endpoint.account, region=endpoint.region, sender=self._sender(api_id, stage, endpoint),
        )  # fmt: skip
        try:
            outcome = await within(self.home, endpoint.timeout_s, invoking, "HTTP API integration")
        except TimeoutError:
            return _said(503, "Service Unavailable")
        except ApiError as error:
            if error.code == "RequestTooLargeException":
                return _said(413, "Request Entity Too Large")
            return _said(503, "Service Unavailable") if error.status == 429 else _said(500, "Internal Server Error")
        if "FunctionError" in outcome:
            return _said(500, "Internal Server Error")
        try:
            if endpoint.format == "2.0":
                return response2(outcome["Payload"], _TEXT)
            return response1(outcome["Payload"], _TEXT, in_base64=True)
        except Malformed:
            return _said(500, "Internal Server Error")

    def _sender(self, api_id: str, stage: StagePlan, endpoint: Endpoint) -> Sender | None:
        """API Gateway by itself, for the route; None where the integration names a role."""
        if endpoint.integration.get("CredentialsArn"):
            return None
        route = endpoint.key.replace(" ", "", 1)
        return Sender(
            "apigateway.amazonaws.com",
            self.home.arn("execute-api", f"{api_id}/{stage.name}/{route}"),
            self.home.account,
        )

    async def _elsewhere(
        self, endpoint: Endpoint, stage: StagePlan, request: HttpRequest, event: Event2
    ) -> HttpResponse:
        """The answer of what is no function."""
        members, timeout_s = endpoint.integration, endpoint.timeout_s
        try:
            if not members.get("IntegrationSubtype"):
                return await backends.address_answer(members, stage.variables or {}, request, event, timeout_s)
            asking = backends.service_answer(self.home, members, request, event)
            answer = await within(self.home, timeout_s, asking, "HTTP API integration")
        except (NotPosted, TimeoutError):
            return _said(503, "Service Unavailable")
        kind = answer.headers.get("content-type", "application/json")
        return HttpResponse(answer.status, [("Content-Type", kind)], answer.body)


def _stage_of(current: Plan, path: str) -> tuple[StagePlan | None, str]:
    if len(current.stages) > (current.default is not None):
        first, slash, rest = path[1:].partition("/")
        named = current.stages.get(first)
        if named is not None and named is not current.default:
            return named, f"/{rest}" if slash else "/"
    return current.default, path


def _endpoint_of(stage: StagePlan, method: str, path: str) -> tuple[Endpoint | None, dict[str, str] | None]:
    found = stage.router.find(method, path)
    return (stage.default, None) if found is None else found


def _is_preflight(request: HttpRequest) -> bool:
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def _allow(cors: Cors, request: HttpRequest, response: HttpResponse) -> None:
    """The API's own CORS headers in place of those of the function."""
    headers = [pair for pair in response.headers if not pair[0].lower().startswith("access-control-")]
    origin = cors.origin(request.headers["origin"])
    if origin:
        headers.append(("access-control-allow-origin", origin))
        headers += cors.preflight if _is_preflight(request) else cors.actual
        if origin != "*":
            headers.append(("vary", "Origin"))
    response.headers = headers


def _said(status: int, message: str) -> HttpResponse:
    return HttpResponse(status, [_JSON], msgspec.json.encode({"message": message}))
