"""Parts of a body: the Range header, and the parts of a multipart upload. AWS: API_GetObject.html#API_GetObject_RequestSyntax"""

from __future__ import annotations

import re

from windtunnel.aws.errors import ApiError
from windtunnel.services.s3.records import Version
from windtunnel.services.s3.tables import invalid_argument, invalid_request

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)", re.ASCII)

Span = tuple[int, int]
"""First byte, and the byte after the last."""


def asked(header: str, size: int) -> Span | None:
    """What a Range header asks for; None where it is to be passed over. Raises InvalidRange."""
    found = _RANGE.fullmatch(header)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = int(found[2])
        if length == 0 or size == 0:
            raise _unsatisfiable(header, size)
        return max(0, size - length), size
    first = int(found[1])
    last = int(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return None
    if first >= size:
        raise _unsatisfiable(header, size)
    return first, min(last + 1, size)


def of_part(version: Version, number: int) -> Span:
    """Where a part of an object stands; an object that was put whole is its own first part. Raises InvalidPartNumber."""
    if not version.parts:
        if number != 1:
            raise _no_such_part(number, 1)
        return 0, version.size
    if number > len(version.parts):
        raise _no_such_part(number, len(version.parts))
    first = sum(part.size for part in version.parts[: number - 1])
    return first, first + version.parts[number - 1].size


def of_copy(header: str, size: int) -> Span:
    """What an x-amz-copy-source-range asks for. Raises InvalidArgument or InvalidRequest."""
    found = _COPY_RANGE.fullmatch(header)
    if found is None or int(found[2]) < int(found[1]):
        raise invalid_argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and "
            "last are the zero-based offsets of the first and last bytes to copy", "x-amz-copy-source-range", header)  # fmt: skip
    first, last = int(found[1]), int(found[2])
    if first >= size:
        raise invalid_request("The specified copy range is invalid for the source object size")
    if last >= size:
        message = f"Range specified is not valid for source object of size: {size}"
        raise invalid_argument(message, "x-amz-copy-source-range", header)
    return first, last + 1


def _unsatisfiable(header: str, size: int) -> ApiError:
    return ApiError("InvalidRange", "The requested range is not satisfiable", ActualObjectSize=str(size),
        RangeRequested=header)  # fmt: skip


def _no_such_part(number: int, count: int) -> ApiError:
    return ApiError("InvalidPartNumber", "The requested partnumber is not satisfiable",
        ActualPartCount=str(count), PartNumberRequested=str(number))  # fmt: skip
