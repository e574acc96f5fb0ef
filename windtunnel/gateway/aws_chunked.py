"""
Bodies in the content encoding `aws-chunked`: chunks that may be signed, and headers that follow the last one.

    400;chunk-signature=…\\r\\n
    …1024 bytes…\\r\\n
    0;chunk-signature=…\\r\\n
    x-amz-checksum-crc32:…\\r\\n
    \\r\\n
"""

from __future__ import annotations

import zlib

from windtunnel.aws.errors import ApiError
from windtunnel.gateway.messages import Request


class IncompleteBody(ApiError):
    """The body is not what its framing says."""

    def __init__(self) -> None:
        message = "The request body terminated unexpectedly"
        super().__init__("IncompleteBody", message, status=400)


def is_chunked(request: Request) -> bool:
    """Whether the request's body is in this encoding."""
    headers = request.headers
    return headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or "aws-chunked" in headers.get(
        "content-encoding", ""
    )


def decode(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The plain body and the trailing headers, by lower-case name. Raises IncompleteBody."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at)
        if end < 0:
            raise IncompleteBody
        try:
            size = int(body[at:end].partition(b";")[0], 16)
        except ValueError:
            raise IncompleteBody from None
        at = end + 2
        if size == 0:
            return b"".join(parts), _trailers(body[at:])
        if size < 0 or at + size > len(body):
            raise IncompleteBody
        parts.append(body[at : at + size])
        at += size
        if body[at : at + 2] == b"\r\n":
            at += 2


def plain(request: Request, service: str) -> Request:
    """The request with the body that its sender meant. Raises ApiError. Zipped objects of S3 stay zipped."""
    if is_chunked(request):
        return unchunked(request)
    return unzipped(request) if "content-encoding" in request.headers and service != "s3" else request


def unchunked(request: Request) -> Request:
    """The request with its plain body; trailing headers become headers. Raises IncompleteBody."""
    body, trailers = decode(request.body)
    declared = request.headers.get("x-amz-decoded-content-length", "")
    if declared and declared != str(len(body)):
        raise IncompleteBody
    headers = [(name, value) for name, value in request.raw_headers if name.lower() not in _ENCODING]
    encodings = [part.strip() for part in request.headers.get("content-encoding", "").split(",")]
    kept = ",".join(part for part in encodings if part and part != "aws-chunked")
    if kept:
        headers.append(("content-encoding", kept))
    headers += [("content-length", str(len(body))), *trailers.items()]
    return Request(request.method, request.path, request.query, headers, body, request.secure, request.peer)


def unzipped(request: Request) -> Request:
    """The request with its body free of gzip, which SDKs use for large bodies of some calls."""
    if request.headers["content-encoding"].strip().lower() != "gzip":
        return request
    # AWS: https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait (PutMetricData)
    try:
        body = _unzipped(request.body)
    except (OSError, EOFError, zlib.error):
        raise ApiError("SerializationException", "The body is not gzip, as it says.", status=400) from None
    headers = [(name, value) for name, value in request.raw_headers if name.lower() not in _ENCODING]
    return Request(request.method, request.path, request.query, headers, body, request.secure, request.peer)


_UNZIPPED_LIMIT = 64 * 1024 * 1024


def _unzipped(body: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    plain = unzip.decompress(body, _UNZIPPED_LIMIT)
    if unzip.unconsumed_tail or not unzip.eof:
        raise EOFError
    return plain


_ENCODING = frozenset({"content-encoding", "content-length", "x-amz-decoded-content-length", "x-amz-trailer"})


def _trailers(text: bytes) -> dict[str, str]:
    trailers = {}
    for line in text.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon and not name.lower().startswith("x-amz-trailer-signature"):
            trailers[name.strip().lower()] = value.strip()
    return trailers
