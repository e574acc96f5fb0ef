"""The checksums of bodies: which there are, checking those that come, making those that are missing.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.crc import crc32c, crc64nvme
from windtunnel.services.s3.tables import invalid_request

ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
DEFAULT = "CRC64NVME"
SIZES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"


def checksum(algorithm: str, body: bytes) -> str:
    """The checksum of a body in base64."""
    return base64.b64encode(_digest(algorithm, body)).decode()


def composite(algorithm: str, checksums: list[str]) -> str:
    """The checksum of the checksums of parts, with their number."""
    return f"{checksum(algorithm, b''.join(map(base64.b64decode, checksums)))}-{len(checksums)}"


def given(params: dict[str, Any]) -> tuple[str, str]:
    """The algorithm and value of the checksum that a request carries; empty where it has none."""
    return next(((name, params[f"Checksum{name}"]) for name in ALGORITHMS if params.get(f"Checksum{name}")), ("", ""))


def checked(params: dict[str, Any], body: bytes) -> tuple[str, str]:
    """Algorithm and value of a body's checksum, after comparing what was sent; both empty where none was asked for.

    Raises InvalidRequest, InvalidDigest or BadDigest.
    """
    check_md5(params.get("ContentMD5"), body)
    algorithm, value = given(params)
    if not algorithm:
        algorithm = known(params.get("ChecksumAlgorithm"))
        return (algorithm, checksum(algorithm, body)) if algorithm else ("", "")
    if not _has_the_form(algorithm, value):
        raise invalid_request(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
    if value != checksum(algorithm, body):
        raise ApiError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    return algorithm, value


def known(algorithm: str | None) -> str:
    """Raises InvalidRequest for an algorithm that is none."""
    if algorithm and algorithm.upper() not in ALGORITHMS:
        raise invalid_request("Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(ALGORITHMS)}]")  # fmt: skip
    return (algorithm or "").upper()


def check_md5(sent: str | None, body: bytes) -> None:
    """Raises InvalidDigest or BadDigest."""
    if sent is None:
        return
    try:
        digest = base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        raise ApiError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    calculated = hashlib.md5(body, usedforsecurity=False).digest()
    if digest != calculated:
        raise ApiError("BadDigest", "The Content-MD5 you specified did not match what we received.",
            ExpectedDigest=sent, CalculatedDigest=base64.b64encode(calculated).decode())  # fmt: skip


def _has_the_form(algorithm: str, value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == SIZES[algorithm]
    except (binascii.Error, ValueError):
        return False


def _digest(algorithm: str, body: bytes) -> bytes:
    if algorithm == "CRC32":
        return zlib.crc32(body).to_bytes(4, "big")
    if algorithm == "CRC32C":
        return crc32c().of(body).to_bytes(4, "big")
    if algorithm == "CRC64NVME":
        return crc64nvme().of(body).to_bytes(8, "big")
    return hashlib.new(algorithm.lower(), body, usedforsecurity=False).digest()
