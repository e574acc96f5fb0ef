"""
Requests to function URLs.

    BUFFERED         Invoke, and what the function answered becomes the response (payload format 2.0)
    RESPONSE_STREAM  the body is sent while the function writes it (`response_bodies.py`)

AWS: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.requests import (
    HttpRequest,
    HttpResponse,
    Malformed,
    RouteRequested,
    event2,
    forwarded_headers,
    log_time,
    response2,
)
from windtunnel.gateway.messages import Request
from windtunnel.gateway.response_bodies import streamed
from windtunnel.gateway.url_access import forbidden, refusal
from windtunnel.kernel.recorder import caused_by
from windtunnel.kernel.stopwatch import ticks

_JSON = ("Content-Type", "application/json")
_ANY = "*"


async def execute(home: Any, url: Any, request: HttpRequest, received: Request) -> HttpResponse:
    """The answer to a request, which was `received` so; `url` is the record of Lambda's."""
    started = ticks()
    request_id = home.ids.uuid()
    trace = request.headers.get("x-amzn-trace-id") or f"Root=1-{int(home.clock.now()):08x}-{home.ids.hex(24)}"
    cors = url.cors or {}
    with caused_by(request_id, "lambda.amazonaws.com"):
        if cors and _is_preflight(request):
            response = HttpResponse(200, [], b"")
        elif (refused := refusal(home, url, received, request)) is not None:
            response = refused
        else:
            response = await _invoked(home, url, request, request_id, trace)
        if cors and "origin" in request.headers:
            _allow(cors, request, response)
        response.headers += [
            ("x-amzn-RequestId", request_id),
            ("X-Amzn-Trace-Id", f"{trace.partition(';')[0]};Sampled=0"),
        ]
        duration = (ticks() - started) * 1000
        home.record(
            RouteRequested(url.id, "$default", "Url", request.method, request.path, "/", response.status, duration)
        )
    return response


async def _invoked(home: Any, url: Any, request: HttpRequest, request_id: str, trace: str) -> HttpResponse:
    now = home.clock.now()
    host = request.host.partition(":")[0]
    event = event2(
        request, request.path, "$default", trace, forwarded_headers(request, trace),
        account_id="anonymous" if url.auth == "NONE" else home.account,
        api_id=url.id,
        domain_name=host if host.startswith(url.id) else f"{url.id}.lambda-url.{home.region}.on.aws",
        domain_prefix=url.id,
        request_id=request_id,
        stage="$default",
        time=log_time(int(now)),
        time_epoch=int(now * 1000),
    )  # fmt: skip
    if url.auth == "AWS_IAM":
        event.request_context.authorizer = {"iam": _signer(home, request.access_key)}
    payload = msgspec.json.encode(event)
    try:
        if url.mode == "RESPONSE_STREAM":
            streams = home.service("lambda").nouns["ResponseStreams"]
            qualifier = "" if url.qualifier == "$LATEST" else url.qualifier
            return await streamed(await streams.begin(url.function, qualifier, payload, request_id, trace))
        outcome = await home.call("lambda", "Invoke", {"FunctionName": url.arn, "Payload": payload}, trace=trace)
    except ApiError as error:
        if error.code == "ResourceNotFoundException":
            return forbidden()
        if error.code == "RequestTooLargeException":
            return _said(413, "Request Entity Too Large")
        if error.status == 429:
            return _said(429, error.message, Reason=error.members.get("Reason", ""))
        return _said(502, "Internal Server Error")
    if "FunctionError" in outcome:
        return HttpResponse(502, [_JSON], b"Internal Server Error")
    try:
        return response2(outcome["Payload"], "application/json")
    except Malformed:
        return HttpResponse(502, [_JSON], b"Internal Server Error")


def _signer(home: Any, access_key: str) -> dict[str, Any]:
    credentials = home.cloud.credentials
    known = credentials.find(access_key)
    account = credentials.account_of(access_key)
    return {
        "accessKey": access_key,
        "accountId": account,
        "callerId": known.user_id if known else account,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": credentials.principal_of(access_key, account),
        "userId": known.user_id if known else account,
    }


def _said(status: int, message: str, **more: str) -> HttpResponse:
    return HttpResponse(status, [_JSON], msgspec.json.encode({**more, "Message": message}))


def _is_preflight(request: HttpRequest) -> bool:
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def _allow(cors: dict[str, Any], request: HttpRequest, response: HttpResponse) -> None:
    """The URL's own CORS headers in place of those of the function."""
    response.headers = [pair for pair in response.headers if not pair[0].lower().startswith("access-control-")]
    asked = request.headers["origin"]
    origins = cors.get("AllowOrigins") or []
    if _ANY not in origins and asked not in origins:
        return
    credentials = bool(cors.get("AllowCredentials"))
    headers = [
        ("Access-Control-Allow-Origin", asked if credentials or _ANY not in origins else _ANY),
        ("Vary", "Origin"),
    ]
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if cors.get("ExposeHeaders"):
        headers.append(("Access-Control-Expose-Headers", ",".join(cors["ExposeHeaders"])))
    if _is_preflight(request):
        if cors.get("AllowMethods"):
            headers.append(("Access-Control-Allow-Methods", ",".join(cors["AllowMethods"])))
        if cors.get("AllowHeaders"):
            headers.append(("Access-Control-Allow-Headers", ",".join(cors["AllowHeaders"])))
        if cors.get("MaxAge") is not None:
            headers.append(("Access-Control-Max-Age", str(cors["MaxAge"])))
    response.headers += headers
