"""A signal wakes whoever waits for something to change: nobody polls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from windtunnel.kernel.clock import Clock


class Signal:
    """Waiters that are present when it fires are woken, every one of them; it remembers nothing.

    Look at the state first and wait then, without an `await` between: on one event loop no change can slip through.
    """

    __slots__ = ("_clock", "_listeners", "_waiters")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiters: set[asyncio.Future[bool]] = set()
        self._listeners: list[Callable[[], None]] = []

    def fire(self) -> None:
        if self._waiters:
            waiters, self._waiters = self._waiters, set()
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(True)
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at every firing, at once and on the loop. Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def wait_until(self, deadline: float | None = None) -> bool:
        """True when it fired, False when the clock reached `deadline` (None: never) first."""
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        timer = None
        if deadline is not None:
            timer = self._clock.call_at(deadline, lambda: None if waiter.done() else waiter.set_result(False))
        try:
            return await waiter
        finally:
            self._waiters.discard(waiter)
            if timer is not None:
                timer.cancel()
