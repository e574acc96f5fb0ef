"""What a bucket may be called. AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

from __future__ import annotations

import re

from windtunnel.aws.errors import ApiError

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)
_PREFIXES = ("xn--", "sthree-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
MAXIMUM_KEY_BYTES = 1024


def check_bucket_name(name: str) -> None:
    """Raises InvalidBucketName."""
    wrong = (
        not _NAME.fullmatch(name)
        or _ADDRESS.fullmatch(name)
        or ".." in name
        or name.startswith(_PREFIXES)
        or name.endswith(_SUFFIXES)
    )
    if wrong:
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)


def check_key(key: str) -> None:
    """Raises KeyTooLongError."""
    size = len(key.encode("utf-8", "surrogateescape"))
    if size > MAXIMUM_KEY_BYTES:
        message = "Your key is too long"
        raise ApiError("KeyTooLongError", message, Size=str(size), MaxSizeAllowed=str(MAXIMUM_KEY_BYTES))
