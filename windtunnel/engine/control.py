"""
The platform's end of the socket to a process that forks others: messages in JSON, framed by their length, with
descriptors; see `runtimes/python/zygote.py` for what they say.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable

_HEAD = 4
_LONGEST = 1 << 16


class Control:
    """`hear` gets each message. `lost` is called once: the other side has hung up, or does not speak this language."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        ours: socket.socket,
        hear: Callable[[dict[str, object]], None],
        lost: Callable[[], None],
        patient: bool,
    ) -> None:
        """Who is `patient` waits until the other side reads; else one that does not is lost."""
        ours.setblocking(False)
        self._loop = loop
        self._socket = ours
        self._hear = hear
        self._lost = lost
        self._patient = patient
        self._buffer = b""
        self.closed = False
        loop.add_reader(ours.fileno(), self._read)

    def send(self, message: dict[str, object], descriptors: list[int] | None = None) -> bool:
        """Whether it is on its way."""
        if self.closed:
            return False
        data = json.dumps(message).encode()
        framed = len(data).to_bytes(_HEAD, "big") + data
        self._socket.setblocking(self._patient)
        try:
            if descriptors:
                return socket.send_fds(self._socket, [framed], descriptors) == len(framed)
            self._socket.sendall(framed)
        except OSError:
            return False
        finally:
            self._socket.setblocking(False)
        return True

    def hang_up(self) -> None:
        """The other side reads to the end and hangs up too."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        """Idempotent."""
        if not self.closed:
            self.closed = True
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._buffer += data
        while len(self._buffer) >= _HEAD and not self.closed:
            end = _HEAD + int.from_bytes(self._buffer[:_HEAD], "big")
            if len(self._buffer) < end:
                if end > _LONGEST:
                    self._lost()
                return
            content, self._buffer = self._buffer[_HEAD:end], self._buffer[end:]
            try:
                message = json.loads(content)
            except ValueError:
                message = None
            if not isinstance(message, dict):
                self._lost()
                return
            self._hear(message)
