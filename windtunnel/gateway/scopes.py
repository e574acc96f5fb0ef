"""Who signed a request, for which service and region: read from the Authorization header or a presigned URL."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec


class Scope(msgspec.Struct, frozen=True):
    """The credential scope of a signature; all empty for an unsigned request."""

    access_key: str = ""
    date: str = ""
    region: str = ""
    signing_name: str = ""


UNSIGNED = Scope()


def credential(authorization: str, query: str) -> str:
    """The credential as it stands in the request: `AKID/20240501/us-east-1/sqs/aws4_request`, or ""."""
    start = authorization.find("Credential=")
    if start >= 0:
        start += 11
        end = authorization.find(",", start)
        return authorization[start : end if end >= 0 else None].strip()
    if authorization.startswith("AWS "):
        return authorization[4:].partition(":")[0] + "/v2"
    if "X-Amz-Credential=" in query:
        return unquote(query.partition("X-Amz-Credential=")[2].partition("&")[0])
    if "AWSAccessKeyId=" in query:
        return unquote(query.partition("AWSAccessKeyId=")[2].partition("&")[0]) + "/v2"
    return ""


def session_token(headers: Mapping[str, str], query: str) -> str:
    """The token of temporary credentials that came along, in a header or in a presigned URL; or ""."""
    if "X-Amz-Security-Token=" in query:
        return unquote(query.partition("X-Amz-Security-Token=")[2].partition("&")[0])
    return headers.get("x-amz-security-token", "")


def parse(text: str) -> Scope:
    """The parts of a credential. What cannot be understood gives an unsigned scope."""
    parts = text.split("/")
    if len(parts) >= 5:
        return Scope("/".join(parts[:-4]), parts[-4], parts[-3], parts[-2])
    if len(parts) == 4:  # version 4a signs for many regions
        return Scope(parts[0], parts[1], "", parts[2])
    if len(parts) == 2 and parts[1] == "v2":
        return Scope(parts[0], "", "", "s3")
    return UNSIGNED
