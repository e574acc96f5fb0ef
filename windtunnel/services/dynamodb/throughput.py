"""
How much a table gives and takes each second: its provisioned units, saved up for five minutes, or the maximum set on demand.

    Consumed ─► units by table and global index ─► enough left? ─┬─► taken; one more call may overdraw, and is paid back
                                                                 └─► ProvisionedThroughputExceededException, nothing taken

Local indexes share the units of their table; a write waits for every index that it changes. Tables on demand have no limit here
unless one is set. AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.kernel.store import Store
from windtunnel.services.dynamodb.capacity import Consumed
from windtunnel.services.dynamodb.facts import CapacityExceeded
from windtunnel.services.dynamodb.records import Index, ItemTable

SAVED_S = 300
_OF_TABLE = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
_OF_INDEX = (
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider "
    "increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API"
)
_OF_MAXIMUM = "Throughput exceeds the maximum OnDemandThroughput configured on table or index."


class Bucket:
    """Units that are left. Full when its table begins to be used."""

    __slots__ = ("at", "left")

    def __init__(self, left: float, at: float) -> None:
        self.left = left
        self.at = at


class Metering:
    """The declaration by which all nouns of a home have the same rates."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def open(self, store: Store, name: str) -> Throughput:
        return Throughput(self._home)


class Throughput:
    """The rates of one home. They are not stored: a new process begins with full ones."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._buckets: dict[tuple[str, str, bool], Bucket] = {}

    def spend(self, consumed: Consumed) -> None:
        """Raises ProvisionedThroughputExceededException, or ThrottlingException for a maximum on demand."""
        table = consumed.table
        unlimited = table.on_demand and not table.limits
        if unlimited and not (table.indexes and any(index.on_demand for index in table.indexes)):
            return
        wanted: dict[str, float] = {}
        for name, units in consumed.units.items():
            index = table.index(name) if name else None
            place = "" if index is None or index.local else name
            wanted[place] = wanted.get(place, 0.0) + units
        spending = []
        for place, units in wanted.items():
            index = table.index(place) if place else None
            per_s = _rate(table, index, consumed.reads)
            if per_s is None or not units:
                continue
            bucket = self._filled(table, place, consumed.reads, per_s)
            if bucket.left <= 0:
                self._home.record(CapacityExceeded(table.name, place, consumed.reads, units))
                raise _exceeded(table, place, consumed.reads)
            spending.append((bucket, units))
        for bucket, units in spending:
            bucket.left -= units

    def _filled(self, table: ItemTable, place: str, reads: bool, per_s: float) -> Bucket:
        now = self._home.clock.now()
        size = per_s * (1 if table.on_demand else SAVED_S)
        key = (table.id, place, reads)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(size, now)
        bucket.left = min(size, bucket.left + (now - bucket.at) * per_s)
        bucket.at = now
        return bucket


def _rate(table: ItemTable, index: Index | None, reads: bool) -> float | None:
    """Units a second; None for no limit."""
    keyed: Any = table if index is None else index
    if not table.on_demand:
        return float(keyed.read if reads else keyed.write)
    limits = table.limits if index is None else index.on_demand
    most = limits.get("MaxReadRequestUnits" if reads else "MaxWriteRequestUnits", -1)
    return None if most < 0 else float(most)


def _exceeded(table: ItemTable, index: str, reads: bool) -> ApiError:
    limit = "MaxOnDemandThroughputExceeded" if table.on_demand else "ProvisionedThroughputExceeded"
    reason = f"{'Index' if index else 'Table'}{'Read' if reads else 'Write'}{limit}"
    reasons = [{"reason": reason, "resource": f"{table.arn}/index/{index}" if index else table.arn}]
    if table.on_demand:
        return ApiError("ThrottlingException", _OF_MAXIMUM, throttlingReasons=reasons)
    words = _OF_INDEX if index else _OF_TABLE
    return ApiError("ProvisionedThroughputExceededException", words, ThrottlingReasons=reasons)
