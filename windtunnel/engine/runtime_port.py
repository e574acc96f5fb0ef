"""
The Runtime API on a TCP port of its own: for runtimes that are not ours, and for extensions. Every environment has one,
as AWS_LAMBDA_RUNTIME_API says.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from windtunnel.engine.peers import belongs
from windtunnel.engine.runtime_api import Conversation, Runtime
from windtunnel.engine.wire import Wire

_BACKLOG = 32


class RuntimePort:
    """Serves one environment; `serve` says which of its processes asks now."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Raises OSError when this machine has no port left."""
        self._loop = loop
        self._runtime: Runtime | None = None
        self._processes: Callable[[], list[int]] = list
        self._wires: set[Wire] = set()
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(_BACKLOG)
        host, port = self._socket.getsockname()
        self.address = f"{host}:{port}"
        loop.add_reader(self._socket.fileno(), self._accept)

    def serve(self, runtime: Runtime, processes: Callable[[], list[int]]) -> None:
        """
        The process that talks from now on; connections of the one before are over. Only `processes` are let in, where
        there is a list of them.
        """
        self._hang_up()
        self._runtime = runtime
        self._processes = processes

    def close(self) -> None:
        """Idempotent."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
        self._hang_up()

    def _hang_up(self) -> None:
        wires, self._wires = self._wires, set()
        for wire in wires:
            wire.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return  # it has gone again
        if self._runtime is None or not belongs(connection, self._processes()):
            connection.close()
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = Conversation(self._runtime)

        def lost() -> None:
            self._wires.discard(wire)
            conversation.lost()

        wire = conversation.wire = Wire(self._loop, connection, conversation.data_received, lost)
        self._wires.add(wire)
