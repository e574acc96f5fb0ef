"""
Signatures, version 4: checked for headers and for presigned URLs.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import calendar
import functools
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, unquote

from windtunnel.aws.errors import ApiError
from windtunnel.gateway import scopes
from windtunnel.gateway.messages import Request
from windtunnel.gateway.scopes import Scope

SecretOf = Callable[[str], "str | None"]
_ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW_S = 15 * 60
_EMPTY = hashlib.sha256(b"").hexdigest()
_SAFE = "-_.~"


class Verifier:
    """
    Checks signatures against the secret that `secret_of` gives for an access key (None: no such key).

    `now` is the time by which requests are too old or presigned URLs have expired.
    """

    def __init__(self, secret_of: SecretOf, now: Callable[[], float]):
        self._secret_of = secret_of
        self._now = now

    def verify(self, request: Request, service: str) -> None:
        """Returns when the signature is right; an unsigned request is let through for S3 only. Raises ApiError."""
        authorization = request.headers.get("authorization", "")
        pairs = _pairs(request.query)
        presigned = {name: value for name, value in pairs if name.startswith("X-Amz-")}
        if authorization.startswith(_ALGORITHM):
            fields = _fields(authorization)
            stamp = request.headers.get("x-amz-date", "")
            self._check(request, service, pairs, fields, stamp, _payload(request))
        elif "X-Amz-Signature" in presigned:
            fields = {
                "Credential": presigned.get("X-Amz-Credential", ""),
                "SignedHeaders": presigned.get("X-Amz-SignedHeaders", ""),
                "Signature": presigned["X-Amz-Signature"],
            }
            stamp = presigned.get("X-Amz-Date", "")
            self._unexpired(stamp, presigned.get("X-Amz-Expires", ""), service)
            rest = [(name, value) for name, value in pairs if name != "X-Amz-Signature"]
            hashed = "UNSIGNED-PAYLOAD" if service == "s3" else _payload(request)
            self._check(request, service, rest, fields, stamp, hashed)
        elif service != "s3":
            raise _missing()

    def _check(
        self,
        request: Request,
        service: str,
        pairs: list[tuple[str, str]],
        fields: dict[str, str],
        stamp: str,
        payload: str,
    ) -> None:
        scope = scopes.parse(fields.get("Credential", ""))
        if not scope.access_key or not fields.get("Signature") or not fields.get("SignedHeaders"):
            raise ApiError("IncompleteSignature", "The signature of the request is incomplete.", status=400)
        if "X-Amz-Expires" not in dict(pairs) and abs(_seconds(stamp) - self._now()) > _SKEW_S:
            raise _skewed(service)
        secret = self._secret_of(scope.access_key)
        if secret is None:
            raise _unknown_key(service)
        canonical = canonical_request(request, service, pairs, fields["SignedHeaders"].split(";"), payload)
        expected = signature(secret, scope, stamp, canonical)
        if not hmac.compare_digest(expected, fields["Signature"]):
            raise _mismatch(service)

    def _unexpired(self, stamp: str, expires: str, service: str) -> None:
        if not expires.isdigit() or _seconds(stamp) + int(expires) < self._now():
            raise ApiError("AccessDenied", "Request has expired", status=403)


def canonical_request(
    request: Request, service: str, pairs: list[tuple[str, str]], signed: list[str], payload: str
) -> str:
    """The text whose hash is signed."""
    path = request.path if service == "s3" else quote(_normal(request.path), safe="/-_.~")
    if service == "s3":
        path = quote(unquote(path), safe="/-_.~")
    query = "&".join(
        f"{name}={value}"
        for name, value in sorted((quote(name, safe=_SAFE), quote(value, safe=_SAFE)) for name, value in pairs)
    )
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed)
    return f"{request.method}\n{path}\n{query}\n{headers}\n{';'.join(signed)}\n{payload}"


def signature(secret: str, scope: Scope, stamp: str, canonical: str) -> str:
    """The signature of a canonical request, in hex."""
    place = f"{scope.date}/{scope.region}/{scope.signing_name}/aws4_request"
    text = f"{_ALGORITHM}\n{stamp}\n{place}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = signing_key(secret, scope.date, scope.region, scope.signing_name)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@functools.lru_cache(maxsize=512)
def signing_key(secret: str, date: str, region: str, signing_name: str) -> bytes:
    """The key of one day, region and service: four hashes that need not be made anew for every request."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, signing_name, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _payload(request: Request) -> str:
    declared = request.headers.get("x-amz-content-sha256")
    if declared is None:
        return hashlib.sha256(request.body).hexdigest() if request.body else _EMPTY
    if len(declared) == 64 and hashlib.sha256(request.body).hexdigest() != declared:
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise ApiError("XAmzContentSHA256Mismatch", message, status=400)
    return declared


def _fields(authorization: str) -> dict[str, str]:
    parts = authorization[len(_ALGORITHM) :].split(",")
    split = (part.strip().partition("=") for part in parts)
    return {name: value for name, sign, value in split if sign}


def _pairs(query: str) -> list[tuple[str, str]]:
    split = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in split]


def _normal(path: str) -> str:
    """The path without empty and dotted steps."""
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            if steps:
                steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return f"/{'/'.join(steps)}{'/' if path.endswith('/') and steps else ''}"


def _seconds(stamp: str) -> float:
    try:
        return calendar.timegm(datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").timetuple())
    except ValueError:
        raise ApiError("IncompleteSignature", "Date must be in ISO-8601 'basic format'.", status=400) from None


def _missing() -> ApiError:
    return ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", status=403)


def _mismatch(service: str) -> ApiError:
    code = "SignatureDoesNotMatch" if service in _XML else "InvalidSignatureException"
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )
    return ApiError(code, message, status=403)


def _unknown_key(service: str) -> ApiError:
    if service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return ApiError("InvalidAccessKeyId", message, status=403)
    code = "InvalidClientTokenId" if service in _XML else "UnrecognizedClientException"
    return ApiError(code, "The security token included in the request is invalid.", status=403)


def _skewed(service: str) -> ApiError:
    if service == "s3":
        message = "The difference between the request time and the current time is too large."
        return ApiError("RequestTimeTooSkewed", message, status=403)
    return ApiError("SignatureDoesNotMatch", "Signature expired", status=403)


_XML = frozenset({"s3", "iam", "sts", "sns", "cloudformation"})
