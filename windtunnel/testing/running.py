"""A cloud on an event loop in a thread of its own, driven from ordinary test code.

with RunningCloud() as cloud:
    sqs = cloud.client("sqs")
    cloud.advance(hours=6)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from windtunnel.cloud import Cloud, cache_folder
from windtunnel.deploy.application import Application, Deployment
from windtunnel.fabric.faults import Fault, made
from windtunnel.kernel.clock import RealClock, VirtualClock
from windtunnel.kernel.journal import Journal
from windtunnel.kernel.recorder import Entry
from windtunnel.kernel.settings import Settings

Result = TypeVar("Result")
ACCESS_KEY = "testing"


class RunningCloud:
    """Virtual time by default, standing still until `advance`; `time="auto"` lets it jump, `time="real"` is the wall clock."""

    def __init__(self, settings: Settings | None = None, time: str = "virtual", journal: Journal | None = None) -> None:
        self.settings = settings or Settings()
        self._time = time
        self._journal = journal
        self._clients: dict[Any, Any] = {}
        self._loop = _new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="windtunnel cloud", daemon=True)
        self.inside: Cloud

    def __enter__(self) -> RunningCloud:
        self._thread.start()
        self.inside = self.run(self._open)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing of the cloud is left running on return. Idempotent."""
        if self._loop.is_closed():
            return
        if hasattr(self, "inside"):
            self.run(self.inside.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> Cloud:
        clock = RealClock() if self._time == "real" else VirtualClock(auto=self._time == "auto")
        return await Cloud(self.settings, clock, self._journal).__aenter__()

    def run(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do something on the cloud's own loop and wait for it."""

        async def on_loop() -> Result:
            return await work()

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result()

    def client(self, service: str, region: str = "", account: str = "", **options: Any) -> Any:
        """A real boto3 client whose requests go straight into this cloud, without a socket."""
        key = (service, region, account, tuple(sorted(options.items())))
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = self._new_client(service, region, account, options)
        return client

    def _new_client(self, service: str, region: str, account: str, options: dict[str, Any]) -> Any:
        import boto3
        from botocore.config import Config

        from windtunnel.gateway.inprocess import attach

        session = boto3.session.Session(
            aws_access_key_id=account or ACCESS_KEY,
            aws_secret_access_key="testing",
            region_name=region or self.settings.region,
        )
        options.setdefault("config", Config(retries={"total_max_attempts": 1}))
        client = session.client(service, **options)
        attach(client, self.inside.front, self._answered)
        return client

    def _answered(self, answer: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            with self.inside.clock.awaited():
                return await answer

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()

    def deploy(self, app: str | Path, **parameters: str) -> Deployment:
        """
        Deploy an application: a folder or a template file. The cloud answers on a port from then on, so that functions reach
        it. Raises TemplateError and DeployFailed; gives the physical names and outputs.
        """
        if not self.inside.endpoint:
            self.listen()
        application = Application(Path(app), cache_folder(), parameters)
        home = self.inside.home(self.settings.account, self.settings.region)
        return self.run(lambda: application.deploy(home))

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move virtual time ahead; everything that falls due happens, in order, before this returns."""
        clock = self.inside.clock
        if not isinstance(clock, VirtualClock):
            raise TypeError('Only virtual time can be advanced; this cloud was opened with time="real".')
        total = seconds + 60 * minutes + 3600 * hours + 86_400 * days
        self.run(lambda: clock.advance(total))

    def settle(self) -> None:
        """Wait until nothing is under way at this moment of virtual time."""
        self.advance(0)

    def records(self, kind: Any = None, since: int = 0, **fields: Any) -> list[Entry]:
        """The flight record: entries of one kind whose fact has these field values."""

        async def read() -> list[Entry]:
            return self.inside.recorder.records(kind, since, **fields)

        return self.run(read)

    @contextmanager
    def fault(self, kind: str, **fields: Any) -> Iterator[Fault]:
        """
        A fault on purpose for the length of a `with` (`windtunnel/fabric/faults.py` has the fields). Raises InvalidFault.

            with cloud.fault("throttle", service="sqs", operation="SendMessage", count=3): ...
        """

        async def add() -> Fault:
            return self.inside.faults.add(made(kind=kind, **fields))

        async def end() -> bool:
            return self.inside.faults.remove(fault.id)

        fault = self.run(add)
        try:
            yield fault
        finally:
            self.run(end)

    def listen(self, port: int = 0) -> str:
        """Answer on a port of the loopback interface as well; the URL."""
        self.run(lambda: self.inside.listen(port))
        return self.inside.endpoint

    @property
    def now(self) -> float:
        """The cloud's time, in seconds since the epoch."""
        return self.inside.clock.now()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
