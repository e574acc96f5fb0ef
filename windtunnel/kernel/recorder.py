"""The flight record: one append-only stream of typed facts, from which metrics, traces, costs and findings are read.

Whoever causes facts is kept beside them: the request (`cause`) and who asked (`principal`) travel in a context variable that
the dispatcher sets, so that a line that records need not carry them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from windtunnel.kernel.clock import Clock

Cause = tuple[str, str]
_NOBODY: Cause = ("", "")
_cause: ContextVar[Cause] = ContextVar("cause", default=_NOBODY)


class Fact(msgspec.Struct, frozen=True):
    """Something that happened. A kind of fact is a subclass; the name of the class is the name of the kind."""


class Entry(NamedTuple):
    """A fact in its place: `seq` counts up through the whole record, `at` is the clock's time in seconds since the epoch."""

    seq: int
    at: float
    cause: str
    principal: str
    fact: Any

    @property
    def kind(self) -> str:
        return type(self.fact).__name__


class Causing:
    """A `with` that every call enters, so it is no generator."""

    __slots__ = ("_cause", "_token")

    def __init__(self, cause: Cause) -> None:
        self._cause = cause

    def __enter__(self) -> None:
        self._token = _cause.set(self._cause)

    def __exit__(self, *error: object) -> None:
        _cause.reset(self._token)


def caused_by(cause: str, principal: str) -> Causing:
    """Facts recorded inside, and in tasks started inside, have this cause and principal."""
    return Causing((cause, principal))


class Recorder:
    """Keeps up to `limit` facts of each kind; the oldest go first, and `dropped` counts them by kind."""

    def __init__(self, clock: Clock, limit: int = 100_000) -> None:
        self._clock = clock
        self._limit = limit
        self._seq = 0
        self._by_kind: dict[str, deque[Entry]] = {}
        self._followers: list[Callable[[Entry], None]] = []
        self.dropped: dict[str, int] = {}

    def record(self, fact: Fact) -> Entry:
        self._seq = seq = self._seq + 1
        cause, principal = _cause.get()
        entry = Entry(seq, self._clock.now(), cause, principal, fact)
        kind = type(fact).__name__
        kept = self._by_kind.get(kind)
        if kept is None:
            kept = self._by_kind[kind] = deque()
        if len(kept) >= self._limit:
            kept.popleft()
            self.dropped[kind] = self.dropped.get(kind, 0) + 1
        kept.append(entry)
        for follower in self._followers:
            follower(entry)
        return entry

    def records(self, kind: str | type[Fact] | None = None, since: int = 0, **fields: Any) -> list[Entry]:
        """The entries after sequence number `since`, in order, of one kind (None: all) whose fact has these field values."""
        if kind is None:
            found = sorted(chain.from_iterable(self._after(kept, since) for kept in self._by_kind.values()))
        else:
            name = kind if isinstance(kind, str) else kind.__name__
            found = self._after(self._by_kind.get(name, deque()), since)
        if not fields:
            return found
        return [e for e in found if all(getattr(e.fact, name, _MISSING) == value for name, value in fields.items())]

    def latest(self) -> int:
        """The sequence number of the newest fact; pass it as `since` to see only what comes after."""
        return self._seq

    def follow(self, follower: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `follower` with each new entry, at once and on the loop; it must be quick. Returns what ends it."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower) if follower in self._followers else None

    @staticmethod
    def _after(kept: deque[Entry], since: int) -> list[Entry]:
        if not since:
            return list(kept)
        return list(kept)[bisect_left(kept, since + 1, key=lambda entry: entry.seq) :]


_MISSING = object()
