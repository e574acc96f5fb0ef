"""Capacity units: what reads and writes consume, and how an answer tells it.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.services.dynamodb import keys
from windtunnel.services.dynamodb.records import Index, ItemTable, Row
from windtunnel.services.dynamodb.shelves import view, view_size

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
TRANSACTION_FACTOR = 2


class Consumed:
    """Units by the name of the index; the table's own stand under ""."""

    __slots__ = ("reads", "table", "units")

    def __init__(self, table: ItemTable, reads: bool) -> None:
        self.table = table
        self.reads = reads
        self.units: dict[str, float] = {"": 0.0}

    @property
    def total(self) -> float:
        return sum(self.units.values())

    def add(self, index: str, units: float) -> None:
        self.units[index] = self.units.get(index, 0.0) + units

    def merge(self, other: Consumed) -> None:
        for index, units in other.units.items():
            self.add(index, units)

    def shown(self, wish: str, transactional: bool = False) -> dict[str, Any]:
        """`wish` is TOTAL or INDEXES."""
        answer = {"TableName": self.table.name, **self._units(self.total, transactional)}
        if wish != "INDEXES":
            return answer
        answer["Table"] = self._units(self.units[""], transactional)
        for local, member in ((True, "LocalSecondaryIndexes"), (False, "GlobalSecondaryIndexes")):
            found = {
                index.name: self._units(self.units[index.name], transactional)
                for index in self.table.indexes
                if index.local is local and index.name in self.units
            }
            if found:
                answer[member] = found
        return answer

    def _units(self, units: float, transactional: bool) -> dict[str, Any]:
        kind = "ReadCapacityUnits" if self.reads else "WriteCapacityUnits"
        return {"CapacityUnits": units, **({kind: units} if transactional else {})}


def read_units(size: int, consistent: bool, factor: float = 1) -> float:
    """For reading so many bytes at once: at least one unit, half of that where it need not be consistent."""
    return max(1, -(-size // READ_UNIT_BYTES)) * (1.0 if consistent else 0.5) * factor


def reading(table: ItemTable, units: float) -> Consumed:
    """So many units of the table itself."""
    consumed = Consumed(table, reads=True)
    consumed.units[""] = units
    return consumed


def written(table: ItemTable, old: Row | None, new: Row | None, factor: int = 1) -> Consumed:
    """For replacing one row (or none) by another (or none), in the table and in each index that this changes."""
    consumed = Consumed(table, reads=False)
    consumed.units[""] = float(_write_units(max(old.size if old else 0, new.size if new else 0)) * factor)
    for index in table.indexes:
        units = _index_units(table, index, old, new)
        if units:
            consumed.units[index.name] = float(units * factor)
    return consumed


def _index_units(table: ItemTable, index: Index, old: Row | None, new: Row | None) -> int:
    before = keys.place(table, index, old.item, old.key) if old is not None else None
    after = keys.place(table, index, new.item, new.key) if new is not None else None
    if before is None and after is None:
        return 0
    before_size = view_size(table, index, old) if old is not None and before is not None else 0
    after_size = view_size(table, index, new) if new is not None and after is not None else 0
    if before is None or after is None:
        return _write_units(before_size or after_size)
    if before != after:
        return _write_units(before_size) + _write_units(after_size)
    assert old is not None and new is not None
    if view(table, index, old.item) == view(table, index, new.item):
        return 0
    return _write_units(max(before_size, after_size))


def _write_units(size: int) -> int:
    return max(1, -(-size // WRITE_UNIT_BYTES))
