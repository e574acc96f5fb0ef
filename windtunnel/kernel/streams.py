"""Streams of frozen records: appended, read from a position, trimmed at the front. For logs and histories.

events = Stream(LogEvent, within="stream")
position = events.append(event);  events.read("stream-1", start=position, limit=100);  events.trim("stream-1", before=…)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

from windtunnel.kernel.journal import Key
from windtunnel.kernel.shelf import Packing, Shelf
from windtunnel.kernel.store import Store

Record = TypeVar("Record", bound=msgspec.Struct)


class Stream(Generic[Record]):
    """A declaration; `open` makes the log of one cloud from it. `within` names the field that tells the partitions apart."""

    def __init__(self, record: type[Record], within: str) -> None:
        self.record = record
        self.within = within

    def open(self, store: Store, name: str) -> Log[Record]:
        return Log(self, store, name)


class Log(Generic[Record]):
    """Positions count up from 0 in each partition and are never given twice."""

    def __init__(self, stream: Stream[Record], store: Store, name: str) -> None:
        self.name = name
        self._within = stream.within
        self._store = store
        self._packing: Packing[Record] = Packing(stream.record)
        self._parts: dict[Any, Shelf[Record]] = {}
        self._first: dict[Any, int] = {}
        self._next: dict[Any, int] = {}
        self._appended = Appended(self)
        decoder = msgspec.msgpack.Decoder(stream.record)
        for key, value in sorted(store.journal.load(name)):
            self.restore(key, decoder.decode(value))

    def append(self, record: Record) -> int:
        of = getattr(record, self._within)
        position = self._next.get(of, 0)
        key = (of, position)
        step = self._store.open
        if step is None:
            with self._store.step():
                return self.append(record)
        step.undo.append((self._appended, key, None))
        step.changes.append((self.name, key, record))
        part = self._parts.get(of)
        if part is None:
            part = self._parts[of] = Shelf(self._packing)
            self._first[of] = position
        part.put(position, record)
        self._next[of] = position + 1
        return position

    def read(self, of: Any, start: int = 0, limit: int | None = None) -> list[tuple[int, Record]]:
        """Up to `limit` records from position `start` on, each with its position."""
        part = self._parts.get(of)
        if part is None:
            return []
        begin, end = max(start, self._first[of]), self._next[of]
        return list(part.read(begin, end if limit is None else min(end, begin + limit)))

    def begin(self, of: Any) -> int:
        """The position of the oldest record; `end` when there is none."""
        return self._first[of] if of in self._parts else self.end(of)

    def end(self, of: Any) -> int:
        """The position that the next record gets."""
        return self._next.get(of, 0)

    def trim(self, of: Any, before: int) -> None:
        """Drop everything before this position."""
        with self._store.step():
            for position in range(self.begin(of), min(before, self.end(of))):
                self._drop((of, position))

    def drop(self, of: Any) -> None:
        """Drop the whole partition."""
        self.trim(of, self.end(of))

    def partitions(self) -> Iterator[Any]:
        return iter(list(self._parts))

    def restore(self, key: Key, record: Record | None) -> None:
        of, position = key
        if record is None:
            self._take(of, position)
            return
        part = self._parts.get(of)
        if part is None:
            part = self._parts[of] = Shelf(self._packing)
        self._first[of] = min(self._first.get(of, position), position)
        part.put(position, record)
        self._next[of] = max(self._next.get(of, 0), position + 1)

    def take_back(self, key: Key) -> None:
        """Undo the last append: its position is that of the next one, so that no gap is left."""
        self._take(*key)
        self._next[key[0]] = key[1]

    def _drop(self, key: Key) -> None:
        step = self._store.open
        assert step is not None
        step.undo.append((self, key, self._take(*key)))
        step.changes.append((self.name, key, None))

    def _take(self, of: Any, position: int) -> Record | None:
        """Remove the first or the last record of a partition."""
        part = self._parts.get(of)
        if part is None:
            return None
        record = part.take(position)
        if not part:
            del self._parts[of], self._first[of]
        elif position == self._first[of]:
            self._first[of] = position + 1
        return record


class Appended:
    """What an append leaves to be undone by."""

    def __init__(self, log: Log[Any]) -> None:
        self._log = log

    def restore(self, key: Key, record: Any) -> None:
        self._log.take_back(key)
