"""Conditional requests: If-Match and its like, on reading, on copying from, and on writing.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.records import StoredObject, Version
from windtunnel.services.s3.tables import header_not_implemented, no_such_key, precondition_failed


def check_reading(version: Version, given: dict[str, Any], now: float) -> None:
    """Raises PreconditionFailed (412), or NotModified (304)."""
    match, none_match = given.get("IfMatch"), given.get("IfNoneMatch")
    unmodified, modified = given.get("IfUnmodifiedSince"), given.get("IfModifiedSince")
    if match is not None:
        if not _among(version.etag, match):
            raise precondition_failed("If-Match")
    elif unmodified is not None and version.modified_at > unmodified:
        raise precondition_failed("If-Unmodified-Since")
    if none_match is not None:
        if _among(version.etag, none_match):
            raise ApiError("NotModified", "Not Modified", status=304)
    elif modified is not None and version.modified_at <= modified <= now:
        raise ApiError("NotModified", "Not Modified", status=304)


def check_copying(version: Version, given: dict[str, Any], now: float) -> None:
    """Raises PreconditionFailed."""
    match, none_match = given.get("CopySourceIfMatch"), given.get("CopySourceIfNoneMatch")
    unmodified, modified = given.get("CopySourceIfUnmodifiedSince"), given.get("CopySourceIfModifiedSince")
    if match is not None:
        if not _among(version.etag, match):
            raise precondition_failed("x-amz-copy-source-If-Match")
    elif unmodified is not None and version.modified_at > unmodified:
        raise precondition_failed("x-amz-copy-source-If-Unmodified-Since")
    if none_match is not None:
        if _among(version.etag, none_match):
            raise precondition_failed("x-amz-copy-source-If-None-Match")
    elif modified is not None and version.modified_at <= modified < now:
        raise precondition_failed("x-amz-copy-source-If-Modified-Since")


def check_writing(stored: StoredObject | None, key: str, match: str | None, none_match: str | None) -> None:
    """Raises NoSuchKey, PreconditionFailed, or AWS's NotImplemented for what the API does not take."""
    if match is not None and none_match is not None:
        more = "Multiple conditional request headers present in the request"
        raise header_not_implemented("If-Match,If-None-Match", more)
    current = stored.current if stored is not None else None
    if none_match is not None:
        if none_match != "*":
            more = "We don't accept the provided value of If-None-Match header for this API"
            raise header_not_implemented("If-None-Match", more)
        if current is not None:
            raise precondition_failed("If-None-Match")
    if match is not None:
        if match == "*":
            more = "We don't accept the provided value of If-Match header for this API"
            raise header_not_implemented("If-Match", more)
        if current is None:
            raise no_such_key(key)
        if not _among(current.etag, match):
            raise precondition_failed("If-Match")


def _among(etag: str, header: str) -> bool:
    wanted = [part.strip().removeprefix("W/").strip('"') for part in header.split(",")]
    return "*" in wanted or etag in wanted
