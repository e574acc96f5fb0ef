"""
Traffic of applications: finds the API or function URL that a request is for, and has it answered.

    execute-api ─ REST API?  ─► apigateway's Execution
                └ HTTP API?  ─► apigatewayv2's Execution
    lambda-url  ─ URL?       ─► application_urls
    custom-resource          ─► cloudformation's Answers
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any, Protocol

from windtunnel.aws.errors import NotImplementedHere
from windtunnel.aws.requests import HttpRequest, HttpResponse
from windtunnel.gateway import application_urls, scopes
from windtunnel.gateway.data_plane import DataPlane
from windtunnel.gateway.messages import Headers, Response
from windtunnel.gateway.url_access import forbidden

_JSON = ("Content-Type", "application/json")
_OWN = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "date"})


class Homes(Protocol):
    """What the data plane needs of a cloud: the homes that are open."""

    def homes(self) -> list[Any]: ...


def answer(cloud: Homes, plane: DataPlane) -> Response | Awaitable[Response]:
    """The response to a request to an application; 403 where no application has that id."""
    homes = tuple(cloud.homes())
    if plane.kind == "execute-api":
        for service in ("apigatewayv2", "apigateway"):
            for home in homes:
                execution = _noun(home, service, "Execution")
                if execution is not None and plane.id in execution.apis:
                    return _api(execution, plane)
        return Response(403, [_JSON, ("x-amzn-ErrorType", "ForbiddenException")], b'{"message":"Forbidden"}')
    if plane.kind == "custom-resource":
        taken = any(_noun(home, "cloudformation", "Answers").take(plane.id, plane.request.body) for home in homes)
        return Response(200 if taken else 403, [], b"")
    return _url(homes, plane)


async def _api(execution: Any, plane: DataPlane) -> Response:
    return response(await execution.execute(plane.id, request_of(plane)))


def _url(homes: Iterable[Any], plane: DataPlane) -> Response | Awaitable[Response]:
    for home in homes:
        urls = _noun(home, "lambda", "Urls")
        url = urls.url_with(plane.id) if urls is not None else None
        if url is not None:
            return _function(home, url, plane)
    return response(forbidden())


async def _function(home: Any, url: Any, plane: DataPlane) -> Response:
    return response(await application_urls.execute(home, url, request_of(plane), plane.request))


def _noun(home: Any, api: str, name: str) -> Any:
    """A noun of a service; None where the service is not built."""
    try:
        return home.service(api).nouns[name]
    except NotImplementedHere:
        return None


def request_of(plane: DataPlane) -> HttpRequest:
    """The request as a plain value."""
    request = plane.request
    headers = request.headers
    signed = "authorization" in headers or "X-Amz-Credential=" in request.query
    key = scopes.parse(scopes.credential(headers.get("authorization", ""), request.query)).access_key if signed else ""
    return HttpRequest(
        request.method,
        plane.rest_of_path,
        request.query,
        headers,
        lambda: request.raw_headers,
        request.body,
        request.peer or "127.0.0.1",
        headers.get("host", ""),
        "HTTP/1.1",
        key,
        request.secure,
    )


def response(answered: HttpResponse) -> Response:
    """The answer as a response; lengths and connections are the server's business."""
    headers: Headers = [pair for pair in answered.headers if pair[0].lower() not in _OWN]
    return Response(answered.status, headers, answered.body)
