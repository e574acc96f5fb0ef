"""A journal that ends with the process and can be read: what tests inspect, make fail and start again from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from windtunnel.kernel.journal import Change, Key, Ticket


class MemoryJournal:
    """Keeps the records themselves; they are frozen, so they need no copy."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[Key, object]] = {}

    def append(self, changes: Sequence[Change]) -> Ticket:
        tables = self._tables
        for table, key, record in changes:
            if record is not None:
                rows = tables.get(table)
                if rows is None:
                    rows = tables[table] = {}
                rows[key] = record
            elif (rows := tables.get(table)) is not None:
                rows.pop(key, None)
        return None

    def tables(self) -> list[str]:
        return sorted(name for name, rows in self._tables.items() if rows)

    def load(self, table: str) -> Iterator[tuple[Key, bytes]]:
        for key, record in list(self._tables.get(table, {}).items()):
            yield key, msgspec.msgpack.encode(record)

    def close(self) -> None:
        """Nothing is open."""
