"""The event that a REST API gives a function.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from windtunnel.aws.calls import Sender
from windtunnel.aws.requests import HttpRequest, Pairs, log_time, multi, query_pairs
from windtunnel.services.apigateway.plans import Endpoint, Plan

_NOBODY = ("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId",
    "cognitoIdentityPoolId", "principalOrgId", "user", "userArn")  # fmt: skip


class Asked(msgspec.Struct):
    """A request as it goes through the stages of a REST API. `path` is without the stage."""

    request: HttpRequest
    api: str
    account: str
    region: str
    plan: Plan
    endpoint: Endpoint
    path: str
    parameters: dict[str, str] | None
    request_id: str
    extended_id: str
    trace: str
    now: float
    identity: dict[str, Any] = {}
    authorizer: dict[str, Any] | None = None

    @property
    def arn(self) -> str:
        stage = self.plan.stage.name
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.api}/{stage}/{self.request.method}{self.path}"

    @property
    def sender(self) -> Sender | None:
        """API Gateway by itself, for the method; None where the integration names a role."""
        if self.endpoint.integration.get("credentials"):
            return None
        method = f"{self.plan.stage.name}/{self.request.method}{self.endpoint.path}"
        arn = f"arn:aws:execute-api:{self.region}:{self.account}:{self.api}/{method}"
        return Sender("apigateway.amazonaws.com", arn, self.account)


def event(asked: Asked) -> dict[str, Any]:
    """The event without its body."""
    request, plan = asked.request, asked.plan
    headers = _headers(request, asked.trace)
    query = query_pairs(request.query)
    return {
        "resource": asked.endpoint.path,
        "path": asked.path,
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": multi(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": multi(query) or None,
        "pathParameters": asked.parameters,
        "stageVariables": plan.variables or None,
        "requestContext": context(asked),
    }


def proxy_event(asked: Asked) -> bytes:
    """The whole event of a proxy integration."""
    body, request = asked.request.body, asked.request
    binary = bool(body) and asked.plan.is_binary(request.headers.get("content-type", "application/json"))
    text = base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace") if body else None
    return msgspec.json.encode({**event(asked), "body": text, "isBase64Encoded": binary})


def context(asked: Asked) -> dict[str, Any]:
    request, stage = asked.request, asked.plan.stage
    host = request.host.partition(":")[0]
    shown = {
        "accountId": asked.account,
        "apiId": asked.api,
        "deploymentId": stage.deployment,
        "domainName": host if host.startswith(asked.api) else f"{asked.api}.execute-api.{asked.region}.amazonaws.com",
        "domainPrefix": asked.api,
        "extendedRequestId": asked.extended_id,
        "httpMethod": request.method,
        "identity": {
            **dict.fromkeys(_NOBODY),
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent"),
            **asked.identity,
        },
        "path": request.path,
        "protocol": request.protocol,
        "requestId": asked.request_id,
        "requestTime": log_time(int(asked.now)),
        "requestTimeEpoch": int(asked.now * 1000),
        "resourceId": asked.endpoint.resource,
        "resourcePath": asked.endpoint.path,
        "stage": stage.name,
    }
    if asked.authorizer is not None:
        shown["authorizer"] = asked.authorizer
    return shown


def _headers(request: HttpRequest, trace: str) -> Pairs:
    own = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id", "connection")
    headers = [(name, value) for name, value in request.pairs() if name.lower() not in own]
    before = request.headers.get("x-forwarded-for")
    port = request.host.rpartition(":")[2]
    return [
        *headers,
        ("X-Amzn-Trace-Id", trace),
        ("X-Forwarded-For", f"{before}, {request.source_ip}" if before else request.source_ip),
        ("X-Forwarded-Port", port if port.isdigit() else "443" if request.secure else "80"),
        ("X-Forwarded-Proto", "https" if request.secure else "http"),
    ]
