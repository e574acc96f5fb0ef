"""Signatures that botocore makes are accepted; others are not."""

from __future__ import annotations

import datetime
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from windtunnel.aws.errors import ApiError
from windtunnel.gateway.messages import Request
from windtunnel.gateway.sigv4 import Verifier

NOW = datetime.datetime(2024, 5, 1, 10, 20, 30, tzinfo=datetime.UTC)
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def signed(auth: type, service: str, method: str, url: str, body: bytes = b"", **settings: Any) -> Request:
    request = AWSRequest(method, url, data=body, headers={"Host": urlsplit(url).netloc})
    with (
        mock.patch("botocore.auth.get_current_datetime", lambda *_: NOW.replace(tzinfo=None)),
        mock.patch("botocore.compat.get_current_datetime", lambda *_: NOW.replace(tzinfo=None)),
    ):
        auth(Credentials(KEY, SECRET), service, "us-east-1", **settings).add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    headers = {name: str(value) for name, value in prepared.headers.items()}
    return Request(method, parts.path, parts.query, {"Host": urlsplit(url).netloc, **headers}, body)


def verify(request: Request, service: str, secret: str | None = SECRET, later_s: float = 0) -> None:
    Verifier(lambda key: secret if key == KEY else None, lambda: NOW.timestamp() + later_s).verify(request, service)


CASES = [
    (SigV4Auth, "sqs", "POST", "http://localhost:4566/", b'{"a":1}'),
    (SigV4Auth, "lambda", "GET", "http://localhost:4566/2015-03-31/functions/a%3Ab/x?B=2&A=%20x", b""),
    (S3SigV4Auth, "s3", "PUT", "http://localhost:4566/b/k%20%C3%A9/x?tagging=", b"body"),
    (S3SigV4QueryAuth, "s3", "GET", "http://localhost:4566/b/k%20x?versionId=1", b""),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[1]}-{case[0].__name__}")
def test_a_right_signature_is_accepted(case: Any) -> None:
    verify(signed(*case), case[1])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[1]}-{case[0].__name__}")
def test_a_signature_with_another_secret_is_refused(case: Any) -> None:
    with pytest.raises(ApiError, match="does not match the signature you provided"):
        verify(signed(*case), case[1], secret="another")


def test_a_changed_request_is_refused() -> None:
    request = signed(*CASES[1])
    request.query = request.query.replace("B=2", "B=3")

    with pytest.raises(ApiError, match="InvalidSignatureException"):
        verify(request, "lambda")


def test_a_changed_body_is_refused() -> None:
    request = signed(*CASES[2])
    request.body = b"other"

    with pytest.raises(ApiError):
        verify(request, "s3")


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ApiError, match="UnrecognizedClientException"):
        verify(signed(*CASES[0]), "sqs", secret=None)


def test_an_old_signature_is_refused() -> None:
    with pytest.raises(ApiError, match="expired"):
        verify(signed(*CASES[0]), "sqs", later_s=3600)


def test_a_presigned_url_expires() -> None:
    request = signed(*CASES[3], expires=60)

    verify(request, "s3", later_s=60)
    with pytest.raises(ApiError, match="Request has expired"):
        verify(request, "s3", later_s=61)


def test_an_unsigned_request_is_refused_except_by_s3() -> None:
    verify(Request("GET", "/b/k"), "s3")
    with pytest.raises(ApiError, match="MissingAuthenticationToken"):
        verify(Request("POST", "/"), "sqs")
