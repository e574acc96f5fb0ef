"""
The one place where items change: the row, the record in the table's stream, the Kinesis streams, who waits for them.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html ("no record for a write that changes nothing")
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from windtunnel.services.dynamodb import keys
from windtunnel.services.dynamodb.records import Change, ChangeStream, ItemTable, Row
from windtunnel.services.dynamodb.rows import DynamoTables
from windtunnel.services.dynamodb.values import size_of

RETENTION_S = 24 * 3600


class ChangeLog(DynamoTables):
    def write(self, table: ItemTable, old: Row | None, new: Row | None, expired: bool = False) -> None:
        """Replace one row (or none) by another (or none). Part of the step that is open."""
        if new is not None:
            self.rows.put(new)
        elif old is not None:
            self.rows.delete(table.id, old.key)
        if not table.view and not table.destinations:
            return
        if (old.item if old else None) == (new.item if new else None):
            return
        if table.view:
            self._append(self._change(table, table.view, old, new, expired))
        if table.destinations:
            self.noun("Kinesis").send(table, self._change(table, "NEW_AND_OLD_IMAGES", old, new, expired))

    def with_stream(self, table: ItemTable, view: str) -> ItemTable:
        """The table with a new stream of that view; whoever calls stores the table."""
        self.forget_streams()
        now = int(self.clock.now() * 1000)
        while self.streams.get(arn := f"{table.arn}/stream/{_label(now)}") is not None:
            now += 1
        shard = f"shardId-{now:020d}-{self.ids.hex(8)}"
        self.streams.put(
            ChangeStream(arn, _label(now), table.name, shard, view, table.hash, table.range, self.clock.now())
        )
        return replace(table, view=view, stream=arn)

    def end_stream(self, table: ItemTable) -> ItemTable:
        """The table without a stream; what the stream has stays readable for a day."""
        stream = self.streams.get(table.stream)
        if stream is not None:
            self.streams.put(replace(stream, disabled_at=self.clock.now()))
            self.home.signal(stream.arn).fire()
        return replace(table, view="")

    def _change(self, table: ItemTable, view: str, old: Row | None, new: Row | None, expired: bool) -> Change:
        row = new or old
        assert row is not None
        name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        key = keys.key_of(table, row.item)
        shown_new = new if new is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES") else None
        shown_old = old if old is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES") else None
        size = size_of(key) + (shown_new.size if shown_new else 0) + (shown_old.size if shown_old else 0)
        return Change(
            table.stream, self.ids.hex(32), name, self.clock.now(), key, shown_new.item if shown_new else None,
            shown_old.item if shown_old else None, size, expired,
        )  # fmt: skip

    def _append(self, change: Change) -> None:
        self.trim(change.stream)
        self.changes.append(change)
        self.home.signal(change.stream).fire()

    def horizon(self, stream: str) -> int:
        """The position of the oldest record that can be read; that of the next one when there is none."""
        self.trim(stream)
        found = self.changes.read(stream, self.changes.begin(stream), 1)
        if found and found[0][1].at >= self._oldest():
            return found[0][0]
        return self.changes.end(stream)

    def trim(self, stream: str) -> None:
        """Drop the records that are older than a day, but the last one: positions are counted from it after a restart."""
        oldest = self._oldest()
        first = position = self.changes.begin(stream)
        last = self.changes.end(stream) - 1
        while position < last and self.changes.read(stream, position, 1)[0][1].at < oldest:
            position += 1
        if position > first:
            self.changes.trim(stream, position)

    def forget_streams(self) -> None:
        """Drop the streams that were disabled more than a day ago."""
        for stream in self.streams.all():
            if self.is_gone(stream):
                self.changes.drop(stream.arn)
                self.streams.delete(stream.arn)

    def is_gone(self, stream: ChangeStream) -> bool:
        """A day after it was disabled nothing of a stream is left."""
        return bool(stream.disabled_at) and stream.disabled_at < self._oldest()

    def _oldest(self) -> float:
        return self.clock.now() - RETENTION_S


def _label(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}"
