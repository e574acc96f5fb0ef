"""A journal in one SQLite file, with group commit: all steps that arrive while one transaction runs share the next.

    loop thread     append ─► waiting ─┐                        ┌─► tickets resolved
    writer thread                      └─► BEGIN … COMMIT (WAL) ┘

A commit of SQLite in WAL mode with `synchronous=NORMAL` survives the death of the process at any moment; `FULL` survives that of
the machine too and costs a disk flush for each group. Records are frozen, so the writer encodes them off the event loop.
"""

from __future__ import annotations

import asyncio
import fcntl
import queue
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from windtunnel.kernel.journal import Change, InUse, Key, NotStored, Ticket

_Group = tuple[Sequence[Change], "asyncio.Future[None]", asyncio.AbstractEventLoop]
_Rows = list[tuple[str, bytes, bytes | None]]
_Encoded = tuple[_Rows, "asyncio.Future[None]", asyncio.AbstractEventLoop]


class SqliteJournal:
    def __init__(self, folder: Path, synchronous: str = "NORMAL") -> None:
        """Open or make the journal in `folder`. Raises `InUse` when another process has it, `NotStored` when it cannot be written."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = open(folder / "lock", "w")  # noqa: SIM115 (held until close)
        except OSError as error:
            raise NotStored(f"The data folder {folder} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise InUse(
                f"The data folder {folder} is in use by another cloud. Stop that one or name another folder."
            ) from None
        try:
            self._reader = sqlite3.connect(folder / "journal.db", check_same_thread=False, isolation_level=None)
            self._reader.execute("PRAGMA journal_mode=WAL")
            self._reader.execute(
                "CREATE TABLE IF NOT EXISTS rows (t TEXT, k BLOB, v BLOB NOT NULL, PRIMARY KEY (t, k)) WITHOUT ROWID"
            )
        except sqlite3.Error as error:
            self._lock.close()
            raise NotStored(f"The journal in {folder} cannot be opened: {error}.") from None
        self._file = folder / "journal.db"
        self._synchronous = synchronous
        self._arrived: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    def append(self, changes: Sequence[Change]) -> Ticket:
        if self._closed:
            raise NotStored("The journal is closed.")
        loop = asyncio.get_running_loop()
        ticket: asyncio.Future[None] = loop.create_future()
        self._arrived.put((changes, ticket, loop))
        return ticket

    def tables(self) -> list[str]:
        return [name for (name,) in self._reader.execute("SELECT DISTINCT t FROM rows ORDER BY t")]

    def load(self, table: str) -> Iterator[tuple[Key, bytes]]:
        decode = msgspec.msgpack.Decoder(tuple).decode
        for key, value in self._reader.execute("SELECT k, v FROM rows WHERE t = ?", (table,)):
            yield decode(key), value

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._arrived.put(None)
        self._writer.join()
        self._reader.close()
        self._lock.close()

    def _write(self) -> None:
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        waiting: list[_Encoded] = []
        open_ = True
        while open_:
            arrived = [self._arrived.get()]
            while not self._arrived.empty():
                arrived.append(self._arrived.get_nowait())
            open_ = None not in arrived
            waiting += [
                encoded for group in arrived if group is not None and (encoded := self._encoded(group)) is not None
            ]
            if not waiting:
                continue
            failure = self._commit(connection, waiting)
            self._answer(waiting, failure)
            if failure is None:
                waiting = []
        connection.close()

    def _encoded(self, group: _Group) -> _Encoded | None:
        """A step as rows, encoded once however often it is tried; None, its ticket failed, for one that cannot be encoded."""
        changes, ticket, loop = group
        encode = msgspec.msgpack.encode
        try:
            rows = [(table, encode(key), None if record is None else encode(record)) for table, key, record in changes]
        except (TypeError, ValueError, OverflowError) as error:
            self._answer([([], ticket, loop)], error)
            return None
        return rows, ticket, loop

    def _commit(self, connection: sqlite3.Connection, groups: list[_Encoded]) -> NotStored | None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            for rows, _, _ in groups:
                for table, key, record in rows:
                    if record is None:
                        connection.execute("DELETE FROM rows WHERE t = ? AND k = ?", (table, key))
                    else:
                        connection.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", (table, key, record))
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return NotStored(f"The journal could not be written: {error}.")
        return None

    @staticmethod
    def _answer(groups: list[_Encoded], failure: Exception | None) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        for _, ticket, loop in groups:
            by_loop.setdefault(loop, []).append(ticket)
        for loop, tickets in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, tickets, failure)


def _resolve(tickets: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for ticket in tickets:
        if ticket.done():
            continue
        if failure is None:
            ticket.set_result(None)
        else:
            ticket.set_exception(failure)
