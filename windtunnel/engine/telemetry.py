"""
The Telemetry API and the Logs API of one environment: what happens in it, told to its extensions in batches.

    Log ──hear──►  one buffer a subscriber  ──full, or its time is over──►  HTTP POST or TCP, in its order

What happened before an extension could subscribe is kept until the initialisation is over. A batch that nobody takes
is tried again with the next one; what has no room then is dropped, and `platform.logsDropped` says how much.
AWS: lambda/latest/dg/telemetry-api.html, lambda/latest/dg/runtimes-logs-api.html
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import msgspec

from windtunnel.engine import report

_TYPES = ("platform", "function", "extension")
_LOGS_KINDS = frozenset(
    [
        "platform.start",
        "platform.report",
        "platform.runtimeDone",
        "platform.extension",
        "platform.logsSubscription",
        "platform.logsDropped",
        "platform.fault",
        "function",
        "extension",
    ]
)
_HOSTS = ("sandbox.localdomain", "sandbox", "127.0.0.1", "localhost")
_MOST_KEPT = 1_000
_ROOM_BATCHES = 8
"""What may wait for a subscriber that does not take its batches, in times of its largest batch."""

Told = dict[str, Any]


class Refused(Exception):
    """A subscription that AWS would refuse, with its name and status for it."""

    def __init__(self, kind: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status


class Buffering(msgspec.Struct, rename="camel"):
    """AWS: lambda/latest/dg/telemetry-api.html, "Memory usage and buffering"."""

    max_items: int = 10_000
    max_bytes: int = 262_144
    timeout_ms: int = 1_000


class Destination(msgspec.Struct):
    protocol: str = "HTTP"
    URI: str = ""
    port: int = 0
    method: str = "POST"


class Wish(msgspec.Struct, rename="camel"):
    types: list[str]
    destination: Destination
    schema_version: str = "2022-12-13"
    buffering: Buffering = msgspec.field(default_factory=Buffering)


_LIMITS = {"max_items": (1_000, 10_000), "max_bytes": (262_144, 1_048_576), "timeout_ms": (25, 30_000)}


class Telemetry:
    """`host` is where the extensions of this environment listen."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._kept: list[Told] = []
        self._open = True
        self._subscribers: dict[str, Subscriber] = {}

    @property
    def wanted(self) -> bool:
        """Whether anybody listens, or may still begin to."""
        return self._open or bool(self._subscribers)

    def hear(self, at: float, kind: str, record: Any) -> None:
        """Something happened; see `engine/log.py`."""
        event = {"time": report.iso(at), "type": kind, "record": record}
        if self._open and len(self._kept) < _MOST_KEPT:
            self._kept.append(event)
        for subscriber in self._subscribers.values():
            subscriber.put(event)

    def subscribe(self, name: str, body: bytes, logs_api: bool) -> list[str]:
        """The types subscribed to. Raises Refused."""
        if not self._open:
            api = "Logs" if logs_api else "Telemetry"
            raise Refused(f"{api}.SubscriptionClosed", f"{api} API subscription is closed already", 403)
        try:
            wish = msgspec.json.decode(body, type=Wish)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise Refused("ValidationError", str(error)) from None
        where = _checked(wish)
        before = self._subscribers.get(name)
        if before is not None and before.logs_api != logs_api:
            raise Refused("ValidationError", "An extension subscribes to one of Logs API and Telemetry API only", 403)
        subscriber = self._subscribers[name] = Subscriber(self._host, where, wish, logs_api)
        for event in self._kept if before is None else ():
            subscriber.put(event)
        return wish.types

    def close(self) -> None:
        """The initialisation is over: nobody can subscribe any more."""
        self._open = False
        self._kept.clear()

    async def flush(self, patience_s: float) -> None:
        """Deliver what waits, as far as that is possible in this time."""
        sending = [asyncio.ensure_future(each.deliver()) for each in self._subscribers.values()]
        if sending:
            _, late = await asyncio.wait(sending, timeout=patience_s)
            for task in late:
                task.cancel()

    def stop(self) -> None:
        """Nothing is delivered any more."""
        for subscriber in self._subscribers.values():
            subscriber.stop()
        self._subscribers.clear()
        self._open = False


