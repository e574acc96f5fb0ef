"""Query and Scan: pages of items in the order of a table or an index.

    order ─ places from the start key on ─► at most Limit items or 1 MB ─► filter ─► projection ─► page, and where the next begins

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html, .../Scan.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from windtunnel.kernel.orders import TOP, Place
from windtunnel.services.dynamodb import keys, legacy
from windtunnel.services.dynamodb.capacity import Consumed, read_units
from windtunnel.services.dynamodb.expressions import resolving
from windtunnel.services.dynamodb.expressions.evaluation import meets
from windtunnel.services.dynamodb.expressions.nodes import Path
from windtunnel.services.dynamodb.expressions.placeholders import Placeholders
from windtunnel.services.dynamodb.expressions.projections import projected
from windtunnel.services.dynamodb.facts import ItemsRead
from windtunnel.services.dynamodb.filters import check_leaves_key_alone
from windtunnel.services.dynamodb.items import Items
from windtunnel.services.dynamodb.key_conditions import KeyRange, key_range, of_legacy
from windtunnel.services.dynamodb.records import Index, Item, ItemTable
from windtunnel.services.dynamodb.shelves import view, view_size
from windtunnel.services.dynamodb.values import checked, invalid

PAGE_BYTES = 1024 * 1024
_ALL_HASHES = 1 << keys.HASH_BITS


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


class Queries(Items):
    def query(
        self,
        ctx,
        TableName,
        IndexName=None,
        Select=None,
        AttributesToGet=None,
        Limit=None,
        ConsistentRead=False,
        KeyConditions=None,
        QueryFilter=None,
        ConditionalOperator=None,
        ScanIndexForward=True,
        ExclusiveStartKey=None,
        ReturnConsumedCapacity="NONE",
        ProjectionExpression=None,
        FilterExpression=None,
        KeyConditionExpression=None,
        ExpressionAttributeNames=None,
        ExpressionAttributeValues=None,
    ):
        expressions = {
            "ProjectionExpression": ProjectionExpression,
            "FilterExpression": FilterExpression,
            "KeyConditionExpression": KeyConditionExpression,
        }
        legacy.check_not_mixed(
            {"AttributesToGet": AttributesToGet, "QueryFilter": QueryFilter, "ConditionalOperator": ConditionalOperator,
             "KeyConditions": KeyConditions},
            expressions,
        )  # fmt: skip
        if KeyConditionExpression is None and KeyConditions is None:
            raise invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
            )
        placeholders = Placeholders(ExpressionAttributeNames, ExpressionAttributeValues, expressions)
        on_key = None
        if KeyConditionExpression is not None:
            on_key = resolving.condition(KeyConditionExpression, placeholders, "KeyConditionExpression")
        condition, paths = self._resolved(
            placeholders, FilterExpression, ProjectionExpression, QueryFilter, AttributesToGet, ConditionalOperator
        )
        table = self.table_at(TableName)
        index = _index(table, IndexName)
        keyed = index or table
        if on_key is not None:
            wanted = key_range(on_key, keyed, table.attributes)
        else:
            wanted = of_legacy(KeyConditions, keyed, table.attributes)
        if condition is not None:
            check_leaves_key_alone(
                condition, keyed, "Filter Expression" if FilterExpression is not None else "QueryFilter"
            )
        start = self._start(table, index, ExclusiveStartKey)
        if start is not None and not wanted.low <= start < wanted.high:
            raise invalid("The provided starting key is outside query boundaries based on provided conditions")
        fetches = _check_select(table, index, Select, paths, ConsistentRead)
        reading = Reading(
            "Query", table, index, wanted, not ScanIndexForward, start, Limit, condition, paths, Select == "COUNT", fetches,
            ConsistentRead,
        )  # fmt: skip
        return self.page(reading, ReturnConsumedCapacity)

    def scan(
        self,
        ctx,
        TableName,
        IndexName=None,
        AttributesToGet=None,
        Limit=None,
        Select=None,
        ScanFilter=None,
        ConditionalOperator=None,
        ExclusiveStartKey=None,
        ReturnConsumedCapacity="NONE",
        TotalSegments=None,
        Segment=None,
        ProjectionExpression=None,
        FilterExpression=None,
        ExpressionAttributeNames=None,
        ExpressionAttributeValues=None,
        ConsistentRead=False,
    ):
        expressions = {"ProjectionExpression": ProjectionExpression, "FilterExpression": FilterExpression}
        legacy.check_not_mixed(
            {"AttributesToGet": AttributesToGet, "ScanFilter": ScanFilter, "ConditionalOperator": ConditionalOperator},
            expressions,
        )
        wanted = _segment(Segment, TotalSegments)
        placeholders = Placeholders(ExpressionAttributeNames, ExpressionAttributeValues, expressions)
        condition, paths = self._resolved(
            placeholders, FilterExpression, ProjectionExpression, ScanFilter, AttributesToGet, ConditionalOperator
        )
        table = self.table_at(TableName)
        index = _index(table, IndexName)
        start = self._start(table, index, ExclusiveStartKey)
        if start is not None and not wanted.low <= start < wanted.high:
            raise invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
                "with correct Segment. TotalSegments: " f"{TotalSegments} Segment: {Segment}")  # fmt: skip
        fetches = _check_select(table, index, Select, paths, ConsistentRead)
        reading = Reading(
            "Scan",
            table,
            index,
            wanted,
            False,
            start,
            Limit,
            condition,
            paths,
            Select == "COUNT",
            fetches,
            ConsistentRead,
        )
        return self.page(reading, ReturnConsumedCapacity)

    def _resolved(
        self,
        placeholders: Placeholders,
        filters: str | None,
        projection: str | None,
        old_filter: dict[str, Any] | None,
        attributes: list[str] | None,
        operator: str | None,
    ) -> tuple[Any, tuple[Path, ...] | None]:
        """The condition on items and the paths that are answered, None for none; every placeholder is used afterwards."""
        if filters is not None:
            condition = resolving.condition(filters, placeholders, "FilterExpression")
        else:
            condition = legacy.filtered(old_filter, operator)
        paths = legacy.paths(attributes) if attributes is not None else None
        if projection is not None:
            paths = resolving.projection(projection, placeholders)
        placeholders.check_all_used()
        return condition, paths

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
            fetched += -(-row.size // 4096) if reading.fetches and index is not None else 0
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

    def _start(self, table: ItemTable, index: Index | None, key: Item | None) -> Place | None:
        """The place of an ExclusiveStartKey. Raises ValidationException for one that no page can have ended with."""
        if key is None:
            return None
        item = {name: checked(value)[0] for name, value in key.items()}
        wanted = {*keys.names(table), *(keys.names(index) if index is not None else ())}
        if set(item) != wanted:
            if len(item) != len(wanted):
                raise invalid("The provided starting key is invalid")
            raise invalid("The provided starting key is invalid: The provided key element does not match the schema")
        if any(table.attributes[name] not in value for name, value in item.items()):
            raise invalid("The provided starting key is invalid: The provided key element does not match the schema")
        return keys.place(table, index, item, keys.of_item(table, item))


def start_key(table: ItemTable, index: Index | None, item: Item) -> Item:
    """The key after which the next page begins."""
    key = keys.key_of(table, item)
    return {**key, **keys.key_of(index, item)} if index is not None else key


def _segment(segment: int | None, total: int | None) -> KeyRange:
    if segment is None and total is None:
        return KeyRange((), (_ALL_HASHES,))
    if total is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
        )
    if segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
        )
    if segment >= total:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )
    return KeyRange((_ALL_HASHES * segment // total,), (_ALL_HASHES * (segment + 1) // total,))


def _index(table: ItemTable, name: str | None) -> Index | None:
    if name is None:
        return None
    index = table.index(name)
    if index is None:
        raise invalid(f"The table does not have the specified index: {name}")
    return index


def _check_select(
    table: ItemTable, index: Index | None, select: str | None, paths: tuple[Path, ...] | None, consistent: bool
) -> bool:
    """Whether whole items are fetched from the table. Raises ValidationException for what an index cannot give."""
    if index is None:
        if select == "ALL_PROJECTED_ATTRIBUTES":
            raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    elif not index.local and consistent:
        raise invalid("Consistent reads are not supported on global secondary indexes")
    if select == "SPECIFIC_ATTRIBUTES" and paths is None:
        raise invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if select not in (None, "SPECIFIC_ATTRIBUTES") and paths is not None:
        shown = "only the Count" if select == "COUNT" else select
        raise invalid(f"Cannot specify the ProjectionExpression when choosing to get {shown}")
    if index is None or index.projection == "ALL":
        return False
    if select == "ALL_ATTRIBUTES" and not index.local:
        raise invalid(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary "
            f"index {index.name} because its projection type is not ALL"
        )
    if select == "ALL_ATTRIBUTES":
        return True
    if paths is None:
        return False
    has = {*keys.names(table), *keys.names(index), *index.included}
    missing = [str(path.steps[0]) for path in paths if path.steps[0] not in has]
    if missing and not index.local:
        raise invalid(
            f"One or more parameter values were invalid: Global secondary index {index.name} does not project "
            f"[{', '.join(missing)}]"
        )
    return bool(missing)
