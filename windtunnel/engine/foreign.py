"""The Runtime API on a TCP port of its own, for a runtime that the function brings along or that is AWS's."""

from __future__ import annotations

import asyncio

from windtunnel.engine.runtime_api import Conversation, Runtime


class ForeignApi:
    """Serves one environment; `serve` says which of its processes asks now."""

    def __init__(self) -> None:
        self._runtime: Runtime | None = None
        self._server: asyncio.Server | None = None
        self.address = ""

    @classmethod
    async def open(cls) -> ForeignApi:
        api = cls()
        api._server = await asyncio.get_running_loop().create_server(api._converse, "127.0.0.1", 0)
        host, port = api._server.sockets[0].getsockname()
        api.address = f"{host}:{port}"
        return api

    def serve(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def _converse(self) -> Conversation:
        assert self._runtime is not None
        return Conversation(self._runtime)
