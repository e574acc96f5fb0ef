"""
The Lambda Runtime API, served to the process that runs a function. AWS: lambda/latest/dg/runtimes-api.html

    GET  /2018-06-01/runtime/invocation/next              answered when there is an event
    POST /2018-06-01/runtime/invocation/<id>/response     POST …/<id>/error     POST /2018-06-01/runtime/init/error
    GET  /2018-06-01/runtime/restore/next                 POST …/restore/error: of a snapshot, and of what is made from it
    GET  /windtunnel/environment                          ours: what a process of the fork server is to become

One `Conversation` per connection, over our own Unix socket or over TCP. A client may ask for the next event in the
same write as it answers the one before; the word that the answer was accepted then comes together with that event.

An answer of which the runtime says that it streams is handed on as it arrives.
AWS: lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Protocol

from windtunnel.engine.chunks import Chunks
from windtunnel.engine.spec import Invocation

MOST_ANSWER_BYTES = 6_291_556  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_PREFIX = "/2018-06-01/runtime/"
_NEXT = _PREFIX + "invocation/next"
_RESTORED = _PREFIX + "restore/next"
_ENDING = "\r\nWindtunnel-Ending: "
_FOR_EXTENSIONS = ("/2020-01-01/extension/", "/2022-07-01/telemetry", "/2020-08-15/logs")
_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}
_ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + b'{"status":"OK"}\n'
)
_TOO_LARGE = b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_MODE = "Lambda-Runtime-Function-Response-Mode"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"


class Writes(Protocol):
    def write(self, data: bytes) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Runtime(Protocol):
    """Whom a conversation belongs to: one process that runs a function."""

    def asks_for_environment(self, conversation: Conversation) -> None: ...

    def asks_for_event(self, conversation: Conversation) -> None: ...

    def answers(self, request_id: str, payload: bytes) -> None: ...

    def begins(self, request_id: str, content_type: str, hold: Callable[[bool], None]) -> None:
        """An answer that streams; `hold` stops the runtime from writing on and lets it go on."""

    def continues(self, request_id: str, part: bytes) -> None: ...

    def finishes(self, request_id: str, error_type: str, payload: bytes) -> None:
        """The end of an answer that streams; with an error where the function failed on the way."""

    def fails(self, request_id: str, error_type: str, payload: bytes) -> None: ...

    def fails_to_initialise(self, error_type: str, payload: bytes) -> None: ...

    def ends(self, ending: bytes) -> None: ...

    def extension_asks(self, conversation: Conversation, method: str, path: str, head: str, body: bytes) -> None:
        """A request of one of the APIs for extensions."""


class Conversation:
    """The server's side of one connection."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._buffer = bytearray()
        self._needed = 0
        self._held = b""
        self._asks = False
        self._chunks: Chunks | None = None
        self._chunked = ""
        self._parts: list[bytes] = []
        self._streams = ""
        self.wire: Writes | None = None

    def lost(self) -> None:
        """The other side has hung up. A runtime that does so in the middle of its answer has cut it off."""
        if self._streams:
            request_id, self._streams = self._streams, ""
            self._runtime.finishes(request_id, "Runtime.TruncatedResponse", _failure("Runtime.TruncatedResponse", ""))

    def data_received(self, data: bytes) -> None:
        if self._chunks is not None:
            data = self._feed(data)
        elif self._buffer:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return
            data = bytes(self._buffer)
            self._buffer.clear()
        at = size = 0
        while self._chunks is None and (head_end := data.find(b"\r\n\r\n", at)) >= 0:
            head = data[at:head_end].decode("latin-1")
            start = head_end + 4
            length = "" if head.startswith("GET ") else header(head, "Content-Length")
            if not length and not head.startswith("GET ") and "chunked" in header(head, "Transfer-Encoding").lower():
                self._open(head)
                data, at = self._feed(data[start:]), 0
                continue
            end = start + int(length or 0)
            if len(data) < end:
                size = end
                self._invite(head)
                break
            at, size = end, 0
            self._take(head, data[start:end])
        if at < len(data):
            self._buffer += data[at:]
            self._needed = size - at
        elif self._held and not self._asks:
            self._flush()

    def say(self, head: str, body: bytes) -> None:
        """An answer of status 200; `head` holds further header lines, each with its line end."""
        self.answer(200, body, head)

    def answer(self, status: int, body: bytes, head: str = "") -> None:
        """An answer in JSON, now or later."""
        start = f"HTTP/1.1 {status} {_REASONS[status]}\r\n{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._asks = False
        self._held += start.encode("latin-1", "replace") + body
        self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if self.wire is not None:
            self.wire.write(held)

    def _invite(self, head: str) -> None:
        """A client may want to hear that its body is welcome before it sends it; curl waits a second for that."""
        if "100-continue" in head.lower() and self.wire is not None:
            self.wire.write(_CONTINUE)

    def _open(self, head: str) -> None:
        """A body of unknown length begins."""
        self._chunks, self._chunked = Chunks(), head
        self._invite(head)
        what = _path(head)[len(_PREFIX) :].split("/")
        if len(what) == 3 and what[2] == "response" and header(head, _MODE).lower() == "streaming":
            self._streams = what[1]
            self._runtime.begins(what[1], header(head, "Content-Type"), self._hold)

    def _feed(self, data: bytes) -> bytes:
        """More of that body; returns what follows it."""
        assert self._chunks is not None
        parts, rest = self._chunks.feed(data)
        if self._streams:
            for part in parts:
                self._runtime.continues(self._streams, part)
        else:
            self._parts += parts
        if not self._chunks.over:
            return b""
        head, trailers = self._chunked, self._chunks.trailers
        body = b"".join(self._parts)
        self._chunks, self._parts = None, []
        if not self._streams:
            self._take(head, body)
            return rest
        request_id, self._streams = self._streams, ""
        self._write(_ACCEPTED)
        self._runtime.finishes(request_id, header(trailers, _ERROR_TYPE), _decoded(header(trailers, _ERROR_BODY)))
        self._end(head)
        return rest

    def _hold(self, hold: bool) -> None:
        if self.wire is not None:
            (self.wire.pause_reading if hold else self.wire.resume_reading)()

    def _take(self, head: str, body: bytes) -> None:
        path = _path(head)
        if not path.startswith(_PREFIX) and path.startswith(_FOR_EXTENSIONS):
            self._asks = True
            self._runtime.extension_asks(self, head[: head.find(" ")], path, head, body)
        elif head.startswith("GET "):
            if path in (_NEXT, _RESTORED):
                self._asks = True
                self._runtime.asks_for_event(self)
            elif path == "/windtunnel/environment":
                self._asks = True
                self._runtime.asks_for_environment(self)
            else:
                self._write(_NOT_FOUND)
        else:
            self._take_word(path, head, body)

    def _take_word(self, path: str, head: str, body: bytes) -> None:
        what = path[len(_PREFIX) :].split("/") if path.startswith(_PREFIX) else []
        if len(what) == 3 and what[0] == "invocation" and what[2] == "response":
            if len(body) > MOST_ANSWER_BYTES:
                self._write(_TOO_LARGE)
                self._runtime.fails(what[1], "Function.ResponseSizeTooLarge", too_large(MOST_ANSWER_BYTES))
                self._end(head)
                return
            self._write(_ACCEPTED)
            self._runtime.answers(what[1], body)
            self._end(head)
        elif len(what) == 3 and what[0] == "invocation" and what[2] == "error":
            self._write(_ACCEPTED)
            self._runtime.fails(what[1], header(head, _ERROR_TYPE), body)
            self._end(head)
        elif what in (["init", "error"], ["restore", "error"]):
            self._write(_ACCEPTED)
            self._runtime.fails_to_initialise(header(head, _ERROR_TYPE), body)
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


def header(headers: str, name: str) -> str:
    """The value of the first header of this name, given as `Content-Length` is; empty when there is none."""
    if (at := headers.find(f"\n{name}: ")) >= 0:
        at += len(name) + 3
        end = headers.find("\r\n", at)
        return headers[at:] if end < 0 else headers[at:end]
    name = name.lower()
    at = headers.lower().find("\n" + name + ":")
    return headers[at + len(name) + 2 :].partition("\r\n")[0].strip() if at >= 0 else ""


def _path(head: str) -> str:
    return head[head.find(" ") + 1 : head.find(" HTTP/")]


def _decoded(text: str) -> bytes:
    """The error of a trailer: base64 of JSON."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()


def _failure(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def too_large(most: int) -> bytes:
    """The failure of a function that answers with more than it may."""
    text = f"Response payload size exceeded maximum allowed payload size ({most} bytes)."
    return _failure("Function.ResponseSizeTooLarge", text)
