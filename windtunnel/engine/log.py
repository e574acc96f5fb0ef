"""
The log of one environment: the function's lines between the platform's own, in AWS's order.

    INIT_START … START … END REPORT  START … END REPORT

An outcome is known before the last lines have been read, so each invocation is a turn that ends when both are there:
its outcome, and the runtime's word that it wrote everything. All that goes into the log can be heard by telemetry too.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from windtunnel.engine import report
from windtunnel.engine.spec import Outcome, Spec
from windtunnel.kernel.clock import Clock

TAIL_BYTES = 4096  # AWS: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
_APPLICATION_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

LogEvent = tuple[int, str]
"""When, in milliseconds since the epoch, and what, with its line end."""

Sink = Callable[[Spec, list[LogEvent]], Awaitable[None] | None]
"""
Takes log events in order. While an awaitable that it returned is not done, no more is read of that environment's
output, but what is in its pipe when an invocation ends.
"""

Tap = Callable[[float, str, Any], None]
"""Hears of everything: when (seconds), the kind of telemetry event, its record."""


class Turn:
    """One invocation in the log."""

    __slots__ = ("complete", "error_type", "outcome", "request_id", "tail", "trace", "written")

    def __init__(self, request_id: str, trace: str, complete: asyncio.Future[bytes] | None) -> None:
        self.request_id = request_id
        self.trace = trace
        self.complete = complete
        self.tail = bytearray()
        self.outcome: Outcome | None = None
        self.error_type = ""
        self.written = False


class Log:
    """
    Knows nothing of processes. `busy` is called with True when the sink is behind, with False when it has caught up.
    """

    def __init__(self, spec: Spec, clock: Clock, sink: Sink, busy: Callable[[bool], None]) -> None:
        self._spec = spec
        self._clock = clock
        self._sink = sink
        self._busy = busy
        self._turns: deque[Turn] = deque()
        self._events: list[LogEvent] = []
        self._behind: asyncio.Future[None] | None = None
        self._quiet: asyncio.Future[None] | None = None
        self._flushing = False
        self.json = spec.log_format == "JSON"
        """Whether this function logs in JSON."""
        self._lowest = _rank(spec.application_log_level or "INFO") if self.json else 0
        self.tap: Tap | None = None

    @property
    def request_id(self) -> str:
        """Of the invocation whose lines come now; empty during the initialisation."""
        return self._turns[0].request_id if self._turns else ""

    def open(self, request_id: str, trace: str, complete: asyncio.Future[bytes] | None) -> Turn:
        """A new turn; `complete`, if given, gets the last 4 KB of the log when it has ended."""
        turn = Turn(request_id, trace, complete)
        self._turns.append(turn)
        if len(self._turns) == 1:
            self._start(turn)
        return turn

    def platform(self, event: report.Event) -> None:
        """What the platform says, now, in the format and from the level on that the function asks for."""
        now = self._clock.now()
        if text := report.line(self._spec, now, event):
            self._add(now, text)
        if self.tap is not None:
            self.tap(now, event.kind, event.record)

    def add(self, text: str) -> None:
        """A line of the function's own, or in its name: one event, now."""
        now = self._clock.now()
        self._add(now, text)
        if self.tap is not None:
            self.tap(now, "function", self._told(text))

    def _add(self, at: float, text: str) -> None:
        self._events.append((int(at * 1000), text))
        if self._turns and self._turns[0].complete is not None:
            self._keep_tail(self._turns[0], text)

    def lines(self, lines: list[bytes], kind: str = "function") -> None:
        """What the function, or an `extension`, wrote to its output."""
        now = self._clock.now()
        at = int(now * 1000)
        texts = [line.decode("utf-8", "replace") + "\n" for line in lines]
        if self.json:
            texts = [text for text in texts if self._is_wanted(text)]
        self._events.extend([(at, text) for text in texts])
        if self._turns and self._turns[0].complete is not None:
            self._keep_tail(self._turns[0], "".join(texts))
        if self.tap is not None:
            for text in texts:
                self.tap(now, kind, self._told(text))

    def record(self, payload: bytes) -> None:
        """One log record of the runtime: one event, however many lines it has, and ended by the runtime where AWS's does."""
        self.add(payload.decode("utf-8", "replace"))

    def _is_wanted(self, text: str) -> bool:
        """
        Whether a line is at or above the function's level of detail; one that names no level counts as INFO.
        AWS: lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
        """
        level = "INFO"
        if text.startswith("{"):
            said = _object(text)
            level = str(said.get("level", "INFO")).upper() if said is not None else "INFO"
        return _rank(level) >= self._lowest

    def _told(self, text: str) -> Any:
        """A line as telemetry tells it: without its end, and as an object where the function logs in JSON."""
        if self.json and text.startswith("{") and (said := _object(text)) is not None:
            return said
        return text.removesuffix("\n")

    def written(self) -> None:
        """The runtime has written everything of the turn whose lines came last."""
        if self._turns:
            self._turns[0].written = True
            self._advance()

    def close(self, turn: Turn, outcome: Outcome, error_type: str) -> None:
        """The outcome of a turn is known."""
        turn.outcome = outcome
        turn.error_type = error_type
        self._advance()

    async def quiet(self, patience_s: float) -> None:
        """
        Return when no turn is open, or after `patience_s`: a function may hold back the word that it has written all.
        """
        if self._turns:
            self._quiet = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._quiet], timeout=patience_s)

    def _flush_soon(self) -> None:
        """When the answer of the invocation is on its way; who asks for the log then finds it nevertheless."""
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Hand over what has gathered, unless the sink is behind."""
        self._flushing = False
        if not self._events or self._behind is not None:
            return
        events, self._events = self._events, []
        waits = self._sink(self._spec, events)
        if waits is not None:
            self._behind = asyncio.ensure_future(waits)
            self._behind.add_done_callback(self._caught_up)
            self._busy(True)

    def _caught_up(self, behind: asyncio.Future[None]) -> None:
        self._behind = None
        self.flush()
        if self._behind is None:
            self._busy(False)
        behind.result()

    def _start(self, turn: Turn) -> None:
        if self.json or self.tap is not None:
            self.platform(report.start(self._spec, turn.request_id, turn.trace))
        else:
            self._add(self._clock.now(), report.start_text(self._spec, turn.request_id))

    def _advance(self) -> None:
        while self._turns and self._turns[0].written and (outcome := self._turns[0].outcome) is not None:
            turn = self._turns[0]
            self._end(turn, outcome)
            self._turns.popleft()
            if turn.complete is not None and not turn.complete.done():
                turn.complete.set_result(bytes(turn.tail))
            if self._turns:
                self._start(self._turns[0])
                continue
            self._flush_soon()
            if self._quiet is not None and not self._quiet.done():
                self._quiet.set_result(None)

    def _end(self, turn: Turn, outcome: Outcome) -> None:
        said = turn.request_id, outcome, turn.error_type, turn.trace
        if not self.json and self.tap is None and turn.complete is None:  # the usual case, at once
            at = int(self._clock.now() * 1000)
            lines = report.end_text(turn.request_id), report.report_text(self._spec, *said)
            self._events += [(at, line) for line in lines]
            return
        if not self.json:
            self._add(self._clock.now(), report.end_text(turn.request_id))
        self.platform(report.report(self._spec, *said))

    def _keep_tail(self, turn: Turn, text: str) -> None:
        turn.tail += text.encode()
        if len(turn.tail) > TAIL_BYTES:
            del turn.tail[:-TAIL_BYTES]


def _object(text: str) -> dict[str, Any] | None:
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _rank(level: str) -> int:
    return _APPLICATION_LEVELS.index(level) if level in _APPLICATION_LEVELS else _APPLICATION_LEVELS.index("INFO")
