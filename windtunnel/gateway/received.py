"""A request as the server reads it from a socket: what few look at is made when they look."""

from __future__ import annotations

from windtunnel.gateway import http_text
from windtunnel.gateway.messages import Headers, Request


class Received(Request):
    """A `Request` whose headers as pairs are made from the bytes when they are first asked for."""

    __slots__ = ("_pairs",)

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        pairs: list[tuple[bytes, bytes]],
        body: bytes,
        secure: bool,
        peer: str,
    ):
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.secure = secure
        self.peer = peer
        self._pairs = pairs

    @property
    def raw_headers(self) -> Headers:  # type: ignore[override]
        return http_text.pairs(self._pairs)
