"""BatchGetItem and BatchWriteItem: many items in one call, none of which depends on another.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html, .../API_BatchWriteItem.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import keys, spellings, writes
from windtunnel.services.dynamodb.capacity import Consumed, read_units, reading, written
from windtunnel.services.dynamodb.changes import ChangeLog
from windtunnel.services.dynamodb.expressions.projections import projected
from windtunnel.services.dynamodb.facts import ItemsRead, ItemWritten
from windtunnel.services.dynamodb.records import Item, ItemTable
from windtunnel.services.dynamodb.values import invalid

MOST_READ = 100
MOST_WRITTEN = 25
LARGEST_ANSWER_BYTES = 16 * 1024 * 1024
_DUPLICATES = "Provided list of item keys contains duplicates"


class Batches(ChangeLog):
    def batch_get_item(self, ctx, RequestItems, ReturnConsumedCapacity="NONE"):
        if sum(len(wish["Keys"]) for wish in RequestItems.values()) > MOST_READ:
            raise invalid("Too many items requested for the BatchGetItem call")
        responses: dict[str, list[Item]] = {}
        unprocessed: dict[str, Any] = {}
        capacities = []
        left = LARGEST_ANSWER_BYTES
        throttled: ApiError | None = None
        for name, wish in RequestItems.items():
            paths = spellings.projection(
                wish.get("ProjectionExpression"), wish.get("ExpressionAttributeNames"), wish.get("AttributesToGet")
            )
            table = self.table_at(name)
            wanted = [keys.of_key(table, key) for key in wish["Keys"]]
            if len({key for key, _ in wanted}) < len(wanted):
                raise invalid(_DUPLICATES)
            consumed = Consumed(table, reads=True)
            items = responses[name] = []
            later = []
            for (key, _), asked in zip(wanted, wish["Keys"], strict=True):
                row = self.rows.get(table.id, key)
                size = row.size if row is not None else 0
                if size > left:
                    later.append(asked)
                    continue
                units = read_units(size, wish.get("ConsistentRead", False))
                try:
                    self.throughput.spend(reading(table, units))
                except ApiError as error:
                    throttled = error
                    later.append(asked)
                    continue
                left -= size
                consumed.add("", units)
                if row is not None:
                    items.append(row.item if paths is None else projected(row.item, paths))
            if later:
                unprocessed[name] = {**wish, "Keys": later}
            self.home.record(
                ItemsRead(table.name, "", "BatchGetItem", len(wanted) - len(later), len(items), consumed.total)
            )
            capacities.append(consumed)
        if throttled is not None and not any(each.total for each in capacities):
            raise throttled
        answer: dict[str, Any] = {"Responses": responses, "UnprocessedKeys": unprocessed}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = [each.shown(ReturnConsumedCapacity) for each in capacities]
        return answer

    def batch_write_item(self, ctx, RequestItems, ReturnConsumedCapacity="NONE", ReturnItemCollectionMetrics=None):
        total = sum(len(wishes) for wishes in RequestItems.values())
        if total > MOST_WRITTEN:
            raise invalid("Too many items requested for the BatchWriteItem call")
        if not total:
            raise invalid("The batch write request list for a table cannot be null or empty")
        prepared: list[tuple[str, ItemTable, list[writes.Write]]] = []
        for name, wishes in RequestItems.items():
            checked = [_checked(wish) for wish in wishes]
            table = self.table_at(name)
            made = [_put(table, *each) if isinstance(each, tuple) else writes.delete(table, each) for each in checked]
            if len({write.key for write in made}) < len(made):
                raise invalid(_DUPLICATES)
            prepared.append((name, table, made))
        capacities = []
        metrics: dict[str, Any] = {}
        unprocessed: dict[str, Any] = {}
        throttled: ApiError | None = None
        for name, table, made in prepared:
            consumed = Consumed(table, reads=False)
            for write, wish in zip(made, RequestItems[name], strict=True):
                old = self.rows.get(table.id, write.key)
                new = write.outcome(old)
                units = written(table, old, new)
                try:
                    self.throughput.spend(units)
                except ApiError as error:
                    throttled = error
                    unprocessed.setdefault(name, []).append(wish)
                    continue
                self.write(table, old, new)
                consumed.merge(units)
                self.home.record(ItemWritten(table.name, "BatchWriteItem", units.total))
                if found := writes.collection_metrics(table, write.keyed, ReturnItemCollectionMetrics):
                    metrics.setdefault(name, []).append(found)
            capacities.append(consumed)
        if throttled is not None and not any(each.total for each in capacities):
            raise throttled
        answer: dict[str, Any] = {"UnprocessedItems": unprocessed}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = [each.shown(ReturnConsumedCapacity) for each in capacities]
        if metrics:
            answer["ItemCollectionMetrics"] = metrics
        return answer


def _put(table: ItemTable, item: Item, size: int) -> writes.Write:
    """In a batch the key of a put is refused in the words for the key of a delete."""
    if not keys.has_key(table, item):
        raise keys.mismatch()
    return writes.put(table, item, size)


def _checked(wish: dict[str, Any]) -> tuple[Item, int] | Item:
    """The item of a put with its size, or the key of a delete."""
    put, delete = wish.get("PutRequest"), wish.get("DeleteRequest")
    if (put is None) == (delete is None):
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
            if put is not None
            else "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    if put is not None:
        return writes.sized(put["Item"])
    assert delete is not None
    key: Item = delete["Key"]
    return key
