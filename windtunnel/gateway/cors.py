"""Browsers that call AWS's API: preflights answered, answers opened to every origin."""

from __future__ import annotations

from windtunnel.gateway.messages import Request, Response

_EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,ETag,x-amz-version-id,Content-Range"
_AGE_S = "172800"


def is_preflight(request: Request) -> bool:
    return "origin" in request.headers and "access-control-request-method" in request.headers


def preflight(request: Request) -> Response:
    """Allows what the browser asks for."""
    headers = request.headers
    return Response(
        200,
        [
            ("Access-Control-Allow-Origin", headers["origin"]),
            ("Access-Control-Allow-Methods", "GET,PUT,POST,DELETE,HEAD,PATCH,OPTIONS"),
            ("Access-Control-Allow-Headers", headers.get("access-control-request-headers", "*")),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Access-Control-Max-Age", _AGE_S),
            ("Vary", "Origin"),
        ],
    )


def allowed(request: Request, response: Response) -> Response:
    """The same response, readable from the page that asked."""
    if response.header("access-control-allow-origin") is None:
        response.headers += [
            ("Access-Control-Allow-Origin", request.headers["origin"]),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Vary", "Origin"),
        ]
    return response
