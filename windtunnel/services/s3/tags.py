"""Tags of buckets and objects: what may be one. AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.tables import malformed_xml

_TEXT = re.compile(r"[\w\s+\-=.:/@]*")
MAXIMUM_OF_OBJECT = 10
MAXIMUM_OF_BUCKET = 50


def of_bucket(tag_set: list[dict[str, Any]]) -> dict[str, str]:
    """Raises InvalidTag, MalformedXML or BadRequest."""
    return _checked(tag_set, "System tags cannot be added/updated by requester", "Bucket", MAXIMUM_OF_BUCKET)


def of_object(tag_set: list[dict[str, Any]]) -> dict[str, str]:
    """In the order of their keys."""
    tags = _checked(tag_set, "Your TagKey cannot be prefixed with aws:", "Object", MAXIMUM_OF_OBJECT)
    return dict(sorted(tags.items()))


def in_header(text: str | None) -> dict[str, str]:
    """The tags of an x-amz-tagging header, which are written as a query string."""
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=False)
    except ValueError:
        pairs = []
    if len(pairs) != len(dict(pairs)):
        message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."  # noqa: E501
        raise ApiError("InvalidArgument", message, ArgumentName="x-amz-tagging", ArgumentValue=text)
    return of_object([{"Key": key, "Value": value} for key, value in pairs])


def as_set(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _checked(tag_set: list[dict[str, Any]], system: str, kind: str, maximum: int) -> dict[str, str]:
    if len(tag_set) > maximum:
        raise ApiError("BadRequest", f"{kind} tag count cannot be greater than {maximum}")
    tags: dict[str, str] = {}
    for tag in tag_set:
        key, value = tag.get("Key"), tag.get("Value")
        if not key or value is None:
            raise malformed_xml()
        if key in tags:
            raise ApiError("InvalidTag", "Cannot provide multiple Tags with the same key", TagKey=key)
        if key.startswith("aws:"):
            raise ApiError("InvalidTag", system, TagKey=key)
        if len(key) > 128 or not _TEXT.fullmatch(key):
            raise ApiError("InvalidTag", "The TagKey you have provided is invalid", TagKey=key)
        if len(value) > 256 or not _TEXT.fullmatch(value):
            raise ApiError("InvalidTag", "The TagValue you have provided is invalid", TagKey=key, TagValue=value)
        tags[key] = value
    return tags
