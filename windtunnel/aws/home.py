"""One account in one region of a cloud: where its services live, and how a call gets to them.

gateway, another service, a delivery ──Call──► home.dispatch ──► handler in a step ──► answer, when it is stored
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Protocol

from windtunnel.aws.calls import Call, Elsewhere, Sender, WireAnswer, WireRequest
from windtunnel.aws.credentials import Credentials
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.operations import Context, Handler, Service
from windtunnel.kernel.blobs import Blobs
from windtunnel.kernel.clock import Clock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.journal import NotStored
from windtunnel.kernel.recorder import Fact, Recorder, caused_by
from windtunnel.kernel.settings import Settings
from windtunnel.kernel.signals import Signal
from windtunnel.kernel.store import Store

Answer = dict[str, Any]


class ApiCalled(Fact, frozen=True):
    """An operation was asked for and answered; `error` is AWS's code, empty for success."""

    service: str
    operation: str
    account: str
    region: str
    error: str
    internal: bool


class Surroundings(Protocol):
    """What a home needs of its cloud."""

    clock: Clock
    ids: Ids
    recorder: Recorder
    store: Store
    blobs: Blobs
    settings: Settings
    credentials: Credentials
    engine: Any
    """Runs functions (`windtunnel.engine.pool.Engine`)."""
    faults: Any
    """Faults on purpose (`windtunnel.fabric.faults.Faults`)."""
    endpoint: str
    """Where this cloud answers, as functions see it; empty when it listens nowhere."""

    def home(self, account: str, region: str) -> Home: ...
    async def ask(self, request: WireRequest) -> WireAnswer: ...
    def open_service(self, home: Home, api: str) -> Service | None: ...
    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]: ...
    def signal(self, name: str) -> Signal: ...


