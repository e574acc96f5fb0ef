"""One connection of the HTTP server: requests in, responses out, in order."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Any

import httptools

from windtunnel.gateway import http_text
from windtunnel.gateway.http_text import lowered
from windtunnel.gateway.messages import Headers, Request, Response, joined
from windtunnel.gateway.received import Received

if TYPE_CHECKING:
    from windtunnel.gateway.http import Server


_METHODS = {name.encode(): name for name in ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")}


class Connection(asyncio.Protocol):
    """
    States: reading a request · answering it · finishing (the last answer, then the end).

    `_busy` is the task of the answer under way; `_waiting` holds the requests that came meanwhile.
    """

    def __init__(self, server: Server, secure: bool):
        self._server = server
        self._handler = server.handler
        self._limits = server.limits
        self._secure = secure
        self._peer = ""
        self._transport: Any = None
        self._parser = httptools.HttpRequestParser(self)
        self._busy: asyncio.Task[None] | None = None
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._finishing = False
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None
        self._writable: asyncio.Future[None] | None = None
        self._reading = True
        self._begun = False
        self._forget()

    # what asyncio calls

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._server.connections.add(self)
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # The offer of another protocol is declined by answering in this one.
            self._parser = httptools.HttpRequestParser(self)
            rest = data[upgrade.args[0] :]
            if rest:
                self.data_received(rest)
            return
        except httptools.HttpParserError:
            if not self._refused:
                self._refuse(http_text.refusal(400, "BadRequest", "The request is not HTTP."))
        if self._begun and not self._refused:
            self._await_rest(len(data))

    def _await_rest(self, size: int) -> None:
        """A request has arrived in part: its head must not grow without end, nor its rest be long in coming."""
        if not self._in_body:
            self._head_size += size
            if self._head_size > self._limits.headers:
                self._too_many()
                return
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._limits.request_s, self._overdue)

    def connection_lost(self, error: Exception | None) -> None:
        self._finishing = True
        self._waiting.clear()
        self._stop_timer()
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        if self._busy is not None:
            self._busy.cancel()
        self._server.gone(self)

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # what the parser calls

    def on_message_begin(self) -> None:
        self._forget()
        self._begun = True

    def _forget(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._pairs: list[tuple[bytes, bytes]] = []
        self._in_body = False
        self._chunks: list[bytes] = []
        self._received = self._head_size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > self._limits.target:
            self._refuse(http_text.refusal(414, "RequestUriTooLong", "The request's address is too long."))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._pairs.append((name, value))

    def on_headers_complete(self) -> None:
        if self._refused:
            return
        if len(self._pairs) > self._limits.header_count:
            self._too_many()
            return
        self._in_body = True
        headers = self._headers = {}
        try:
            for name, value in self._pairs:
                key = lowered(name)
                text = value.decode()
                headers[key] = f"{headers[key]}, {text}" if key in headers else text
        except UnicodeDecodeError:
            headers.update(joined(http_text.pairs(self._pairs)))
        if "content-length" in headers and int(headers["content-length"].partition(",")[0]) > self._limits.body:
            self._too_large()
        elif "expect" in headers and headers["expect"].lower() == "100-continue" and self._is_idle():
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._refused:
            return
        self._received += len(body)
        if self._received > self._limits.body:
            self._too_large()
            return
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        if self._refused:
            return
        self._begun = False
        self._stop_timer()
        keep = self._parser.should_keep_alive()
        request = self._request()
        if request is None:
            self._refuse(http_text.refusal(400, "BadRequest", "The request's address is malformed."))
        elif self._busy is not None or self._waiting:
            self._waiting.append((request, keep))
            if self._reading and len(self._waiting) >= self._limits.pipelined:
                self._reading = False
                self._transport.pause_reading()
        else:
            self._serve(request, keep)

    # the answer

    def finish(self) -> None:
        """Ends the connection after the answers that are due."""
        self._finishing = True
        if self._busy is None and not self._waiting and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Ends the connection now."""
        if self._busy is not None:
            self._busy.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _request(self) -> Request | None:
        try:
            url = self._url.decode("ascii")
        except UnicodeDecodeError:
            url = http_text.escaped_url(self._url)
        if url[:1] != "/":
            url = http_text.path_of(url)
            if not url:
                return None
        path, _, query = url.partition("?")
        if "#" in query:
            query = query.partition("#")[0]
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        method = _METHODS.get(self._parser.get_method()) or self._parser.get_method().decode("ascii")
        return Received(method, path, query, self._headers, self._pairs, body, self._secure, self._peer)

    def _serve(self, request: Request, keep: bool) -> None:
        if self._finishing:
            keep = False
        answer = self._handler(request)
        if type(answer) is Response and type(answer.body) is bytes:
            self._write(request, answer, keep)
        else:
            self._busy = asyncio.get_running_loop().create_task(self._answer(request, answer, keep))

    async def _answer(self, request: Request, answer: Response | Awaitable[Response], keep: bool) -> None:
        try:
            response = answer if isinstance(answer, Response) else await answer
            if isinstance(response.body, bytes):
                self._write(request, response, keep)
            else:
                await self._stream(request, response, response.body, keep)
        except asyncio.CancelledError:
            self._transport.abort()
            raise
        except Exception:
            self._transport.abort()
            raise
        finally:
            self._busy = None
        self._next()

    def _next(self) -> None:
        while self._waiting and self._busy is None and not self._transport.is_closing():
            request, keep = self._waiting.popleft()
            self._serve(request, keep)
        if not self._reading and len(self._waiting) < self._limits.pipelined:
            self._reading = True
            if not self._transport.is_closing():
                self._transport.resume_reading()
        if self._finishing and self._busy is None and not self._waiting:
            self._transport.close()

    def _write(self, request: Request, response: Response, keep: bool) -> None:
        body = response.body
        assert type(body) is bytes
        self._transport.write(
            http_text.whole(request.method, response.status, response.headers, body, keep, self._server.now)
        )
        if not keep:
            self._end()

    async def _stream(self, request: Request, response: Response, body: AsyncIterator[bytes], keep: bool) -> None:
        sized = response.header("content-length") is not None
        chunked = not sized and request.method != "HEAD"
        headers: Headers = [*response.headers, ("Transfer-Encoding", "chunked")] if chunked else response.headers
        self._transport.write(http_text.head(response.status, headers, keep, self._server.now))
        try:
            if request.method != "HEAD":
                async for part in body:
                    if self._transport.is_closing():
                        break
                    if part:
                        self._transport.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                    if self._writable is not None:
                        await asyncio.shield(self._writable)
        finally:
            close = getattr(body, "aclose", None)
            if close is not None:
                await close()
        if chunked:
            self._transport.write(b"0\r\n\r\n")
        if not keep:
            self._end()

    def _end(self) -> None:
        self._finishing = True
        self._waiting.clear()
        self._transport.close()

    def _is_idle(self) -> bool:
        return self._busy is None and not self._waiting

    # refusals

    def _too_many(self) -> None:
        self._refuse(http_text.refusal(431, "RequestHeaderSectionTooLarge", "The request's headers are too large."))

    def _too_large(self) -> None:
        message = f"The request's body is larger than {self._limits.body} bytes."
        self._refuse(http_text.refusal(413, "RequestEntityTooLarge", message))

    def _refuse(self, response: Response) -> None:
        """Answers before the request is complete and ends the connection: its rest cannot be told from a next one."""
        if self._refused:
            return
        self._refused = True
        self._begun = False
        self._stop_timer()
        if self._is_idle():
            self._write(Request("POST", "/"), response, keep=False)
        else:
            self._finishing = True

    def _overdue(self) -> None:
        self._timer = None
        self._refuse(http_text.refusal(408, "RequestTimeout", "The request did not arrive in time."))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
