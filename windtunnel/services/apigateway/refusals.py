"""What an API says when it does not get as far as the integration, or nothing comes back from it: gateway responses.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from windtunnel.aws.requests import HttpRequest, HttpResponse
from windtunnel.services.apigateway.gateway_responses import STATUS
from windtunnel.services.apigateway.templates import rendered

_ERROR_TYPES = {
    "ACCESS_DENIED": "AccessDeniedException",
    "AUTHORIZER_CONFIGURATION_ERROR": "AuthorizerConfigurationException",
    "AUTHORIZER_FAILURE": "AuthorizerConfigurationException",
    "BAD_REQUEST_BODY": "BadRequestException",
    "BAD_REQUEST_PARAMETERS": "BadRequestException",
    "INVALID_API_KEY": "ForbiddenException",
    "MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
    "REQUEST_TOO_LARGE": "RequestTooLongException",
    "UNAUTHORIZED": "UnauthorizedException",
    "UNSUPPORTED_MEDIA_TYPE": "BadRequestException",
}


class Refused(Exception):
    """The request ends here, with the gateway response of this type; `status` where the type has none of its own."""

    def __init__(self, kind: str, message: str | None, status: int = 0, validation: str = "") -> None:
        """`validation` says what of the body does not fit, for the API's own response."""
        super().__init__(message or kind)
        self.validation = validation
        self.kind = kind
        self.message = message
        self.status = status or STATUS[kind]


def response(
    refusal: Refused, custom: Mapping[str, dict[str, Any]], request: HttpRequest, values: dict[str, Any]
) -> HttpResponse:
    """The API's own response of that type, or AWS's. `values` are what templates may refer to, `context` among them."""
    headers = [("x-amzn-ErrorType", _ERROR_TYPES.get(refusal.kind, "InternalServerErrorException"))]
    own = custom.get(refusal.kind) or custom.get("DEFAULT_5XX" if refusal.status >= 500 else "DEFAULT_4XX")
    said = msgspec.json.encode(refusal.message).decode()
    if own is None:
        name = "Message" if refusal.kind == "ACCESS_DENIED" else "message"
        return HttpResponse(
            refusal.status, [("Content-Type", "application/json"), *headers], f'{{"{name}":{said}}}'.encode()
        )
    error = {"message": refusal.message, "messageString": said, "responseType": refusal.kind}
    if refusal.validation:
        error["validationErrorString"] = refusal.validation
    known = {**values, "context": {**values["context"], "error": error}}
    for name, expression in (own.get("responseParameters") or {}).items():
        value = mapped(expression, request, known)
        if name.startswith("gatewayresponse.header.") and value is not None:
            headers.append((name.removeprefix("gatewayresponse.header."), value))
    templates = own.get("responseTemplates") or {"application/json": '{"message":$context.error.messageString}'}
    kind = "application/json" if "application/json" in templates else next(iter(templates))
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", kind))
    return HttpResponse(
        int(own.get("statusCode") or refusal.status), headers, rendered(templates[kind], known).encode()
    )


def mapped(expression: str, request: HttpRequest, values: Mapping[str, Any]) -> str | None:
    """What a mapping expression stands for: `'text'`, `method.request.header.X`, `context.requestId`, `stageVariables.x`."""
    if expression[:1] == "'" and expression[-1:] == "'" and len(expression) > 1:
        return expression[1:-1]
    if expression.startswith("method.request.header."):
        return request.headers.get(expression[22:].lower())
    if expression.startswith("method.request."):
        where, _, name = expression[15:].partition(".")
        found: str | None = (values.get(where) or {}).get(name)
        return found
    if expression.startswith(("context.", "stageVariables.")):
        return rendered(f"${expression}", values) or None
    return None
