"""What one invocation answers, in one piece or as it streams: what comes of it, and how it ended."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from windtunnel.engine.runtime_api import MOST_ANSWER_BYTES, too_large
from windtunnel.engine.spec import Outcome, Status
from windtunnel.engine.streaming import MOST_BYTES, Stream

_TOO_LARGE = "Function.ResponseSizeTooLarge"


class Ending(msgspec.Struct, frozen=True):
    """How an invocation or an initialisation ended, before it is counted and written down."""

    status: Status
    payload: bytes
    error_type: str = ""


class Answer:
    """Gathers, or hands on to a stream, what the runtime answers to one invocation."""

    __slots__ = ("_gathered", "_stream", "produced")

    def __init__(self, stream: Stream | None) -> None:
        self._stream = stream
        self._gathered: bytearray | None = None
        self.produced = 0
        """Bytes so far."""

    def whole(self, payload: bytes) -> Ending:
        self.produced = len(payload)
        if self._stream is not None:
            self._stream.begin("application/json")
            self._stream.put(payload)
        return Ending("success", payload)

    def begin(self, content_type: str, hold: Callable[[bool], None]) -> None:
        if self._stream is not None:
            self._stream.begin(content_type, hold)

    def put(self, part: bytes) -> None:
        self.produced += len(part)
        if self._stream is not None:
            if self.produced <= MOST_BYTES:
                self._stream.put(part)
        elif self.produced <= MOST_ANSWER_BYTES:
            if self._gathered is None:
                self._gathered = bytearray()
            self._gathered += part

    def finish(self, error_type: str, payload: bytes) -> Ending:
        """The end of an answer that streamed; with an error where the function failed on the way."""
        most = MOST_ANSWER_BYTES if self._stream is None else MOST_BYTES
        if error_type:
            return Ending("error", payload, error_type)
        if self.produced > most:
            return Ending("error", too_large(most), _TOO_LARGE)
        return Ending("success", bytes(self._gathered or b""))


def verdict(status: Status, error_type: str, message: str) -> Ending:
    """An ending in AWS's shape of an error."""
    return Ending(status, msgspec.json.encode({"errorType": error_type, "errorMessage": message}), error_type)


def exited(request_id: str, how: str) -> Ending:
    """The process is gone; `how` as AWS words it, empty for an exit that gives no reason."""
    told = f"Runtime exited with error: {how}" if how else "Runtime exited without providing a reason"
    return verdict("crash", "Runtime.ExitError", f"RequestId: {request_id} Error: {told}")


def unrestored(failure: str) -> Outcome:
    """Of an invocation whose environment could not be restored: it never reached the function, and its caller hears of it."""
    kind = "SnapStartTimeoutException" if failure == "timeout" else "SnapStartException"
    return Outcome(status="crash", payload=b"{}", error="Unhandled", refusal=kind)
