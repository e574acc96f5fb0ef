"""`apigateway:invoke`: a request to an API of this cloud.

AWS: step-functions/latest/dg/connect-api-gateway.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from windtunnel.aws import timestamps
from windtunnel.aws.requests import HttpRequest, HttpResponse
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.scopes import encoded

_FIELDS = frozenset(
    (
        "AllowNullValues", "ApiEndpoint", "AuthType", "Headers", "Method", "Path", "QueryParameters", "RequestBody", "Stage",
    )
)  # fmt: skip
_MAPS = ("Headers", "QueryParameters")


def problem(wish: Any) -> str:
    """What is wrong with the parameters; empty for nothing."""
    if not isinstance(wish, dict):
        return "The input must be a JSON object"
    for name, value in wish.items():
        if name not in _FIELDS:
            return f'The field "{name}" is not supported by Step Functions'
        if name in _MAPS and value is not None and not _is_map_of_lists(value):
            return f"The value of the field '{name}' has an invalid format"
    missing = [name for name in ("ApiEndpoint", "Method") if not wish.get(name)]
    return f"The following required fields are missing: {missing}" if missing else ""


async def invoke(caller: Caller, wish: dict[str, Any]) -> dict[str, Any]:
    """The response as the state sees it. Raises StateFailed for one of 400 and above, named by its status."""
    api_id, _, rest = wish["ApiEndpoint"].partition(".")
    region = rest.split(".")[1] if rest.count(".") > 1 else caller.home.region
    home = caller.home.cloud.home(caller.home.account, region)
    for service in ("apigatewayv2", "apigateway"):
        execution = home.service(service).nouns["Execution"]
        if api_id in execution.apis:
            return await _shown(caller, await execution.execute(api_id, _request(caller, wish)))
    host = wish["ApiEndpoint"]
    raise StateFailed(
        "ApiGateway.SdkClientException", f"Unable to execute HTTP request: {host}: Name or service not known"
    )


def _request(caller: Caller, wish: dict[str, Any]) -> HttpRequest:
    pairs = [(name, str(value)) for name, values in (wish.get("Headers") or {}).items() for value in values]
    body = b"" if wish.get("RequestBody") is None else encoded(wish["RequestBody"])
    known = {name.lower() for name, _ in pairs}
    more = {
        "Content-Type": "application/json",
        "Host": wish["ApiEndpoint"],
        "User-Agent": "Amazon|StepFunctions|HttpInvoke|" + caller.home.region,
        "X-Amzn-Trace-Id": caller.trace,
    }
    pairs += [(name, value) for name, value in more.items() if value and name.lower() not in known]
    parts = [part.strip("/") for part in (wish.get("Stage") or "", wish.get("Path") or "")]
    return HttpRequest(
        method=wish["Method"],
        path="/" + quote("/".join(part for part in parts if part), safe="/%"),
        query=urlencode(
            [(name, value) for name, values in (wish.get("QueryParameters") or {}).items() for value in values]
        ),
        headers={name.lower(): value for name, value in pairs},
        pairs=lambda: pairs,
        body=body,
        source_ip="127.0.0.1",
        host=wish["ApiEndpoint"],
        access_key=caller.key if wish.get("AuthType") == "IAM_ROLE" else "",
        secure=True,
    )


async def _shown(caller: Caller, response: HttpResponse) -> dict[str, Any]:
    content = response.body
    if isinstance(content, AsyncIterator):
        content = b"".join([part async for part in content])
    body = bytes(content)
    if response.status >= 400:
        raise StateFailed(f"ApiGateway.{response.status}", body.decode(errors="replace"))
    headers: dict[str, list[str]] = {
        "Connection": ["keep-alive"],
        "Content-Length": [str(len(body))],
        "Date": [timestamps.http_date(caller.home.clock.now())],
    }
    for name, value in response.headers:
        if name.lower() not in ("connection", "content-length", "date"):
            headers.setdefault(name, []).append(value)
    return {
        "Headers": headers,
        "ResponseBody": _body(body),
        "StatusCode": response.status,
        "StatusText": HTTPStatus(response.status).phrase,
    }


def _body(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode(errors="replace")


def _is_map_of_lists(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, list) for each in value.values())
