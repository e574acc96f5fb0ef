"""
The HTTP server: an asyncio protocol on httptools.

    bytes → parser → Request → handler ─┬─ a Response: written at once, no task
                                        └─ an awaitable: a task, while later requests of the connection wait

Requests of one connection are answered in their order. A client that goes away cancels what was under way for it. The
whole of a short answer is one write; a body that is an iterator is sent as it comes, no faster than the client reads.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from windtunnel.gateway.connection import Connection
from windtunnel.gateway.limits import Limits
from windtunnel.gateway.messages import Handler, Headers, Request, Response


class Server:
    """
    Serves a handler on any number of addresses.

    `listen` may be called more than once, with and without TLS. `close` is idempotent: it stops listening, lets answers
    under way finish for `grace_s` seconds, then ends what is left.
    """

    def __init__(self, handler: Handler, limits: Limits | None = None, now: Callable[[], float] | None = None):
        self.handler = handler
        self.limits = limits or Limits()
        self.now = now
        self.connections: set[Connection] = set()
        self._servers: list[asyncio.Server] = []
        self._emptied: asyncio.Event | None = None

    async def listen(
        self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None, backlog: int = 1024
    ) -> int:
        """Starts to listen and gives the port, which is a free one where 0 was asked for."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self, tls is not None), host, port, ssl=tls, backlog=backlog
        )
        self._servers.append(server)
        chosen: int = server.sockets[0].getsockname()[1]
        return chosen

    async def close(self, grace_s: float = 1.0) -> None:
        """Returns when every connection is gone."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for connection in tuple(self.connections):
            connection.finish()
        if self.connections:
            self._emptied = asyncio.Event()
            try:
                await asyncio.wait_for(self._emptied.wait(), grace_s)
            except TimeoutError:
                for connection in tuple(self.connections):
                    connection.abort()

    def gone(self, connection: Connection) -> None:
        """A connection tells that it has ended."""
        self.connections.discard(connection)
        if not self.connections and self._emptied is not None:
            self._emptied.set()


__all__ = ["Handler", "Headers", "Limits", "Request", "Response", "Server"]
