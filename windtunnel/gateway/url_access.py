"""
Who may use a function URL.

    NONE      everybody, where the function's resource policy says so
    AWS_IAM   signed? ─► by a key that is known: signature, session, region right? ─► identity and resource policies allow?

A key that nobody gave out acts as its account's root user, and nobody can check what it signed.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.credentials import AccessKey
from windtunnel.aws.errors import ApiError
from windtunnel.aws.requests import HttpRequest, HttpResponse
from windtunnel.gateway import scopes
from windtunnel.gateway.messages import Request
from windtunnel.gateway.sigv4 import Verifier
from windtunnel.kernel.clock import RealClock

_JSON = ("Content-Type", "application/json")
_FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
_SERVICE = "lambda"


def forbidden() -> HttpResponse:
    return HttpResponse(403, [_JSON, ("x-amzn-ErrorType", "AccessDeniedException")], _FORBIDDEN)


def refusal(home: Any, url: Any, received: Request, request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that may not use the URL; None where it may. `received` is what was signed."""
    urls = home.service("lambda").nouns["Urls"]
    if url.auth != "AWS_IAM":
        return None if urls.is_public(url) else forbidden()
    if not request.access_key:
        return forbidden()
    key = home.cloud.credentials.find(request.access_key)
    if key is not None or home.settings.verify_signatures:
        try:
            _check(home, key, received)
        except ApiError as wrong:
            body = msgspec.json.encode({"message": wrong.message})
            return HttpResponse(wrong.status or 403, [_JSON, ("x-amzn-ErrorType", wrong.code)], body)
    headers = request.headers
    context = {
        "aws:SourceIp": request.source_ip,
        "aws:SecureTransport": request.secure,
        "aws:RequestedRegion": home.region,
        **{key: headers[name] for key, name in _OF_HEADERS.items() if name in headers},
    }
    return None if urls.may(url, request.access_key, context) else forbidden()


_OF_HEADERS = {"aws:UserAgent": "user-agent", "aws:Referer": "referer"}


def _check(home: Any, key: AccessKey | None, received: Request) -> None:
    """Raises ApiError for a signature that is wrong, or of a session that is over."""

    def secret_of(name: str) -> str | None:
        return key.secret if key is not None and key.id == name else None

    # clients date their signatures by their own clocks, which no test moves
    Verifier(secret_of, RealClock().now).verify(received, _SERVICE)
    scope = scopes.parse(scopes.credential(received.headers.get("authorization", ""), received.query))
    if scope.signing_name != _SERVICE:
        raise _mistaken(f"Credential should be scoped to correct service: '{_SERVICE}'. ")
    if scope.region != home.region:
        raise _mistaken("Credential should be scoped to a valid region. ")
    assert key is not None
    if key.session_token and scopes.session_token(received.headers, received.query) != key.session_token:
        raise _invalid()
    if key.expires_at and key.expires_at < home.clock.now():
        raise ApiError("ExpiredTokenException", "The security token included in the request is expired", status=403)
    iam = home.cloud.home(key.account, home.region).service("iam")
    if iam.nouns["Grants"].is_inactive(key):
        raise _invalid()


def _mistaken(message: str) -> ApiError:
    return ApiError("InvalidSignatureException", message, status=403)


def _invalid() -> ApiError:
    message = "The security token included in the request is invalid."
    return ApiError("UnrecognizedClientException", message, status=403)
