"""Mock integrations: an API that answers by itself.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from windtunnel.aws.requests import HttpRequest, HttpResponse
from windtunnel.services.apigateway.refusals import Refused, mapped
from windtunnel.services.apigateway.templates import rendered


def answered(integration: dict[str, Any], request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    """The status that the request's template gives, made into a response by the integration's. Raises Refused."""
    parameters = {**request.headers, **(values.get("querystring") or {}), **(values.get("path") or {})}
    templates = integration.get("requestTemplates") or {}
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    template = templates.get(kind)
    if template is None:
        behavior = integration.get("passthroughBehavior")
        if behavior == "NEVER" or (behavior == "WHEN_NO_TEMPLATES" and templates):
            raise Refused("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
        text = request.body.decode("utf-8", "replace")
    else:
        text = rendered(template, values, parameters)
    status = _status(text)
    responses = list((integration.get("integrationResponses") or {}).values())
    response = _chosen(responses, status)
    if response is None:
        raise Refused("DEFAULT_5XX", "Internal server error", 500)
    headers = []
    for name, expression in (response.get("responseParameters") or {}).items():
        value = mapped(expression, request, values)
        if value is not None:
            headers.append((name.removeprefix("method.response.header."), value))
    bodies = response.get("responseTemplates") or {}
    content_type = "application/json" if not bodies or "application/json" in bodies else next(iter(bodies))
    body = rendered(bodies.get(content_type) or "", values, parameters)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", content_type))
    return HttpResponse(int(response["statusCode"]), headers, body.encode())


_STATUS = re.compile(r"""['"]?statusCode['"]?\s*:\s*['"]?(\d{3})\b""")


def _status(text: str) -> str:
    try:
        found = msgspec.json.decode(text)
        status = found.get("statusCode") if isinstance(found, dict) else None
    except msgspec.DecodeError:
        loose = _STATUS.search(text)
        status = loose.group(1) if loose is not None else None
    if status is None:
        raise Refused("DEFAULT_5XX", "Internal server error", 500)
    return str(status)


def _chosen(responses: list[dict[str, Any]], status: str) -> dict[str, Any] | None:
    for response in responses:
        pattern = response.get("selectionPattern")
        if pattern and re.fullmatch(pattern, status):
            return response
    return next((response for response in responses if not response.get("selectionPattern")), None)
