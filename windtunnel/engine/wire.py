"""A connected stream socket on the event loop, leaner than a transport: read when there is something, write at once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

CHUNK = 1 << 18


class Wire:
    """
    `received` gets every chunk as it comes, `lost` is called once, when the other side is gone. Writes never block.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        received: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> None:
        sock.setblocking(False)
        self._loop = loop
        self._socket = sock
        self._received = received
        self._lost = lost
        self._unsent = bytearray()
        self._open = True
        loop.add_reader(sock.fileno(), self._read)

    def write(self, data: bytes) -> None:
        if not self._open:
            return
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return
        if sent < len(data):
            self._unsent += memoryview(data)[sent:]
            self._loop.add_writer(self._socket.fileno(), self._write_on)

    def send_with(self, data: bytes, descriptors: list[int]) -> None:
        """One short message with descriptors attached; the other side gets copies of them."""
        if self._unsent:
            raise BlockingIOError("a message with descriptors cannot wait behind another one")
        socket.send_fds(self._socket, [data], descriptors)

    def pause_reading(self) -> None:
        if self._open:
            self._loop.remove_reader(self._socket.fileno())

    def resume_reading(self) -> None:
        if self._open:
            self._loop.add_reader(self._socket.fileno(), self._read)

    def finish(self) -> None:
        """Take what has come already and hang up."""
        while self._open and self._read():
            pass
        self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._socket.fileno())
            if self._unsent:
                self._loop.remove_writer(self._socket.fileno())
            self._socket.close()

    def _read(self) -> bool:
        """Whether there may be more."""
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self._received(data)
            return True
        if self._open:
            self.close()
            self._lost()
        return False

    def _write_on(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._unsent)
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._socket.fileno())
