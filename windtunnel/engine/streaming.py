"""
An answer that is read while the function still writes it.

    runtime ──begin──put──put──end──►  Stream  ──begun(), async for──►  whoever invoked

A reader that is slow holds the writer back: the connection of the runtime is not read until there is room again. So does
the bandwidth, which AWS limits after the first 6 MB; it is measured by the stopwatch, as the function's own time is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from windtunnel.kernel.stopwatch import ticks

# AWS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
MOST_BYTES = 200 << 20
BURST_BYTES = 6 << 20
BYTES_PER_S = 2 << 20
"""After the burst."""
_PIECE_BYTES = 64 << 10
"""What is sent at once then: every 30 ms."""
ROOM_BYTES = 1 << 20
"""What may wait for the reader before the writer has to."""


class Bandwidth:
    """When the bytes of one answer may go."""

    def __init__(self) -> None:
        self._burst = BURST_BYTES
        self._due = 0.0

    async def pieces(self, part: bytes) -> AsyncIterator[bytes]:
        """The part, in pieces, each when it may go."""
        while part:
            if self._burst > 0:
                piece = part[: self._burst]
                self._burst -= len(piece)
            else:
                piece = part[:_PIECE_BYTES]
                self._due = max(self._due, ticks()) + len(piece) / BYTES_PER_S
                await asyncio.sleep(self._due - ticks())
            yield piece
            part = part[len(piece) :]


class Stream:
    """For one invocation, one writer and one reader. `end` always comes, whatever becomes of the function."""

    def __init__(self) -> None:
        self._begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._parts: deque[bytes] = deque()
        self._waiting = 0
        self._changed = asyncio.Event()
        self._over = False
        self._hold: Callable[[bool], None] | None = None
        self._held = False

    def begin(self, content_type: str, hold: Callable[[bool], None] | None = None) -> None:
        """The answer has a content type now; `hold` is told to stop writing (True) and to go on (False)."""
        self._hold = hold
        if not self._begun.done():
            self._begun.set_result(content_type)

    def put(self, data: bytes) -> None:
        self._parts.append(data)
        self._waiting += len(data)
        self._changed.set()
        if self._waiting > ROOM_BYTES and self._hold is not None and not self._held:
            self._held = True
            self._hold(True)

    def end(self) -> None:
        """Idempotent. An answer that never began has no content type."""
        self._over = True
        if not self._begun.done():
            self._begun.set_result("")
        self._changed.set()

    async def begun(self) -> str:
        """The content type, when the function has said it; empty when it ended without an answer."""
        return await asyncio.shield(self._begun)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        bandwidth = Bandwidth()
        while True:
            while self._parts:
                part = self._parts.popleft()
                self._waiting -= len(part)
                if self._held and self._waiting <= ROOM_BYTES // 2 and self._hold is not None:
                    self._held = False
                    self._hold(False)
                async for piece in bandwidth.pieces(part):
                    yield piece
            if self._over:
                return
            self._changed.clear()
            await self._changed.wait()
