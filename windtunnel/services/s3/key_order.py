"""Objects of a bucket in the order of their keys, kept at every change, so that a listing sorts nothing.

S3 orders keys by their UTF-8 bytes, which is the order of code points, which is how Python compares text.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from windtunnel.kernel.journal import Key
from windtunnel.kernel.store import Store
from windtunnel.kernel.tables import Rows, Table
from windtunnel.services.s3.records import StoredObject


class OrderedTable(Table[StoredObject]):
    """A table within buckets whose rows also know the order of keys."""

    def open(self, store: Store, name: str) -> OrderedRows:
        return OrderedRows(self, store, name)


class OrderedRows(Rows[StoredObject]):
    def __init__(self, table: OrderedTable, store: Store, name: str) -> None:
        self._order: dict[str, list[str]] = {}
        super().__init__(table, store, name)

    def restore(self, key: Key, record: StoredObject | None) -> None:
        bucket, name = key
        known = self.get(bucket, name) is not None
        super().restore(key, record)
        if record is not None and not known:
            insort(self._order.setdefault(bucket, []), name)
        elif record is None and known:
            order = self._order[bucket]
            del order[bisect_left(order, name)]

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket in order. The list itself: do not change it, do not keep it."""
        return self._order.get(bucket, [])