class Subscriber:
    """What waits for one extension, and its delivery."""

    def __init__(self, host: str, port_and_path: tuple[int, str], wish: Wish, logs_api: bool) -> None:
        self.logs_api = logs_api
        self._host = host
        self._port, self._path = port_and_path
        self._wish = wish
        self._waiting: list[bytes] = []
        self._size = 0
        self._dropped = 0
        self._dropped_size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._delivering: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    def put(self, event: Told) -> None:
        kind = str(event["type"])
        if kind.partition(".")[0] not in self._wish.types or (self.logs_api and kind not in _LOGS_KINDS):
            return
        if self.logs_api and kind == "platform.report":
            self._add({"time": event["time"], "type": "platform.end", "record": _only_id(event["record"])})
        self._add(event)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._delivering is not None:
            self._delivering.cancel()
        if self._writer is not None:
            self._writer.close()

    async def deliver(self) -> None:
        """One delivery at a time; returns when nothing waits any more or it cannot be delivered."""
        if self._delivering is None or self._delivering.done():
            self._delivering = asyncio.get_running_loop().create_task(self._deliver())
        await asyncio.shield(self._delivering)

    def _add(self, event: Told) -> None:
        data = msgspec.json.encode(event)
        buffering = self._wish.buffering
        if self._size + len(data) > _ROOM_BATCHES * buffering.max_bytes:
            self._dropped += 1
            self._dropped_size += len(data)
            return
        self._waiting.append(data)
        self._size += len(data)
        if len(self._waiting) >= buffering.max_items or self._size >= buffering.max_bytes:
            self._start()
        elif self._timer is None:
            delay_s = buffering.timeout_ms / 1000
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._start)

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._delivering is None or self._delivering.done():
            self._delivering = asyncio.get_running_loop().create_task(self._deliver())

    async def _deliver(self) -> None:
        while self._waiting:
            batch = self._waiting[: self._wish.buffering.max_items]
            try:
                await (self._by_tcp(batch) if self._wish.destination.protocol == "TCP" else self._by_http(batch))
            except (OSError, asyncio.IncompleteReadError):
                return  # nobody listens, perhaps not yet: it stays, and goes with what comes next
            del self._waiting[: len(batch)]
            self._size -= sum(map(len, batch))
            self._tell_of_drops()

    def _tell_of_drops(self) -> None:
        if self._dropped:
            reason = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs."
            event = report.logs_dropped(self._dropped_size, self._dropped, reason)
            self._dropped = self._dropped_size = 0
            self._waiting.append(msgspec.json.encode({"type": event.kind, "record": event.record}))

    async def _by_http(self, batch: list[bytes]) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            body = b"[" + b",".join(batch) + b"]"
            head = (
                f"{self._wish.destination.method} {self._path} HTTP/1.1\r\nHost: sandbox.localdomain:{self._port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await reader.readuntil(b"\r\n")
        finally:
            writer.close()

    async def _by_tcp(self, batch: list[bytes]) -> None:
        if self._writer is None or self._writer.is_closing():
            _, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(b"".join(data + b"\n" for data in batch))
        await self._writer.drain()


def _checked(wish: Wish) -> tuple[int, str]:
    """Where to deliver: port and path. Raises Refused for what AWS refuses."""
    if unknown := next((kind for kind in wish.types if kind not in _TYPES), None):
        raise Refused("ValidationError", f"types: unknown type {unknown}")
    if not wish.types:
        raise Refused("ValidationError", "types: must not be empty")
    for name, (least, most) in _LIMITS.items():
        value = getattr(wish.buffering, name)
        if not least <= value <= most:
            raise Refused("ValidationError", f"buffering.{name}: {value} is not between {least} and {most}")
    destination = wish.destination
    if destination.protocol == "TCP":
        if not destination.port:
            raise Refused("ValidationError", "destination.port: must be given for TCP")
        return destination.port, ""
    if destination.protocol != "HTTP":
        raise Refused("ValidationError", f"destination.protocol: unknown protocol {destination.protocol}")
    uri = urlsplit(destination.URI)
    if uri.scheme != "http" or uri.hostname not in _HOSTS or not uri.port:
        raise Refused("ValidationError", f"destination.URI: {destination.URI} is not http://sandbox.localdomain:PORT")
    return uri.port, uri.path or "/"


def _only_id(record: Told) -> Told:
    return {"requestId": record["requestId"]}