class Home:
    def __init__(self, cloud: Surroundings, account: str, region: str) -> None:
        self.cloud = cloud
        self.account = account
        self.region = region
        self.clock = cloud.clock
        self.ids = cloud.ids
        self.store = cloud.store
        self.blobs = cloud.blobs
        self.settings = cloud.settings
        self.record = cloud.recorder.record
        self.step: Callable[[], AbstractContextManager[None]] = cloud.store.step
        self.signal = cloud.signal
        self.spawn = cloud.spawn
        self._services: dict[str, Service] = {}
        self._visitors: dict[str, Any] = {}
        self._tables: dict[str, Any] = {}

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def opened(self, name: str, declared: Any) -> Any:
        """The rows of a table or stream, opened once under its name however many nouns declare it."""
        rows = self._tables.get(name)
        if rows is None:
            rows = self._tables[name] = declared.open(self.store, name)
        return rows

    def service(self, api: str) -> Service:
        """Raises `NotImplementedHere` for a service that is not built."""
        service = self._services.get(api)
        if service is None:
            opened = self.cloud.open_service(self, api)
            if opened is None:
                raise NotImplementedHere(f"The service {api}")
            service = self._services[api] = opened
            for noun in service.nouns.values():
                noun.resume()
        return service

    def service_in_use(self, api: str) -> Service | None:
        """A service that is open already, because somebody has used it or it has something stored; None for any other."""
        return self._services.get(api)

    def dispatch(self, call: Call, internal: bool = False) -> Answer | Awaitable[Answer]:
        """Answer a call whose parameters are validated already. Raises ApiError; what it acknowledges is stored."""
        faults = self.cloud.faults
        if faults.active:
            caller = self.cloud.credentials.principal_of(call.access_key, self.account)
            if struck := faults.striking(call, caller):
                answer: Awaitable[Answer] = faults.answered(
                    call, struck, lambda keep: self.perform(call, internal, keep)
                )
                return answer
        return self.perform(call, internal)

    def perform(self, call: Call, internal: bool = False, keep: bool = True) -> Answer | Awaitable[Answer]:
        """`dispatch` without faults. Unless it is to `keep` the work, it takes it back: of calls that are one step."""
        service = self._services.get(call.service) or self.service(call.service)
        handler = service.handler(call.operation)
        if handler is None:
            raise NotImplementedHere(f"{call.service}:{call.operation}")
        params = call.params
        if not handler.takes_all and not params.keys() <= handler.accepts:
            params = _accepted(call, handler)
        principal = self.cloud.credentials.principal_of(call.access_key, call.account)
        ctx = Context(
            principal, call.request_id, call.access_key, call.trace, call.host, call.protocol, call.service, call.account
        )  # fmt: skip
        if handler.waits:
            if not keep:
                raise NotImplementedHere(f"Dropping {call.service}:{call.operation} after it was accepted")
            return self._wait(call, handler, ctx, params, internal)
        store = self.store
        error = ""
        owner: Elsewhere | None = None
        with caused_by(call.request_id, principal):
            store.begin()
            try:
                answer = handler.call(ctx, **params)
            except Elsewhere as found:
                store.undo()
                owner = found
            except BaseException as problem:
                store.undo()
                error = problem.code if isinstance(problem, ApiError) else "InternalFailure"
                raise
            else:
                if keep:
                    _commit(store)
                else:
                    store.undo()
            finally:
                if owner is None:
                    self.record(ApiCalled(call.service, call.operation, self.account, self.region, error, internal))
        if owner is not None:
            return self._visit(owner, call, internal, keep)
        if store.unstored is not None:
            return self._stored(answer or {})
        return answer or {}

    async def call(
        self,
        service: str,
        operation: str,
        params: dict[str, Any],
        *,
        access_key: str = "",
        trace: str = "",
        account: str = "",
        region: str = "",
        request_id: str = "",
        sender: Sender | None = None,
    ) -> Answer:
        """
        Another service, as a client would call it: in this home unless `account` or `region` say otherwise. `request_id` is
        for callers that must know it; otherwise the call gets one. `sender` is the service that calls by itself, where it does
        so in nobody's name.
        """
        home = self if not (account or region) else self.cloud.home(account or self.account, region or self.region)
        call = Call(
            service=service,
            operation=operation,
            account=home.account,
            region=home.region,
            params=params,
            request_id=request_id or self.ids.uuid(),
            access_key=access_key,
            trace=trace,
        )
        if sender is not None or (access_key and home.account != self.account):
            home._meet(call, sender, home is self or home.account == self.account)
        answer = home.dispatch(call, internal=True)
        if isinstance(answer, dict):
            return answer
        return await answer

    def _visit(self, owner: Elsewhere, call: Call, internal: bool, keep: bool = True) -> Answer | Awaitable[Answer]:
        """The same call where its resource is, if that lets the caller in."""
        home = self.cloud.home(owner.account, self.region)
        home.service(call.service).nouns["Visitors"].admit(call)  # type: ignore[attr-defined]
        return home.perform(call, internal, keep)

    def _meet(self, call: Call, sender: Sender | None, at_home: bool) -> None:
        """Let a caller from elsewhere in, or raise the error of the service that does not."""
        try:
            visitors = self._visitors[call.service]
        except KeyError:
            visitors = self._visitors[call.service] = self.service(call.service).nouns.get("Visitors")
        if visitors is None:
            return
        if call.access_key:
            call.account = self.cloud.credentials.account_of(call.access_key)
            if call.account != self.account:
                visitors.admit(call)
        elif sender is not None and at_home:
            visitors.note_sender(call, sender)
        elif sender is not None:
            visitors.admit_sender(call, sender)

    async def _wait(self, call: Call, handler: Handler, ctx: Context, params: Answer, internal: bool) -> Answer:
        error = ""
        owner: Elsewhere | None = None
        with caused_by(call.request_id, ctx.principal):
            try:
                answer = await handler.call(ctx, **params)
            except Elsewhere as found:
                owner = found
            except BaseException as problem:
                error = problem.code if isinstance(problem, ApiError) else "InternalFailure"
                raise
            finally:
                if owner is None:
                    self.record(ApiCalled(call.service, call.operation, self.account, self.region, error, internal))
        if owner is not None:
            visited = self._visit(owner, call, internal)
            return visited if isinstance(visited, dict) else await visited
        if self.store.unstored is not None:
            return await self._stored(answer or {})
        return answer or {}

    async def _stored(self, answer: Answer) -> Answer:
        ticket = self.store.unstored
        if ticket is not None:
            with self.clock.working():
                try:
                    await asyncio.shield(ticket)
                except NotStored as failure:
                    raise _unavailable(failure) from None
        return answer


def _commit(store: Store) -> None:
    try:
        store.commit()
    except NotStored as failure:
        raise _unavailable(failure) from None


def _unavailable(failure: NotStored) -> ApiError:
    return ApiError("ServiceUnavailable", str(failure), status=503, sender=False)


def _accepted(call: Call, handler: Handler) -> Answer:
    refused = call.params.keys() - handler.accepts - handler.inert
    if refused:
        raise NotImplementedHere(f"The member {sorted(refused)[0]} of {call.service}:{call.operation}")
    return {name: value for name, value in call.params.items() if name in handler.accepts}
