"""All state of one cloud: tables in memory, changed in whole steps, each step journaled.

with store.step():            # nested steps join the outer one
    tables change …           # an exception undoes all of it
─► one append to the journal; `store.unstored` is the ticket that an acknowledgement must wait for
"""

from __future__ import annotations

from typing import Any, Protocol

from windtunnel.kernel.journal import Change, Journal, Key, Ticket


class Undoable(Protocol):
    def restore(self, key: Key, record: Any) -> None:
        """Put `record` back under `key`; None removes the row."""


class Step:
    """What one step changed so far, and how to undo it."""

    __slots__ = ("changes", "undo")

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.undo: list[tuple[Undoable, Key, Any]] = []


class Whole:
    """What `Store.step` gives: the `with` around a step, entered once."""

    __slots__ = ("_joins", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._joins = self._store.open is not None
        if not self._joins:
            self._store.begin()

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if self._joins:
            return
        if kind is None:
            self._store.commit()
        else:
            self._store.undo()


class Store:
    """Used from one event loop. Code inside a step never awaits, so that steps do not mix."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.open: Step | None = None
        self._unstored: Ticket = None

    @property
    def unstored(self) -> Ticket:
        """The ticket of the last step that is not stored yet, or None when everything is."""
        ticket = self._unstored
        if ticket is not None and ticket.done() and ticket.exception() is None:
            self._unstored = ticket = None
        return ticket

    def step(self) -> Whole:
        return Whole(self)

    def begin(self) -> None:
        """For callers to whom a `with` is too slow: `begin`, then exactly one of `commit` and `undo`."""
        self.open = Step()

    def commit(self) -> None:
        step, self.open = self.open, None
        if step is not None and step.changes:
            try:
                ticket = self.journal.append(step.changes)
            except BaseException:
                self._take_back(step)
                raise
            if ticket is not None:
                self._unstored = ticket

    def undo(self) -> None:
        step, self.open = self.open, None
        if step is not None:
            self._take_back(step)

    @staticmethod
    def _take_back(step: Step) -> None:
        for rows, key, record in reversed(step.undo):
            rows.restore(key, record)
