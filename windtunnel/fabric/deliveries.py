"""Deliveries: accepted in the step of the call that caused them, attempted when they are due, kept until they are over.

    accept ─► stored ─► due ─► attempt ─┬─► None: over (delivered, or handed to a dead-letter target)
                         ▲              └─► the delivery again, with a later `due_at`
                         └──────────────────────────────┘

Who carries a delivery decides when to try again and when to give up; the mechanism here forgets nothing: a platform that dies
during an attempt makes it again (at least once, as AWS).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.fabric.history import History
from windtunnel.kernel.clock import Clock, Timer
from windtunnel.kernel.recorder import Fact, Recorder, caused_by
from windtunnel.kernel.store import Store
from windtunnel.kernel.tables import Table

AFTER_DEFECT_S = 60


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`service` and `noun` name who carries it; times are seconds since the epoch; `failures` are tries that count."""

    id: str
    service: str
    noun: str
    account: str
    region: str
    target: str
    payload: bytes
    accepted_at: float
    due_at: float
    expires_at: float
    attempts: int = 0
    failures: int = 0
    details: dict[str, str] = {}


class DeliveryAttempted(Fact, frozen=True):
    """`over`: delivered, or handed to a dead-letter target; otherwise it will be tried again."""

    delivery: str
    service: str
    target: str
    attempt: int
    over: bool


Carrier = Callable[[Delivery], Awaitable[Delivery | None]]


class Fabric:
    """The deliveries of one cloud."""

    table = Table(Delivery, key="id", ordered="due_at")

    def __init__(
        self,
        store: Store,
        clock: Clock,
        recorder: Recorder,
        spawn: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]],
        carrier: Callable[[Delivery], Carrier],
    ) -> None:
        """`carrier` finds who carries a delivery; it may raise for one that nobody carries any more, which ends it."""
        self._store = store
        self._deliveries = self.table.open(store, "fabric/deliveries")
        self._clock = clock
        self._recorder = recorder
        self._spawn = spawn
        self._carrier = carrier
        self.history: History[Delivery] = History()
        self._under_way: set[str] = set()
        self._timer: Timer | None = None
        self._timer_at = 0.0

    def accept(self, delivery: Delivery) -> None:
        """Keep it and see to it. Part of the step that is open, if one is."""
        self._deliveries.put(delivery)
        self._arm(delivery.due_at)

    def passed(self, make: Callable[[], Delivery], size: int) -> None:
        """One succeeded at once, without having been kept: for the history, which writes it out by `make` if need be."""
        self.history.keep(make, size, self._clock.now())

    def again(self, id: str, new_id: str) -> Delivery | None:
        """Make a delivery of the history once more, from its first attempt; None when it is not known (any more)."""
        past = self.history.find(id)
        if past is None:
            return None
        now = self._clock.now()
        lasting = past.expires_at - past.accepted_at
        fresh = replace(
            past, id=new_id, attempts=0, failures=0, accepted_at=now, due_at=now, expires_at=now + lasting
        )  # fmt: skip
        self.accept(fresh)
        return fresh

    def waiting(self) -> list[Delivery]:
        """What is not over, in no particular order."""
        return self._deliveries.all()

    def resume(self) -> None:
        """Take up what an earlier process left."""
        if (first := self._deliveries.smallest()) is not None:
            self._arm(first.due_at)

    def _arm(self, due_at: float) -> None:
        if self._timer is not None:
            if self._timer_at <= due_at:
                return
            self._timer.cancel()
        self._timer_at = due_at
        self._timer = self._clock.call_at(due_at, self._start_due)

    def _start_due(self) -> None:
        self._timer = None
        now = self._clock.now()
        later: float | None = None
        for delivery in self._deliveries.first(len(self._under_way) + 64):
            if delivery.id in self._under_way:
                continue
            if delivery.due_at > now:
                later = delivery.due_at
                break
            self._under_way.add(delivery.id)
            self._spawn(self._attempt(delivery), f"delivery to {delivery.target}")
            later = now
        if later is not None:
            self._arm(later)

    def _is_over(self, attempted: Delivery) -> None:
        """On to the next one. Not after a cancellation: then the cloud is closing, and what waits stays stored."""
        self._under_way.discard(attempted.id)
        if (first := self._deliveries.smallest()) is not None and first.id not in self._under_way:
            self._arm(first.due_at)

    async def _attempt(self, delivery: Delivery) -> None:
        with self._clock.working(), caused_by(delivery.id, ""):
            try:
                again = await self._carrier(delivery)(replace(delivery, attempts=delivery.attempts + 1))
            except Exception:
                # A defect of ours must not cost the event: it stays, and is tried again later.
                self._deliveries.put(replace(delivery, due_at=self._clock.now() + AFTER_DEFECT_S))
                self._is_over(delivery)
                raise
            self._is_over(delivery)
            self._recorder.record(
                DeliveryAttempted(delivery.id, delivery.service, delivery.target, delivery.attempts + 1, again is None)
            )
            if again is None:
                self._deliveries.delete(delivery.id)
                self.history.keep(lambda: delivery, len(delivery.payload), self._clock.now())
            else:
                self._deliveries.put(again)
                self._arm(again.due_at)
