"""
What a call asks of one item: checked as far as it can be without the item, then made of the item that is there.

    PutItem, a member of a batch, of a transaction, a statement ─► Write ─► outcome(old row) ─► new row
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import keys
from windtunnel.services.dynamodb.expressions.changing import changed
from windtunnel.services.dynamodb.expressions.evaluation import meets
from windtunnel.services.dynamodb.expressions.nodes import Action
from windtunnel.services.dynamodb.records import Item, ItemTable, Row
from windtunnel.services.dynamodb.values import LARGEST_ITEM_BYTES, checked_item, invalid, size_of


class Write(NamedTuple):
    """
    `key` is the row key, `keyed` the attributes of the primary key. `row` is what a put stores, `actions` what an update does; a
    delete and a mere check have neither, and `deletes` tells them apart. `inserts` is for a put where nothing may be yet.
    """

    table: ItemTable
    key: str
    keyed: Item
    condition: Any = None
    row: Row | None = None
    actions: Sequence[Action] | None = None
    deletes: bool = False
    inserts: bool = False

    def check(self, old: Row | None, show: bool) -> None:
        """Raises ConditionalCheckFailedException, with the item if it is to be shown, when the condition is not met."""
        if self.inserts and old is not None:
            raise ApiError("DuplicateItemException", "Duplicate primary key exists in table")
        if self.condition is not None and not meets(self.condition, old.item if old is not None else {}):
            item = old.item if show and old is not None else None
            raise ApiError("ConditionalCheckFailedException", "The conditional request failed", Item=item)

    def outcome(self, old: Row | None) -> Row | None:
        """The row afterwards. Raises ValidationException where an update does not fit the item."""
        if self.row is not None:
            return self.row
        if self.actions is None:
            return None if self.deletes else old
        item = changed(old.item if old is not None else self.keyed, self.actions)
        if old is not None and item == old.item:
            return old
        size = size_of(item)
        if size > LARGEST_ITEM_BYTES:
            raise invalid("Item size to update has exceeded the maximum allowed size")
        keys.check_index_keys(self.table, item, old.item if old is not None else self.keyed)
        return Row(self.table.id, self.key, item, size)


def put(table: ItemTable, item: Item, size: int, condition: Any = None) -> Write:
    """`item` has been checked. Raises ValidationException where it does not fit the table."""
    key = keys.of_item(table, item)
    if table.indexes:
        keys.check_index_keys(table, item)
    return Write(table, key, item, condition, row=Row(table.id, key, item, size))


def sized(item: Item) -> tuple[Item, int]:
    """An item that is to be stored, in its normal form. Raises ValidationException."""
    found, size = checked_item(item)
    if size > LARGEST_ITEM_BYTES:
        raise invalid("Item size has exceeded the maximum allowed size")
    return found, size


def update(table: ItemTable, key: Item, actions: Sequence[Action], condition: Any = None) -> Write:
    """Raises ValidationException for a key that the table has not, or an action on the key."""
    row, keyed = keys.of_key(table, key)
    for action in actions:
        if action.path.steps[0] in keyed:
            raise invalid(
                f"One or more parameter values were invalid: Cannot update attribute {action.path.steps[0]}. "
                "This attribute is part of the key"
            )
    return Write(table, row, keyed, condition, actions=actions)


def delete(table: ItemTable, key: Item, condition: Any = None) -> Write:
    row, keyed = keys.of_key(table, key)
    return Write(table, row, keyed, condition, deletes=True)


def check(table: ItemTable, key: Item, condition: Any) -> Write:
    row, keyed = keys.of_key(table, key)
    return Write(table, row, keyed, condition)


def collection_metrics(table: ItemTable, keyed: Item, wish: str | None) -> dict[str, Any] | None:
    """What is told of an item collection: of tables with local indexes only.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ItemCollectionMetrics.html
    """
    if wish != "SIZE" or not any(index.local for index in table.indexes):
        return None
    return {"ItemCollectionKey": {table.hash: keyed[table.hash]}, "SizeEstimateRangeGB": [0.0, 1.0]}
