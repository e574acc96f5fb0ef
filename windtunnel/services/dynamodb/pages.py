"""
Pages of items in the order of a table or an index.

    order ─ places from the start key on ─► at most Limit items or 1 MB ─► filter ─► projection ─► page, and where the next begins

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from windtunnel.kernel.orders import TOP, Place
from windtunnel.services.dynamodb import keys
from windtunnel.services.dynamodb.capacity import READ_UNIT_BYTES, Consumed, read_units
from windtunnel.services.dynamodb.expressions.evaluation import meets
from windtunnel.services.dynamodb.expressions.nodes import Path
from windtunnel.services.dynamodb.expressions.projections import projected
from windtunnel.services.dynamodb.facts import ItemsRead
from windtunnel.services.dynamodb.key_conditions import KeyRange
from windtunnel.services.dynamodb.records import Index, Item, ItemTable
from windtunnel.services.dynamodb.rows import DynamoTables
from windtunnel.services.dynamodb.shelves import view, view_size
from windtunnel.services.dynamodb.values import checked, invalid

PAGE_BYTES = 1024 * 1024
ALL_HASHES = 1 << keys.HASH_BITS
ALL_PLACES = KeyRange((), (ALL_HASHES,))


class Reading(NamedTuple):
    """What is read: a range of an order, and what is done with each item of it."""

    operation: str
    table: ItemTable
    index: Index | None
    range: KeyRange
    backward: bool
    start: Place | None
    limit: int | None
    condition: Any
    paths: tuple[Path, ...] | None
    counts_only: bool
    fetches: bool  # whole items, though the index has not all of them
    consistent: bool


class Pages(DynamoTables):
    def page(self, reading: Reading, capacity: str = "NONE") -> dict[str, Any]:
        """The answer to a Query or Scan."""
        table, index = reading.table, reading.index
        order = self.shelves.of(table).orders[index.name if index is not None else ""]
        low, high = reading.range
        if reading.start is not None:
            low, high = (low, reading.start) if reading.backward else ((*reading.start, TOP), high)
        found: list[Item] = []
        count = scanned = size = fetched = 0
        last: Item | None = None
        for place in order.between(low, high, reading.backward):
            row = self.rows.get(table.id, place[-1])
            assert row is not None, "an order has a row that is not there"
            scanned += 1
            size += view_size(table, index, row)
            item = row.item if reading.fetches else view(table, index, row.item)
            fetched += -(-row.size // READ_UNIT_BYTES) if reading.fetches and index is not None else 0
            if reading.condition is None or meets(reading.condition, item):
                count += 1
                if not reading.counts_only:
                    found.append(item if reading.paths is None else projected(item, reading.paths))
            if scanned == reading.limit or size >= PAGE_BYTES:
                last = row.item
                break
        consumed = Consumed(table, reads=True)
        consumed.add(index.name if index is not None else "", read_units(size, reading.consistent))
        if fetched:
            consumed.add("", fetched * (1.0 if reading.consistent else 0.5))
        self.throughput.spend(consumed)
        self.home.record(
            ItemsRead(table.name, index.name if index else "", reading.operation, scanned, count, consumed.total)
        )
        answer: dict[str, Any] = {"Count": count, "ScannedCount": scanned}
        if not reading.counts_only:
            answer["Items"] = found
        if last is not None:
            answer["LastEvaluatedKey"] = start_key(table, index, last)
        if capacity != "NONE":
            answer["ConsumedCapacity"] = consumed.shown(capacity)
        return answer

    def start(self, table: ItemTable, index: Index | None, key: Item | None, operation: str) -> Place | None:
        """The place of an ExclusiveStartKey. Raises ValidationException for one that no page can have ended with."""
        if key is None:
            return None
        item = {name: checked(value)[0] for name, value in key.items()}
        wanted = {*keys.names(table), *(keys.names(index) if index is not None else ())}
        if set(item) != wanted or any(table.attributes[name] not in value for name, value in item.items()):
            reason = f": {keys.MISMATCH}" if operation == "Scan" else ""
            raise invalid(f"The provided starting key is invalid{reason}")
        return keys.place(table, index, item, keys.of_item(table, item))


def start_key(table: ItemTable, index: Index | None, item: Item) -> Item:
    """The key after which the next page begins."""
    key = keys.key_of(table, item)
    return {**key, **keys.key_of(index, item)} if index is not None else key


def index_of(table: ItemTable, name: str | None) -> Index | None:
    """The index of that name, None for none. Raises ValidationException where the table has it not."""
    if name is None:
        return None
    index = table.index(name)
    if index is None:
        raise invalid(f"The table does not have the specified index: {name}")
    return index
