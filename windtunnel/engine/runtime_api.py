"""
The Lambda Runtime API, served to the process that runs a function. AWS: lambda/latest/dg/runtimes-api.html

    GET  /2018-06-01/runtime/invocation/next              answered when there is an event
    POST /2018-06-01/runtime/invocation/<id>/response     POST …/<id>/error     POST /2018-06-01/runtime/init/error
    GET  /windtunnel/environment                          ours: what a process of the fork server is to become

One `Conversation` per connection, over our own Unix socket or over TCP. A request may follow before the one before is answered.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from windtunnel.engine.spec import Invocation

MOST_ANSWER_BYTES = 6_291_556  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_PREFIX = "/2018-06-01/runtime/"
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


class Conversation(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._buffer = bytearray()
        self._needed = 0
        self.wire: Writes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.wire = transport

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        while len(buffer) >= self._needed and (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = buffer[:end].decode("latin-1")
            body, size = _body(head, buffer, end + 4)
            if body is None:
                self._needed = size
                return
            del buffer[:size]
            self._needed = 0
            self._take(head, body)

    def say(self, head: str, body: bytes) -> None:
        """An answer of status 200; `head` holds further header lines, each with its line end."""
        if self.wire is not None:
            start = f"HTTP/1.1 200 OK\r\n{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wire.write(start.encode("latin-1", "replace") + body)

    def _take(self, head: str, body: bytes) -> None:
        line, _, headers = head.partition("\r\n")
        method, path = line.split(" ", 2)[:2]
        if method == "GET":
            if path == _PREFIX + "invocation/next":
                self._runtime.asks_for_event(self)
            elif path == "/windtunnel/environment":
                self._runtime.asks_for_environment(self)
            else:
                self._write(_NOT_FOUND)
            return
        what = path.removeprefix(_PREFIX).split("/")
        if len(what) == 3 and what[0] == "invocation" and what[2] == "response":
            if len(body) > MOST_ANSWER_BYTES:
                self._write(_TOO_LARGE)
                self._runtime.fails(what[1], "Function.ResponseSizeTooLarge", _too_large(len(body)))
                return
            self._write(_ACCEPTED)
            self._runtime.answers(what[1], body)
        elif len(what) == 3 and what[0] == "invocation" and what[2] == "error":
            self._write(_ACCEPTED)
            self._runtime.fails(what[1], _header(headers, "lambda-runtime-function-error-type"), body)
        elif what == ["init", "error"]:
            self._write(_ACCEPTED)
            self._runtime.fails_to_initialise(_header(headers, "lambda-runtime-function-error-type"), body)
        else:
            self._write(_NOT_FOUND)

    def _write(self, data: bytes) -> None:
        if self.wire is not None:
            self.wire.write(data)


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
    return text.encode("ascii", "backslashreplace").decode().replace("\r", " ").replace("\n", " ")


def _header(headers: str, name: str) -> str:
    for line in headers.split("\r\n"):
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    return ""


def _body(head: str, buffer: bytearray, start: int) -> tuple[bytes | None, int]:
    """The body and where the request ends; or None and how many bytes to wait for."""
    if head.startswith("GET "):
        return b"", start
    if "chunked" in _header(head, "transfer-encoding").lower():
        return _chunked(buffer, start)
    end = start + int(_header(head, "content-length") or 0)
    if len(buffer) < end:
        return None, end
    return bytes(memoryview(buffer)[start:end]), end


def _chunked(buffer: bytearray, at: int) -> tuple[bytes | None, int]:
    parts = []
    while (line_end := buffer.find(b"\r\n", at)) >= 0:
        size = int(buffer[at:line_end].split(b";")[0], 16)
        if size == 0:
            end = buffer.find(b"\r\n\r\n", line_end)
            if buffer[line_end : line_end + 4] == b"\r\n\r\n":
                return b"".join(parts), line_end + 4
            return (b"".join(parts), end + 4) if end >= 0 else (None, len(buffer) + 1)
        chunk_end = line_end + 2 + size
        if len(buffer) < chunk_end + 2:
            return None, chunk_end + 2
        parts.append(bytes(buffer[line_end + 2 : chunk_end]))
        at = chunk_end + 2
    return None, len(buffer) + 1


def _too_large(size: int) -> bytes:
    text = f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({MOST_ANSWER_BYTES} bytes)."
    return b'{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"%s"}' % text.encode()
