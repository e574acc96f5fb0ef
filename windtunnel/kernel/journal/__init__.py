"""Where committed steps go. The seam: what a cloud may rely on, whichever journal it has.

    store ──append(changes)──► journal ──► Ticket: None = stored already, else a future that resolves when it is

One suite, `tests/contracts/test_journals.py`, runs over every journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

Key = tuple[Any, ...]
Change = tuple[str, Key, Any]
"""Name of the table, key of the row, and the new record; None for a row that is gone."""

Ticket = asyncio.Future[None] | None


class NotStored(Exception):
    """A step could not be made durable (the disk is full, the file is gone). The journal goes on trying with the next one."""


class InUse(Exception):
    """Another process has this data folder open."""


class Journal(Protocol):
    def append(self, changes: Sequence[Change]) -> Ticket:
        """Store all of these changes or none, after those of earlier calls.

        None when they are stored on return. Else a future: resolved, they survive the end of the process at any moment;
        failed with `NotStored`, they are not stored yet, and later calls fail as well until they are.
        """

    def tables(self) -> list[str]:
        """Names of the tables that have rows."""

    def load(self, table: str) -> Iterator[tuple[Key, bytes]]:
        """Each row of a table as it was stored last: its key and the record in msgpack."""

    def close(self) -> None:
        """Everything appended before is stored on return, or its ticket has failed. Idempotent."""
