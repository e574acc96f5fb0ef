"""What an integration makes of a request, and of the answer to it: templates by content type, and parameters.

method request ─requestTemplates, requestParameters, $context.requestOverride─► Outgoing
answer ─selectionPattern─► integration response ─responseTemplates, responseParameters, $context.responseOverride─► response

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from windtunnel.aws.calls import WireAnswer
from windtunnel.aws.requests import HttpRequest, HttpResponse, query_pairs
from windtunnel.services.apigateway.jsonpath import MISSING, picked
from windtunnel.services.apigateway.refusals import Refused, mapped
from windtunnel.services.apigateway.templates import rendered

_HOP = ("host", "connection", "content-length", "transfer-encoding", "keep-alive", "date")
_REQUEST, _RESPONSE = "integration.request.", "integration.response."


class Outgoing(msgspec.Struct):
    """What goes to the integration. `path` fills the placeholders of its URI."""

    body: bytes
    headers: dict[str, str]
    query: dict[str, str]
    path: dict[str, str]


def outgoing(integration: dict[str, Any], request: HttpRequest, values: dict[str, Any]) -> Outgoing:
    """The integration request. Raises Refused where no template is for the content type and none may be missing."""
    values["context"]["requestOverride"] = overrides = {"header": {}, "path": {}, "querystring": {}}
    made = _passed_on(request) if integration["type"] == "HTTP_PROXY" else Outgoing(b"", {}, {}, {})
    if integration["type"] != "HTTP_PROXY":
        made.body = _body(integration, request, values)
    places = {"header": made.headers, "querystring": made.query, "path": made.path}
    for name, expression in (integration.get("requestParameters") or {}).items():
        where, _, key = name.removeprefix(_REQUEST).removeprefix("multivalue").partition(".")
        value = _mapped(expression, request, values)
        if where in places and value is not None:
            places[where][key] = value
    for where, given in overrides.items():
        places[where].update({key: str(value) for key, value in given.items() if value is not None})
    return made


def _passed_on(request: HttpRequest) -> Outgoing:
    headers = {name: value for name, value in request.pairs() if name.lower() not in _HOP}
    return Outgoing(request.body, headers, dict(query_pairs(request.query)), {})


def passed_back(answer: WireAnswer) -> HttpResponse:
    """The response of a proxy: the answer as it is."""
    return HttpResponse(answer.status, [p for p in answer.headers.items() if p[0] not in _HOP], answer.body)


def _body(integration: dict[str, Any], request: HttpRequest, values: dict[str, Any]) -> bytes:
    templates = integration.get("requestTemplates") or {}
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    template = templates.get(kind, templates.get("$default"))
    if template is not None:
        return rendered(template, values, values).encode()
    behavior = integration.get("passthroughBehavior")
    if behavior == "NEVER" or (behavior == "WHEN_NO_TEMPLATES" and templates):
        raise Refused("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    return request.body


def chosen(integration: dict[str, Any], said: str) -> dict[str, Any]:
    """The integration response whose pattern fits, or the one without a pattern. Raises Refused where there is none."""
    responses = list((integration.get("integrationResponses") or {}).values())
    for response in responses:
        pattern = response.get("selectionPattern")
        if pattern and re.fullmatch(pattern, said):
            return response
    for response in responses:
        if not response.get("selectionPattern"):
            return response
    raise Refused("DEFAULT_5XX", "Internal server error", 500)


def answered(
    response: dict[str, Any], answer: WireAnswer | None, request: HttpRequest, values: dict[str, Any]
) -> HttpResponse:
    """The method response. `answer` is that of the integration, None for a mock, whose templates see the request."""
    values["context"]["responseOverride"] = override = {"header": {}, "status": None}
    if answer is not None:
        values = {**values, "body": answer.body.decode("utf-8", "replace")}
    templates = response.get("responseTemplates") or {}
    given = answer.headers.get("content-type", "").partition(";")[0].strip() if answer is not None else ""
    kind = given if given in templates else "application/json" if not templates or "application/json" in templates else next(iter(templates))  # fmt: skip
    template = templates.get(kind)
    body = rendered(template, values, values).encode() if template else b""
    if answer is not None and template is None:
        body = answer.body
    headers: dict[str, str] = {}
    for name, expression in (response.get("responseParameters") or {}).items():
        value = (
            _of_answer(expression, answer) if expression.startswith(_RESPONSE) else _mapped(expression, request, values)
        )
        if value is not None:
            headers[name.removeprefix("method.response.header.")] = value
    headers.update({name: str(value) for name, value in override["header"].items() if value is not None})
    pairs = list(headers.items())
    if not any(name.lower() == "content-type" for name in headers):
        pairs.insert(0, ("Content-Type", kind))
    return HttpResponse(int(override["status"] or response["statusCode"]), pairs, body)


def _mapped(expression: str, request: HttpRequest, values: dict[str, Any]) -> str | None:
    if expression == "method.request.body":
        return str(values["body"])
    if expression.startswith("method.request.body."):
        return _in_body(values["body"], expression.removeprefix("method.request.body."))
    return mapped(expression.replace("method.request.multivalue", "method.request.", 1), request, values)


def _of_answer(expression: str, answer: WireAnswer | None) -> str | None:
    if answer is None:
        return None
    where, _, name = expression.removeprefix(_RESPONSE).removeprefix("multivalue").partition(".")
    if where == "header":
        return answer.headers.get(name.lower())
    text = answer.body.decode("utf-8", "replace")
    return _in_body(text, name) if name else text


def _in_body(text: str, path: str) -> str | None:
    try:
        found = picked(msgspec.json.decode(text), f"$.{path}")
    except msgspec.DecodeError:
        return None
    if found is MISSING or found is None:
        return None
    return found if isinstance(found, str) else msgspec.json.encode(found).decode()
