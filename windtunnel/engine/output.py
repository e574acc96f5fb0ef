"""
Reads what a function process writes: lines of its own, and between them the frames of its runtime
(`runtimes/python/output.py`).
"""

from __future__ import annotations

import asyncio
import os
from typing import Protocol

CHUNK = 1 << 16
LARGEST_PIPE = 1 << 20
"""What a process without privileges may make of a pipe (Linux: /proc/sys/fs/pipe-max-size)."""
MOST_EVENT_BYTES = 262_118  # AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_FRAME_HEAD = 5


class Reader(Protocol):
    def said(self, lines: list[bytes]) -> None:
        """Lines of the function, in order, without their line ends."""

    def framed(self, kind: bytes, payload: bytes) -> None:
        """A frame of the runtime."""

    def read_all(self) -> None:
        """One read has been handed over."""


class Output:
    """
    The reading end of one process's pipe. At most one chunk a turn of the loop, nothing while paused: the writer then
    waits.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int, mark: bytes, reader: Reader) -> None:
        os.set_blocking(descriptor, False)
        self._loop = loop
        self._descriptor = descriptor
        self._mark = mark
        self._reader = reader
        self._rest = b""
        self._reading = False
        self._open = True
        self.resume()

    def pause(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._descriptor)

    def resume(self) -> None:
        if self._open and not self._reading:
            self._reading = True
            self._loop.add_reader(self._descriptor, self._read)

    def drain(self) -> None:
        """Take what is in the pipe now."""
        while self._open and self._read():
            pass

    def settle(self) -> None:
        """
        An invocation has ended: take what it wrote, paused or not; a line that has begun ends here. The invocation's
        own end hands it on, so there is no `read_all`. Whoever goes on writing meanwhile does not keep us.
        """
        taken = 0
        while self._open and taken < LARGEST_PIPE and (size := self._take()):
            taken += size
        if self._rest and self._mark[:1] not in self._rest:
            self._reader.said([self._rest])
            self._rest = b""

    def close(self) -> None:
        """Take what is there, a last line without its end too, and let go of the pipe."""
        if self._open:
            self.drain()
            self._end()

    def _end(self) -> None:
        if self._open:
            self.pause()
            self._open = False
            os.close(self._descriptor)
            if self._rest:
                self._reader.said([self._rest])
                self._rest = b""
                self._reader.read_all()

    def _read(self) -> bool:
        if not self._take():
            return False
        self._reader.read_all()
        return True

    def _take(self) -> int:
        """Hand over one chunk; returns its size, 0 when there is none now or the pipe has ended."""
        try:
            data = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return 0
        if not data:
            self._end()
            return 0
        self._rest = self._split(self._rest + data)
        return len(data)

    def _split(self, data: bytes) -> bytes:
        """Hand over what is complete; returns the rest."""
        mark = self._mark
        while (at := data.find(mark)) >= 0:
            head = at + len(mark)
            if at:
                self._say(data[:at], last=True)
                data, head = data[at:], len(mark)
            if len(data) < head + _FRAME_HEAD:
                return data
            end = head + _FRAME_HEAD + int.from_bytes(data[head + 1 : head + _FRAME_HEAD], "big")
            if len(data) < end:
                return data
            self._reader.framed(data[head : head + 1], data[head + _FRAME_HEAD : end])
            data = data[end:]
        return self._say(data, last=False)

    def _say(self, data: bytes, last: bool) -> bytes:
        lines = data.split(b"\n")
        rest = lines.pop()
        if rest and (last or len(rest) > MOST_EVENT_BYTES):
            lines.append(rest)
            rest = b""
        if lines:
            self._reader.said(lines)
        return rest
