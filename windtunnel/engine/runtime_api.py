"""
The Lambda Runtime API, served to the process that runs a function. AWS: lambda/latest/dg/runtimes-api.html

    GET  /2018-06-01/runtime/invocation/next              answered when there is an event
    POST /2018-06-01/runtime/invocation/<id>/response     POST …/<id>/error     POST /2018-06-01/runtime/init/error
    GET  /windtunnel/environment                          ours: what a process of the fork server is to become

One `Conversation` per connection, over our own Unix socket or over TCP. A client may ask for the next event in the
same write as it answers the one before; the word that the answer was accepted then comes together with that event.
"""

from __future__ import annotations

import asyncio
import json
from typing import Protocol

from windtunnel.engine.spec import Invocation

MOST_ANSWER_BYTES = 6_291_556  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_PREFIX = "/2018-06-01/runtime/"
_NEXT = _PREFIX + "invocation/next"
_ENDING = "\r\nWindtunnel-Ending: "
_ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + b'{"status":"OK"}\n'
)
_TOO_LARGE = b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Writes(Protocol):
    def write(self, data: bytes) -> None: ...


class Runtime(Protocol):
    """Whom a conversation belongs to: one process that runs a function."""

    def asks_for_environment(self, conversation: Conversation) -> None: ...

    def asks_for_event(self, conversation: Conversation) -> None: ...

    def answers(self, request_id: str, payload: bytes) -> None: ...

    def fails(self, request_id: str, error_type: str, payload: bytes) -> None: ...

    def fails_to_initialise(self, error_type: str, payload: bytes) -> None: ...

    def ends(self, ending: bytes) -> None: ...


class Conversation(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._buffer = bytearray()
        self._needed = 0
        self._held = b""
        self._asks = False
        self.wire: Writes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.wire = transport

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return
            data = bytes(self._buffer)
            self._buffer.clear()
        at = 0
        while (head_end := data.find(b"\r\n\r\n", at)) >= 0:
            head = data[at:head_end].decode("latin-1")
            body, size = _body(head, data, head_end + 4)
            if body is None:
                break
            at = size
            self._take(head, body)
        else:
            size = 0
        if at < len(data):
            self._buffer += data[at:]
            self._needed = size - at
        elif self._held and not self._asks:
            self._flush()

    def say(self, head: str, body: bytes) -> None:
        """An answer of status 200; `head` holds further header lines, each with its line end."""
        start = f"HTTP/1.1 200 OK\r\n{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._asks = False
        self._held += start.encode("latin-1", "replace") + body
        self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if self.wire is not None:
            self.wire.write(held)

    def _take(self, head: str, body: bytes) -> None:
        path = head[head.find(" ") + 1 : head.find(" HTTP/")]
        if head.startswith("GET "):
            if path == _NEXT:
                self._asks = True
                self._runtime.asks_for_event(self)
            elif path == "/windtunnel/environment":
                self._asks = True
                self._runtime.asks_for_environment(self)
            else:
                self._write(_NOT_FOUND)
            return
        what = path[len(_PREFIX) :].split("/") if path.startswith(_PREFIX) else []
        if len(what) == 3 and what[0] == "invocation" and what[2] == "response":
            if len(body) > MOST_ANSWER_BYTES:
                self._write(_TOO_LARGE)
                self._runtime.fails(what[1], "Function.ResponseSizeTooLarge", _too_large())
                self._end(head)
                return
            self._write(_ACCEPTED)
            self._runtime.answers(what[1], body)
            self._end(head)
        elif len(what) == 3 and what[0] == "invocation" and what[2] == "error":
            self._write(_ACCEPTED)
            self._runtime.fails(what[1], _header(head, "Lambda-Runtime-Function-Error-Type"), body)
            self._end(head)
        elif what == ["init", "error"]:
            self._write(_ACCEPTED)
            self._runtime.fails_to_initialise(_header(head, "Lambda-Runtime-Function-Error-Type"), body)
        else:
            self._write(_NOT_FOUND)

    def _end(self, head: str) -> None:
        """Our own runtime says with its answer that it has written everything, as far as that is short."""
        at = head.find(_ENDING)
        if at >= 0:
            at += len(_ENDING)
            end = head.find("\r\n", at)
            self._runtime.ends(head[at : end if end >= 0 else None].encode("latin-1"))

    def _write(self, data: bytes) -> None:
        """
        Held back until the requests that came along have been looked at: who asks for an event gets both in one
        write.
        """
        self._held += data


def event_head(invocation: Invocation, deadline_ms: int, time_left_ms: float, arn: str) -> str:
    """The header lines that come with an event."""
    head = (
        f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}\r\nLambda-Runtime-Deadline-Ms: {deadline_ms}\r\n"
        f"Windtunnel-Time-Left-Ms: {time_left_ms:.3f}\r\nLambda-Runtime-Invoked-Function-Arn: {arn}\r\n"
    )
    if invocation.trace:
        head += f"Lambda-Runtime-Trace-Id: {invocation.trace}\r\n"
    if invocation.client_context:
        head += f"Lambda-Runtime-Client-Context: {_one_line(invocation.client_context)}\r\n"
    if invocation.identity:
        head += f"Lambda-Runtime-Cognito-Identity: {_one_line(invocation.identity)}\r\n"
    return head


def _one_line(text: str) -> str:
    """JSON fit for a header: ASCII without line ends."""
    if text.isascii() and text.isprintable():
        return text
    return json.dumps(json.loads(text))


def _header(headers: str, name: str) -> str:
    """The value of the first header of this name, given as `Content-Length` is; empty when there is none."""
    if (at := headers.find(f"\n{name}: ")) >= 0:
        at += len(name) + 3
        end = headers.find("\r\n", at)
        return headers[at:] if end < 0 else headers[at:end]
    name = name.lower()
    at = headers.lower().find("\n" + name + ":")
    return headers[at + len(name) + 2 :].partition("\r\n")[0].strip() if at >= 0 else ""


def _body(head: str, data: bytes, start: int) -> tuple[bytes | None, int]:
    """The body and where the request ends; or None and up to where there must be data first."""
    if head.startswith("GET "):
        return b"", start
    length = _header(head, "Content-Length")
    if not length and "chunked" in _header(head, "Transfer-Encoding").lower():
        return _chunked(data, start)
    end = start + int(length or 0)
    return (data[start:end], end) if len(data) >= end else (None, end)


def _chunked(data: bytes, at: int) -> tuple[bytes | None, int]:
    parts: list[bytes] = []
    while (line_end := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:line_end].split(b";")[0], 16)
        if size == 0:
            if data[line_end : line_end + 4] == b"\r\n\r\n":
                return b"".join(parts), line_end + 4
            end = data.find(b"\r\n\r\n", line_end)
            return (b"".join(parts), end + 4) if end >= 0 else (None, len(data) + 1)
        chunk_end = line_end + 2 + size
        if len(data) < chunk_end + 2:
            return None, chunk_end + 2
        parts.append(data[line_end + 2 : chunk_end])
        at = chunk_end + 2
    return None, len(data) + 1


def _too_large() -> bytes:
    text = f"Response payload size exceeded maximum allowed payload size ({MOST_ANSWER_BYTES} bytes)."
    return b'{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"%s"}' % text.encode()
