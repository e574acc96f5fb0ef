"""
boto3 without a socket: one client's requests are answered by the front door of a cloud in the same process.

The client keeps everything else of botocore: validation, signing, retries, parsing. Other clients are not touched.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from windtunnel.gateway.front import Front
from windtunnel.gateway.messages import Headers, Request, Response

Run = Callable[[Awaitable[Any]], Any]


def attach(client: Any, front: Front, run: Run) -> None:
    """
    Answers the requests of a boto3 or botocore client by `front`. `run` is called in the client's thread with an
    awaitable; it runs it on the cloud's event loop and gives its result or raises its exception.
    """

    def answer(request: Any, **context: Any) -> Any:
        return _answered(request, front, run)

    client.meta.events.register("before-send", answer)


def _answered(prepared: Any, front: Front, run: Run) -> Any:
    from botocore.awsrequest import AWSResponse, HeadersDict

    request = request_of(prepared)
    response = run(_handled(front, request))
    headers = HeadersDict(response.headers)
    body = response.body
    if isinstance(body, bytes):
        if "content-length" not in headers:
            headers["Content-Length"] = str(len(body))
        parts: Iterator[bytes] = iter((body,) if request.method != "HEAD" else ())
    else:
        parts = _pulled(body, run)
    return AWSResponse(prepared.url, response.status, headers, Raw(parts))


async def _handled(front: Front, request: Request) -> Response:
    answer = front.handle(request)
    return answer if isinstance(answer, Response) else await answer


def request_of(prepared: Any) -> Request:
    """What the server would have read from the socket."""
    url = urlsplit(prepared.url)
    headers: Headers = [(name, _text(value)) for name, value in prepared.headers.items()]
    if "host" not in {name.lower() for name, _ in headers}:
        headers.append(("Host", url.netloc))
    body = prepared.body
    if body is None:
        body = b""
    elif isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = body.read() if hasattr(body, "read") else bytes(body)
        body = body.encode() if isinstance(body, str) else body
    secure = url.scheme == "https"
    return Request(prepared.method, url.path or "/", url.query, headers, body, secure, "127.0.0.1")


class Raw(io.RawIOBase):
    """The body of a response as botocore reads it: by `read`, or piece by piece by `stream`."""

    def __init__(self, parts: Iterator[bytes]):
        super().__init__()
        self._parts = parts
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, decode_content: bool | None = None) -> bytes:  # as urllib3's response
        return super().read(-1 if size is None else size) or b""

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._left = part
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def stream(self, amount: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        """What is left, as it comes."""
        if self._left:
            left, self._left = self._left, b""
            yield left
        yield from self._parts

    def close(self) -> None:
        """Ends a streamed answer where it stands."""
        end = getattr(self._parts, "close", None)
        if end is not None and not self.closed:
            end()
        super().close()


def _pulled(body: AsyncIterator[bytes], run: Run) -> Iterator[bytes]:
    try:
        while True:
            part = run(_next(body))
            if part is None:
                return
            yield part
    finally:
        run(_ended(body))


async def _next(body: AsyncIterator[bytes]) -> bytes | None:
    async for part in body:
        return part
    return None


async def _ended(body: AsyncIterator[bytes]) -> None:
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
