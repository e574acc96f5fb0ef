"""A cloud: puts kernel, engine, services and gateway together. The only place that does.

    async with Cloud() as cloud:
        port = await cloud.listen(4566)

One cloud is one isolated world of accounts and regions; two in a process share nothing. It lives on the event loop that opened it.
"""

from __future__ import annotations

import asyncio
import importlib
import keyword
import logging
import pkgutil
import shutil
import ssl
import tempfile
from collections.abc import Awaitable, Coroutine
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windtunnel.aws.calls import Call, WireAnswer, WireRequest
from windtunnel.aws.credentials import Credentials
from windtunnel.aws.home import Home
from windtunnel.aws.operations import Declaration, Service
from windtunnel.aws.resources import ResourceType
from windtunnel.engine.host import Host
from windtunnel.engine.installer import cache_folder as cache_folder
from windtunnel.engine.interpreters import Interpreters, of_this_machine
from windtunnel.engine.pool import Engine
from windtunnel.fabric.deliveries import Carrier, Delivery, Fabric
from windtunnel.fabric.faults import Faults
from windtunnel.gateway.data_plane import DataPlane
from windtunnel.gateway.front import Front
from windtunnel.gateway.http import Limits, Response, Server
from windtunnel.gateway.identify import Identify
from windtunnel.gateway.messages import Request
from windtunnel.gateway.pages import Pages
from windtunnel.gateway.sigv4 import Verifier
from windtunnel.kernel import surroundings
from windtunnel.kernel.blobs import FolderBlobs, MemoryBlobs
from windtunnel.kernel.clock import Clock, RealClock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.journal import Journal
from windtunnel.kernel.journal.nowhere import Nowhere
from windtunnel.kernel.recorder import Recorder
from windtunnel.kernel.settings import Settings
from windtunnel.kernel.signals import Signal
from windtunnel.kernel.store import Store

if TYPE_CHECKING:
    from windtunnel.deploy.deployer import Deployer

_log = logging.getLogger("windtunnel")


