"""Deployment packages as they arrive: how large they may be, and how Lambda names them. `unpacking.py` has the rest."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_.names import invalid
from windtunnel.services.lambda_.zip_directory import members

MAXIMUM_REQUEST_BYTES = 70_167_211
MAXIMUM_ZIPPED_BYTES = 52_428_800
MAXIMUM_UNZIPPED_BYTES = 262_144_000
"""AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def sha256(content: bytes) -> str:
    """As Lambda shows it: base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def check_request(content: bytes | None, operation: str) -> None:
    """
    A package travels as base64 in the request. Raises RequestEntityTooLargeException and, for what just fits into a
    request, InvalidParameterValueException.
    """
    size = len(content or b"")
    if 4 * -(-size // 3) >= MAXIMUM_REQUEST_BYTES:
        raise ApiError(
            "RequestEntityTooLargeException",
            f"Request must be smaller than {MAXIMUM_REQUEST_BYTES} bytes for the {operation} operation",
            status=413,
        )
    if size > MAXIMUM_ZIPPED_BYTES:
        raise invalid(f"Zipped size must be smaller than {MAXIMUM_ZIPPED_BYTES} bytes")


def sha256_of_blob(name: str) -> str:
    """The same from the name of a blob, which is the hash in hexadecimal."""
    return base64.b64encode(bytes.fromhex(name)).decode()


def check(content: bytes) -> int:
    """The size unpacked. Raises InvalidParameterValueException for what cannot be unpacked, in Lambda's words."""
    if not content:
        raise invalid("Uploaded file must be a non-empty zip")
    try:
        size = unzipped_size(content)
        if size >= MAXIMUM_UNZIPPED_BYTES:
            raise invalid(f"Unzipped size must be smaller than {MAXIMUM_UNZIPPED_BYTES} bytes")
    except (zipfile.BadZipFile, OSError, ValueError):
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from None
    return size


def unzipped_size(content: bytes) -> int:
    """In bytes; the content has been checked."""
    if (plain := members(content)) is not None:
        return sum(each.size for each in plain)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(entry.file_size for entry in archive.infolist())
