"""Responses as bytes, and the few refusals that the HTTP server writes itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from windtunnel.aws import timestamps
from windtunnel.gateway.messages import Headers, Response

Now = Callable[[], float]
_BODILESS = frozenset({204, 304})


def head(status: int, headers: Headers, keep: bool, now: Now | None = None) -> bytes:
    """Status line and headers, with the empty line."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    date = f"Date: {timestamps.http_date(now())}\r\n" if now is not None else ""
    connection = "" if keep else "Connection: close\r\n"
    return f"{_status_line(status)}{lines}{date}{connection}\r\n".encode("latin-1", "replace")


def whole(method: str, status: int, headers: Headers, body: bytes, keep: bool, now: Now | None = None) -> bytes:
    """A whole response. Content-Length is added where `headers` have none; HEAD, 204 and 304 have no body."""
    bodiless = status in _BODILESS or status < 200
    lines = []
    sized = bodiless
    for name, value in headers:
        if name == "Content-Length" or (len(name) == 14 and name.lower() == "content-length"):
            if bodiless and status == 204:
                continue
            sized = True
        lines.append(f"{name}: {value}\r\n")
    if not sized:
        lines.append(f"Content-Length: {len(body)}\r\n")
    if now is not None:
        lines.append(f"Date: {timestamps.http_date(now())}\r\n")
    if not keep:
        lines.append("Connection: close\r\n")
    start = f"{_status_line(status)}{''.join(lines)}\r\n".encode("latin-1", "replace")
    return start if bodiless or method == "HEAD" else start + body


def refusal(status: int, code: str, message: str) -> Response:
    """An answer to what never became a request, in the shape that most clients of AWS understand."""
    body = f'{{"__type":"{code}","message":"{message}"}}'
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
    return Response(status, headers, body.encode())


@functools.lru_cache(maxsize=1024)
def lowered(name: bytes) -> str:
    """A header's name in lower case."""
    return name.decode("latin-1").lower()


def pairs(headers: list[tuple[bytes, bytes]]) -> Headers:
    """Headers as text: values in UTF-8 where they are, else in latin-1."""
    return [(name.decode("latin-1"), _text(value)) for name, value in headers]


def escaped_url(url: bytes) -> str:
    """An address in which somebody forgot to escape what is not ASCII."""
    return "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in url)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def path_of(url: str) -> str:
    """The path of an absolute address, as proxies send it; "" where it is none."""
    if url == "*":
        return "/"
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not parts.scheme or not parts.netloc:
        return ""
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


@functools.cache
def _status_line(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}\r\n"
