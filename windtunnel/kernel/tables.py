"""Tables of frozen records: reads from memory, writes in steps, order kept in an index.

    class Messages(Operations, api="sqs"):
        queues   = Table(Queue, key="name")
        messages = Table(Message, key="id", within="queue", ordered="visible_at")

`within` divides a table into partitions; keys are unique inside one. `ordered` keeps each partition in the order of a field, by
a heap whose stale entries are passed over: put, delete and `first` cost O(log n), whatever the depth.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from windtunnel.kernel.journal import Key
from windtunnel.kernel.store import Store

Record = TypeVar("Record", bound=msgspec.Struct)


class Table(Generic[Record]):
    """A declaration; `open` makes the rows of one cloud from it."""

    def __init__(self, record: type[Record], key: str, within: str | None = None, ordered: str | None = None) -> None:
        self.record = record
        self.key = key
        self.within = within
        self.ordered = ordered

    def open(self, store: Store, name: str) -> Rows[Record]:
        """The rows named `name` in the store, with everything its journal has of them."""
        return Rows(self, store, name)


class Partition(Generic[Record]):
    __slots__ = ("heap", "rows", "tick")

    def __init__(self) -> None:
        self.rows: dict[Any, Record] = {}
        self.heap: list[tuple[Any, int, Any]] = []
        self.tick = 0


class Rows(Generic[Record]):
    """The rows of a table. A key is given as `get(key)`, or `get(partition, key)` where the table has `within`."""

    def __init__(self, table: Table[Record], store: Store, name: str) -> None:
        self.name = name
        self._store = store
        self._key = table.key
        self._within = table.within
        self._ordered = table.ordered
        self._parts: dict[Any, Partition[Record]] = {}
        self._followers: list[Callable[[Record | None, Record | None], None]] = []
        decoder = msgspec.msgpack.Decoder(table.record)
        for key, value in store.journal.load(name):
            self.restore(key, decoder.decode(value))

    def get(self, *key: Any) -> Record | None:
        part = self._parts.get(key[0] if self._within else None)
        return None if part is None else part.rows.get(key[-1])

    def __contains__(self, key: Any) -> bool:
        """For tables without partitions."""
        part = self._parts.get(None)
        return part is not None and key in part.rows

    def put(self, record: Record) -> Record:
        """Add the record, or replace the one with its key. Returns it."""
        key = (getattr(record, self._within) if self._within else None, getattr(record, self._key))
        self._change(key, record)
        return record

    def delete(self, *key: Any) -> Record | None:
        """Remove and return the record; None when there is none."""
        whole = (key[0] if self._within else None, key[-1])
        return self._change(whole, None)

    def all(self, of: Any = None) -> list[Record]:
        """Every record, in order of insertion; of one partition if `of` names it."""
        if of is None and self._within:
            return [record for part in self._parts.values() for record in part.rows.values()]
        part = self._parts.get(of)
        return [] if part is None else list(part.rows.values())

    def count(self, of: Any = None) -> int:
        if of is None and self._within:
            return sum(len(part.rows) for part in self._parts.values())
        part = self._parts.get(of)
        return 0 if part is None else len(part.rows)

    def first(self, limit: int, of: Any = None, until: Any = None) -> list[Record]:
        """Up to `limit` records with the smallest value of the ordering field, none above `until`."""
        part = self._parts.get(of)
        if part is None:
            return []
        found: list[Record] = []
        taken: list[tuple[Any, int, Any]] = []
        heap, rows, field = part.heap, part.rows, self._ordered
        seen: set[Any] = set()
        while heap and len(found) < limit and (until is None or heap[0][0] <= until):
            entry = heapq.heappop(heap)
            record = rows.get(entry[2])
            if record is not None and getattr(record, field or "") == entry[0] and entry[2] not in seen:
                seen.add(entry[2])
                found.append(record)
                taken.append(entry)
        for entry in taken:
            heapq.heappush(heap, entry)
        return found

    def smallest(self, of: Any = None) -> Record | None:
        """The record that `first` would give, whatever its value."""
        found = self.first(1, of)
        return found[0] if found else None

    def oldest(self, of: Any = None) -> Record | None:
        """The record whose key was added first."""
        part = self._parts.get(of)
        return next(iter(part.rows.values()), None) if part is not None else None

    def partitions(self) -> Iterator[Any]:
        return (name for name, part in list(self._parts.items()) if part.rows)

    def clear(self, of: Any = None) -> int:
        """Delete every record (of one partition); how many there were."""
        records = self.all(of)
        with self._store.step():
            for record in records:
                self._change(
                    (getattr(record, self._within) if self._within else None, getattr(record, self._key)), None
                )
        return len(records)

    def follow(self, follower: Callable[[Record | None, Record | None], None]) -> None:
        """Call `follower` with the old and the new record at each change from now on, also at one that is undone: for indexes."""
        self._followers.append(follower)

    def restore(self, key: Key, record: Record | None) -> None:
        """Set or remove a row without a trace: for the store's undo and for loading."""
        if self._followers:
            old = self.get(*key)
            for follower in self._followers:
                follower(old, record)
        part = self._parts.get(key[0])
        if part is None:
            if record is None:
                return
            part = self._parts[key[0]] = Partition()
        if record is None:
            part.rows.pop(key[1], None)
            if not part.rows:
                del self._parts[key[0]]
            return
        part.rows[key[1]] = record
        if self._ordered:
            part.tick += 1
            heapq.heappush(part.heap, (getattr(record, self._ordered), part.tick, key[1]))
            if len(part.heap) > 64 and len(part.heap) > 3 * len(part.rows):
                self._compact(part)

    def _change(self, key: Key, record: Record | None) -> Record | None:
        step = self._store.open
        if step is None:
            with self._store.step():
                return self._change(key, record)
        part = self._parts.get(key[0])
        old = None if part is None else part.rows.get(key[1])
        if record is None and old is None:
            return None
        step.undo.append((self, key, old))
        step.changes.append((self.name, key, record))
        self.restore(key, record)
        return old

    def _compact(self, part: Partition[Record]) -> None:
        """Drop stale entries of the heap, keeping the order among equals."""
        field = self._ordered or ""
        seen: set[Any] = set()
        kept = []
        for entry in sorted(part.heap):
            record = part.rows.get(entry[2])
            if record is not None and getattr(record, field) == entry[0] and entry[2] not in seen:
                seen.add(entry[2])
                kept.append(entry)
        part.heap = kept