class Cloud:
    def __init__(
        self, settings: Settings | None = None, clock: Clock | None = None, journal: Journal | None = None
    ) -> None:
        """Raises `InUse` when another cloud has the data folder, `NotStored` when it cannot be written."""
        self.settings = settings or Settings()
        self.clock: Clock = clock or RealClock()
        self.ids = Ids(self.settings.seed)
        self.recorder = Recorder(self.clock, self.settings.record_limit)
        data = Path(self.settings.data) if self.settings.data else None
        self.store = Store(journal or (_journal(data) if data else Nowhere()))
        self.blobs = FolderBlobs(data / "blobs") if data else MemoryBlobs()
        self.credentials = Credentials(self.store, self.ids, self.settings.account)
        self.endpoint = ""
        self.bugs: list[BaseException] = []
        """Exceptions that nobody expected; empty in a healthy cloud. Tests look."""
        self._homes: dict[tuple[str, str], Home] = {}
        self._signals: dict[str, Signal] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._types: dict[str, tuple[Declaration, str]] | None = None
        _sweep()
        owner = f"windtunnel-{surroundings.process_id()}-"
        self.workspace = Path(tempfile.mkdtemp(prefix=owner, dir=surroundings.scratch_folder()))
        self.faults = Faults(self.clock, self.ids, self.recorder)
        self.fabric = Fabric(self.store, self.clock, self.recorder, self.spawn, self._carrier)
        identify = Identify(self.settings.account, self.settings.region, self.credentials.account_of)
        self._inside = Front(self.dispatch, self.serve, self.ids, identify, on_bug=self.bugs.append)
        self.front = Front(
            self.dispatch,
            self.serve,
            self.ids,
            identify,
            verifier=Verifier(self._secret_of, self.clock.now) if self.settings.verify_signatures else None,
            on_bug=self.bugs.append,
            status=self._status,
            pages=Pages(self.recorder, self.blobs, self.faults, self.fabric, self.ids.uuid).answer,
        )
        self.server = Server(self.front.handle, Limits(body=self.settings.request_limit_bytes), self.clock.now)

    @cached_property
    def deployer(self) -> Deployer:
        """What CloudFormation's operations hand templates to; made when the first one comes."""
        from windtunnel.deploy.deployer import Deployer

        return Deployer(self._find_type, cache_folder())

    async def __aenter__(self) -> Cloud:
        self.engine = self._engine()
        self._take_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends everything that this cloud started; nothing of it is left running. Idempotent."""
        await self.server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.engine.close()
        self.store.journal.close()
        shutil.rmtree(self.workspace, ignore_errors=True)

    async def listen(self, port: int = 0, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> int:
        """Answer on a port; 0 takes a free one. Returns it. Raises OSError when the port is taken."""
        taken = await self.server.listen(host, port, tls)
        if not self.endpoint:
            self.endpoint = f"{'https' if tls else 'http'}://{'localhost' if host == '127.0.0.1' else host}:{taken}"
        return taken

    def dispatch(self, call: Call) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        """A call from outside."""
        return self.home(call.account, call.region).dispatch(call)

    def serve(self, request: DataPlane) -> Response | Awaitable[Response]:
        """A request to an API or function URL of an application."""
        from windtunnel.gateway.applications import answer

        return answer(self, request)

    async def ask(self, request: WireRequest) -> WireAnswer:
        """What AWS answers to a request that one of our services makes in a session's name."""
        scope = f"{request.access_key}/20200101/{request.region}/{request.service}/aws4_request"
        headers = {
            "host": request.host or f"{request.service}.{request.region}.amazonaws.com",
            **request.headers,
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=inside",
        }
        asked = Request(request.method, request.path, request.query, headers, request.body, secure=True)
        answer = self._inside.handle(asked)
        response = answer if isinstance(answer, Response) else await answer
        body = response.body
        if not isinstance(body, bytes):
            body = b"".join([part async for part in body])
        return WireAnswer(response.status, {name.lower(): value for name, value in response.headers}, body)

    def home(self, account: str, region: str) -> Home:
        home = self._homes.get((account, region))
        if home is None:
            home = self._homes[account, region] = Home(self, account, region)
        return home

    def homes(self) -> list[Home]:
        """Those that were asked for so far."""
        return list(self._homes.values())

    def open_service(self, home: Home, api: str) -> Service | None:
        declaration = declared(api)
        if declaration is None:
            return None
        if declaration.world_wide and home.region != self.settings.region:
            return self.home(home.account, self.settings.region).service(api)
        return Service(home, declaration, [load(declaration, noun) for noun in declaration.nouns])

    def signal(self, name: str) -> Signal:
        signal = self._signals.get(name)
        if signal is None:
            signal = self._signals[name] = Signal(self.clock)
        return signal

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Work of the platform in the background. An exception in it is a bug, and is kept in `bugs`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def bug(self, problem: BaseException, where: str) -> None:
        """Report an exception that nobody expected."""
        self.bugs.append(problem)
        _log.error("A defect of windtunnel in %s", where, exc_info=problem)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self.bug(problem, task.get_name())

    def _carrier(self, delivery: Delivery) -> Carrier:
        home = self.home(delivery.account, delivery.region)
        carrier: Carrier = home.service(delivery.service).nouns[delivery.noun].attempt  # type: ignore[attr-defined]
        return carrier

    @cached_property
    def interpreters(self) -> Interpreters:
        """Those of this machine."""
        return of_this_machine()

    def _engine(self) -> Engine:
        settings = self.settings
        host: Host
        if settings.isolation == "inline":
            from windtunnel.engine.inline import InlineHost

            host = InlineHost(self.clock, self.ids, self.recorder, self._write_logs)
        else:
            from windtunnel.engine.process import ProcessHost

            host = ProcessHost(
                self.clock,
                self.ids,
                self.recorder,
                self.interpreters,
                self._write_logs,
                name=self.workspace.name,
                isolate=settings.isolation != "none",
                parked=settings.parked_children,
                freeze=settings.freeze,
                cpu_share=settings.cpu_share,
            )
        return Engine(self.clock, self.recorder, host, settings.idle_environment_seconds, self.ids)

    def _secret_of(self, access_key: str) -> str | None:
        known = self.credentials.find(access_key)
        return None if known is None else known.secret

    def _status(self) -> dict[str, Any]:
        from importlib import metadata

        return {
            "version": metadata.version("windtunnel"),
            "services": sorted(each.api for each in every_service()),
            "state": self.settings.data or "in memory",
            "now": self.clock.now(),
        }

    def _find_type(self, name: str) -> type[ResourceType] | None:
        if self._types is None:
            self._types = {kind: (each, place) for each in every_service() for kind, place in each.types.items()}
        known = self._types.get("AWS::CloudFormation::CustomResource" if name.startswith("Custom::") else name)
        if known is None:
            return None
        found: type[ResourceType] = load(*known)
        return found

    def _write_logs(self, spec: Any, events: list[tuple[int, str]]) -> None:
        """What a function's environment wrote goes to its log group."""
        home = self.home(spec.account, spec.region)
        home.service("logs").nouns["Writing"].write(spec.log_group, spec.log_stream, events)

    def _take_up(self) -> None:
        """Open the services that have stored state, so that what was under way goes on."""
        for name in self.store.journal.tables():
            parts = name.split("/")
            if len(parts) == 4:
                region = self.settings.region if parts[1] == "aws-global" else parts[1]
                self.home(parts[0], region).service(parts[2])
        self.fabric.resume()


def declared(api: str) -> Declaration | None:
    """The declaration of a service by its name in the models; None for one that is not built."""
    folder = api.replace("-", "_")
    folder += "_" if keyword.iskeyword(folder) else ""
    try:
        module = importlib.import_module(f"windtunnel.services.{folder}")
    except ModuleNotFoundError as missing:
        if missing.name == f"windtunnel.services.{folder}":
            return None
        raise
    declaration: Declaration = module.declaration
    return declaration


def every_service() -> list[Declaration]:
    """All services that are built, by the names of their folders."""
    import windtunnel.services as folder

    names = [module.name for module in pkgutil.iter_modules(folder.__path__)]
    return [importlib.import_module(f"windtunnel.services.{name}").declaration for name in names]


def load(declaration: Declaration, place: str) -> Any:
    """A class that a declaration names as `module.Class`."""
    module, _, name = place.rpartition(".")
    folder = declaration.owner.replace("-", "_")
    folder += "_" if keyword.iskeyword(folder) else ""
    return getattr(importlib.import_module(f"windtunnel.services.{folder}.{module}"), name)


def _sweep() -> None:
    """Remove what clouds left behind whose process was killed."""
    for folder in surroundings.scratch_folder().glob("windtunnel-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not surroundings.is_running(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _journal(folder: Path) -> Journal:
    from windtunnel.kernel.journal.sqlite import SqliteJournal

    return SqliteJournal(folder)
