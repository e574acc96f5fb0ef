"""HTTP requests and responses as plain values: all that anything above the server sees of HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

Headers = list[tuple[str, str]]


class Request:
    """
    One request. `path` and `query` are as they came, percent-encoded; `headers` has lower-case names, repeated ones
    joined by ", "; `body` is complete and free of transfer encodings.
    """

    __slots__ = ("body", "headers", "method", "path", "peer", "query", "raw_headers", "secure")

    def __init__(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        secure: bool = False,
        peer: str = "",
    ):
        self.method = method
        self.path = path
        self.query = query
        self.raw_headers: Headers = list(headers.items() if isinstance(headers, Mapping) else headers)
        self.headers = joined(self.raw_headers)
        self.body = body
        self.secure = secure
        self.peer = peer

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}{'?' if self.query else ''}{self.query}>"


class Response:
    """
    One response. `body` is bytes, or an async iterator of bytes that is sent as it comes. The server adds
    Content-Length or Transfer-Encoding itself, unless `headers` has a Content-Length.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        status: int = 200,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes | AsyncIterator[bytes] = b"",
    ):
        self.status = status
        if type(headers) is list:
            self.headers: Headers = headers
        else:
            self.headers = list(headers.items() if isinstance(headers, Mapping) else headers)
        self.body = body

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        name = name.lower()
        return next((value for key, value in self.headers if key.lower() == name), None)

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


Handler = Callable[[Request], "Response | Awaitable[Response]"]


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name, repeated ones joined in order."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
