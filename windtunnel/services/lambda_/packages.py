"""Deployment packages: from a zip file to a folder that execution environments see read-only.

The same content is unpacked once, into the cloud's workspace under its hash; half-unpacked folders are never found, because a
package is unpacked beside and renamed.
"""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import stat
import zipfile
from pathlib import Path

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_.names import invalid

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


def check(content: bytes) -> None:
    """Raises InvalidParameterValueException for what cannot be unpacked, in Lambda's words."""
    if not content:
        raise invalid("Uploaded file must be a non-empty zip")
    try:
        if unzipped_size(content) >= MAXIMUM_UNZIPPED_BYTES:
            raise invalid(f"Unzipped size must be smaller than {MAXIMUM_UNZIPPED_BYTES} bytes")
    except (zipfile.BadZipFile, OSError, ValueError):
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from None


def unzipped_size(content: bytes) -> int:
    """In bytes; the content has been checked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def unpacked(content: bytes, name: str, workspace: Path) -> Path:
    """The folder with the package `content`, whose hash in hexadecimal is `name`. Raises InvalidParameterValueException."""
    place = workspace / "packages" / name[:40]
    if place.exists():
        return place
    draft = place.with_name(place.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                _extract(archive, entry, draft)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
        shutil.rmtree(draft, ignore_errors=True)
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from None
    draft.rename(place)
    return place


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        target = archive.read(entry).decode()
        link = folder / entry.filename
        if not link.resolve().is_relative_to(folder.resolve()) or ".." in Path(entry.filename).parts:
            raise ValueError(f"{entry.filename} leads out of the package")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        return
    path = Path(archive.extract(entry, folder))
    if path.is_file():
        path.chmod(0o755 if mode & 0o111 else 0o644)
