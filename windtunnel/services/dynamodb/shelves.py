"""
The items of a table in their orders: that of the table and those of its indexes, kept in step with the rows.

    rows  key ──► item            found at once
    orders  "" │ index ──► places, each ending with a key        read in O(log n + k)

An index is sparse: an item without its key attributes does not stand there. Orders are not stored; they are made when a table is
first asked for and follow every change of its rows then, also one that is undone.
"""

from __future__ import annotations

from windtunnel.kernel.orders import Order, Place
from windtunnel.kernel.store import Store
from windtunnel.kernel.tables import Rows
from windtunnel.services.dynamodb import keys
from windtunnel.services.dynamodb.records import Index, Item, ItemTable, Row
from windtunnel.services.dynamodb.values import size_of


class Shelf:
    """The orders of one table, with the bytes of the items in each, by the names of the indexes; the table's own is ""."""

    __slots__ = ("_indexes", "bytes", "orders", "table")

    def __init__(self, table: ItemTable, rows: list[Row]) -> None:
        self.table = table
        self._indexes: list[Index | None] = [None, *table.indexes]
        self.orders: dict[str, Order] = {}
        self.bytes: dict[str, int] = {}
        for index in self._indexes:
            name = index.name if index is not None else ""
            placed = [(keys.place(table, index, row.item, row.key), row) for row in rows]
            self.orders[name] = Order(place for place, _ in placed if place is not None)
            self.bytes[name] = sum(view_size(table, index, row) for place, row in placed if place is not None)

    def change(self, old: Row | None, new: Row | None) -> None:
        for index in self._indexes:
            if index is None:
                self._place("", None, old, new, old is not None and new is not None)
            else:
                same = old is not None and new is not None and _same_key(index, old.item, new.item)
                self._place(index.name, index, old, new, same)

    def _place(self, name: str, index: Index | None, old: Row | None, new: Row | None, same: bool) -> None:
        """`same`: it stays where it is."""
        table = self.table
        if same and index is not None and keys.place(table, index, new.item, new.key) is None:  # type: ignore[union-attr]
            return
        order = self.orders[name]
        for row, sign in ((old, -1), (new, 1)):
            if row is None:
                continue
            place: Place | None = () if same else keys.place(table, index, row.item, row.key)
            if place is None:
                continue
            self.bytes[name] += sign * view_size(table, index, row)
            if not same:
                order.add(place) if sign > 0 else order.remove(place)


class Shelving:
    """The declaration by which all nouns of a home have the same shelves."""

    def __init__(self, rows: Rows[Row]) -> None:
        self._rows = rows

    def open(self, store: Store, name: str) -> Shelves:
        return Shelves(self._rows)


class Shelves:
    """The shelves of one home."""

    def __init__(self, rows: Rows[Row]) -> None:
        self._rows = rows
        self._shelves: dict[str, Shelf] = {}
        rows.follow(self._follow)

    def of(self, table: ItemTable) -> Shelf:
        shelf = self._shelves.get(table.id)
        if shelf is None or shelf.table.indexes is not table.indexes:
            shelf = self._shelves[table.id] = Shelf(table, self._rows.all(table.id))
        return shelf

    def forget(self, table: str) -> None:
        """Of a table that is no more, or has other indexes now: made anew when it is asked for."""
        self._shelves.pop(table, None)

    def _follow(self, old: Row | None, new: Row | None) -> None:
        row = new or old
        shelf = self._shelves.get(row.table) if row is not None else None
        if shelf is not None:
            shelf.change(old, new)


def view(table: ItemTable, index: Index | None, item: Item) -> Item:
    """What of an item an index has."""
    if index is None or index.projection == "ALL":
        return item
    kept = {*keys.names(table), *keys.names(index), *index.included}
    return {name: value for name, value in item.items() if name in kept}


def view_size(table: ItemTable, index: Index | None, row: Row) -> int:
    if index is None or index.projection == "ALL":
        return row.size
    return size_of(view(table, index, row.item))


def _same_key(index: Index, old: Item, new: Item) -> bool:
    return old.get(index.hash) == new.get(index.hash) and (
        not index.range or old.get(index.range) == new.get(index.range)
    )
