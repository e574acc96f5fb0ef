"""Opening a cloud and answering on a port, with the problems that people meet said in a sentence."""

from __future__ import annotations

import errno
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from windtunnel.cli.main import Problem

if TYPE_CHECKING:
    from windtunnel.cloud import Cloud


async def opened(data: str = "", **settings: object) -> Cloud:
    """A cloud that is ready. Raises Problem for a data folder in use or not writable, and for wrong settings."""
    from windtunnel.cloud import Cloud
    from windtunnel.kernel import surroundings
    from windtunnel.kernel.journal import InUse, NotStored
    from windtunnel.kernel.settings import Settings

    surroundings.collect_garbage_seldom()
    try:
        chosen = Settings.from_environment(data=str(Path(data).expanduser().resolve()) if data else None, **settings)
        return await Cloud(chosen).__aenter__()
    except (InUse, NotStored, ValueError) as error:
        raise Problem(str(error)) from None


async def listen(cloud: Cloud, port: int, host: str, https: bool) -> int:
    """Raises Problem when the port is taken or may not be used."""
    tls: ssl.SSLContext | None = None
    if https:
        from windtunnel.gateway.certificate import context
        from windtunnel.kernel import surroundings

        folder = surroundings.home() / ".windtunnel" / "certificate"
        folder.mkdir(parents=True, exist_ok=True)
        tls = context(str(folder), cloud.clock.now())
    try:
        return await cloud.listen(port, host, tls)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Problem(
                f"Port {port} on {host} is in use. Stop what listens there, or choose another with --port."
            ) from None
        raise Problem(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


async def until_interrupted() -> None:
    """Return at Ctrl-C or when asked to terminate."""
    import asyncio
    import signal

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
