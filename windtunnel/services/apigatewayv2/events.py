"""Payload format 1.0 of HTTP APIs: the event of REST APIs, made from the one in format 2.0.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.requests import Event2, HttpRequest, multi, query_pairs
from windtunnel.services.apigatewayv2.plans import Endpoint

_NOBODY = ("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId",
    "cognitoIdentityPoolId", "principalOrgId", "user", "userArn")  # fmt: skip


def format1(
    event: Event2, request: HttpRequest, path: str, endpoint: Endpoint, context: dict[str, Any] | None
) -> bytes:
    """The event for a function; `context` is what the authorizer gave."""
    shown = members1(event, request, path, endpoint)
    if context is not None:
        shown["requestContext"]["authorizer"] = context.get("lambda", context)
    return msgspec.json.encode(shown)


def members1(event: Event2, request: HttpRequest, path: str, endpoint: Endpoint) -> dict[str, Any]:
    about, query = event.request_context, query_pairs(request.query)
    several = multi([(name.lower(), value) for name, value in request.pairs()])
    for name in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"):
        several[name] = [event.headers[name]]
    return {
        "version": "1.0",
        "resource": endpoint.template,
        "path": event.raw_path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": multi(query) or None,
        "requestContext": {
            "accountId": about.account_id,
            "apiId": about.api_id,
            "domainName": about.domain_name,
            "domainPrefix": about.domain_prefix,
            "extendedRequestId": about.request_id,
            "httpMethod": request.method,
            "identity": {
                **dict.fromkeys(_NOBODY),
                "sourceIp": about.http.source_ip,
                "userAgent": about.http.user_agent,
            },
            "path": event.raw_path,
            "protocol": about.http.protocol,
            "requestId": about.request_id,
            "requestTime": about.time,
            "requestTimeEpoch": about.time_epoch,
            "resourceId": endpoint.key,
            "resourcePath": endpoint.template,
            "stage": about.stage,
        },
        "pathParameters": event.path_parameters,
        "stageVariables": event.stage_variables,
        "body": event.body,
        "isBase64Encoded": event.is_base64_encoded,
    }
