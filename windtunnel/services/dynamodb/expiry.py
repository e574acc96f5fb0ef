"""
Time to live: items go when the time in one of their attributes has come, and the stream says that DynamoDB removed them.

    expiries  table ─► (time, key) in a heap          one timer a home, for the earliest

On AWS it takes minutes to days; here it happens at that moment. AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

from __future__ import annotations

import heapq

from msgspec.structs import replace

from windtunnel.kernel.clock import Timer
from windtunnel.kernel.journal import NotStored
from windtunnel.services.dynamodb.changes import ChangeLog
from windtunnel.services.dynamodb.facts import ItemExpired
from windtunnel.services.dynamodb.records import ItemTable, Row
from windtunnel.services.dynamodb.values import invalid, sortable

OLDEST_S = 5 * 365 * 86_400
AGAIN_S = 60


class Expiry(ChangeLog):
    def __init__(self, *place) -> None:
        super().__init__(*place)
        self._due: list[tuple[float, str, str]] = []
        self._attributes: dict[str, tuple[str, str]] = {}
        self._timer: Timer | None = None
        self._timer_at = 0.0
        self.rows.follow(self._follow)

    def resume(self) -> None:
        for table in self.tables.all():
            if table.expiry:
                self._watch(table)

    def update_time_to_live(self, ctx, TableName, TimeToLiveSpecification):
        table = self.table_described(TableName)
        name, enabled = TimeToLiveSpecification["AttributeName"], TimeToLiveSpecification["Enabled"]
        if enabled and table.expiry:
            raise invalid("TimeToLive is already enabled")
        if not enabled and not table.expiry:
            raise invalid("TimeToLive is already disabled")
        if not enabled and name != table.expiry:
            raise invalid(f"TimeToLive is active on a different AttributeName: current AttributeName is {table.expiry}")
        table = self.tables.put(replace(table, expiry=name if enabled else ""))
        if enabled:
            self._watch(table)
        else:
            self._attributes.pop(table.id, None)
        return {"TimeToLiveSpecification": TimeToLiveSpecification}

    def describe_time_to_live(self, ctx, TableName):
        table = self.table_described(TableName)
        if not table.expiry:
            return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": table.expiry}}

    def _watch(self, table: ItemTable) -> None:
        self._attributes[table.id] = (table.expiry, table.name)
        for row in self.rows.all(table.id):
            self._follow(None, row)

    def _follow(self, old: Row | None, new: Row | None) -> None:
        """A new row may expire; entries of rows that have changed are passed over when their time comes."""
        if new is None or not self._attributes:
            return
        watched = self._attributes.get(new.table)
        if watched is None:
            return
        at = _expires_at(new, watched[0])
        if at is not None:
            heapq.heappush(self._due, (at, new.table, new.key))
            self._arm(at)

    def _arm(self, at: float) -> None:
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = self.clock.call_at(at, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            at, table_id, key = self._due[0]
            try:
                with self.home.step():
                    self._expire_one(table_id, key, at)
            except NotStored:
                self._arm(now + AGAIN_S)
                return
            heapq.heappop(self._due)
        if self._due:
            self._arm(self._due[0][0])

    def _expire_one(self, table_id: str, key: str, at: float) -> None:
        attribute, name = self._attributes.get(table_id, ("", ""))
        table = self.tables.get(name)
        row = self.rows.get(table_id, key)
        if table is None or table.id != table_id or row is None or _expires_at(row, attribute) != at:
            return
        if self.clock.now() - at > OLDEST_S:
            return
        self.write(table, row, None, expired=True)
        self.home.record(ItemExpired(table.name))


def _expires_at(row: Row, attribute: str) -> float | None:
    value = row.item.get(attribute)
    return float(sortable(value)) if value is not None and "N" in value else None
