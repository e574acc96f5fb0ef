"""Operations on single items: put, get, update, delete."""

from __future__ import annotations

from typing import Any

from windtunnel.services.dynamodb import keys, legacy, spellings, writes
from windtunnel.services.dynamodb.capacity import Consumed, read_units, written
from windtunnel.services.dynamodb.changes import ChangeLog
from windtunnel.services.dynamodb.expressions import resolving
from windtunnel.services.dynamodb.expressions.nodes import Action
from windtunnel.services.dynamodb.expressions.placeholders import Placeholders
from windtunnel.services.dynamodb.expressions.projections import projected
from windtunnel.services.dynamodb.facts import ItemsRead, ItemWritten
from windtunnel.services.dynamodb.records import Item, Row
from windtunnel.services.dynamodb.values import invalid


class Items(ChangeLog):
    def put_item(
        self,
        ctx,
        TableName,
        Item,
        Expected=None,
        ReturnValues="NONE",
        ReturnConsumedCapacity="NONE",
        ReturnItemCollectionMetrics=None,
        ConditionalOperator=None,
        ConditionExpression=None,
        ExpressionAttributeNames=None,
        ExpressionAttributeValues=None,
        ReturnValuesOnConditionCheckFailure="NONE",
    ):
        _check_returns(ReturnValues)
        item, size = writes.sized(Item)
        condition = spellings.condition(
            ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, Expected, ConditionalOperator
        )
        write = writes.put(self.table_at(TableName), item, size, condition)
        return self._made(
            write, "PutItem", ReturnValues, ReturnConsumedCapacity, ReturnItemCollectionMetrics,
            ReturnValuesOnConditionCheckFailure,
        )  # fmt: skip

    def delete_item(
        self,
        ctx,
        TableName,
        Key,
        Expected=None,
        ConditionalOperator=None,
        ReturnValues="NONE",
        ReturnConsumedCapacity="NONE",
        ReturnItemCollectionMetrics=None,
        ConditionExpression=None,
        ExpressionAttributeNames=None,
        ExpressionAttributeValues=None,
        ReturnValuesOnConditionCheckFailure="NONE",
    ):
        _check_returns(ReturnValues)
        condition = spellings.condition(
            ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, Expected, ConditionalOperator
        )
        write = writes.delete(self.table_at(TableName), Key, condition)
        return self._made(
            write, "DeleteItem", ReturnValues, ReturnConsumedCapacity, ReturnItemCollectionMetrics,
            ReturnValuesOnConditionCheckFailure,
        )  # fmt: skip

    def update_item(
        self,
        ctx,
        TableName,
        Key,
        AttributeUpdates=None,
        Expected=None,
        ConditionalOperator=None,
        ReturnValues="NONE",
        ReturnConsumedCapacity="NONE",
        ReturnItemCollectionMetrics=None,
        UpdateExpression=None,
        ConditionExpression=None,
        ExpressionAttributeNames=None,
        ExpressionAttributeValues=None,
        ReturnValuesOnConditionCheckFailure="NONE",
    ):
        given = {"UpdateExpression": UpdateExpression, "ConditionExpression": ConditionExpression}
        old_given = {
            "AttributeUpdates": AttributeUpdates,
            "Expected": Expected,
            "ConditionalOperator": ConditionalOperator,
        }
        legacy.check_not_mixed(old_given, given)
        placeholders = Placeholders(ExpressionAttributeNames, ExpressionAttributeValues, given)
        actions: tuple[Action, ...] = ()
        if UpdateExpression is not None:
            actions = resolving.update(UpdateExpression, placeholders)
        elif AttributeUpdates:
            actions = legacy.actions(AttributeUpdates)
        if ConditionExpression is not None:
            condition = resolving.condition(ConditionExpression, placeholders)
        else:
            condition = legacy.expected(Expected, ConditionalOperator)
        placeholders.check_all_used()
        write = writes.update(self.table_at(TableName), Key, actions, condition)
        return self._made(
            write, "UpdateItem", ReturnValues, ReturnConsumedCapacity, ReturnItemCollectionMetrics,
            ReturnValuesOnConditionCheckFailure,
        )  # fmt: skip

    def get_item(
        self,
        ctx,
        TableName,
        Key,
        AttributesToGet=None,
        ConsistentRead=False,
        ReturnConsumedCapacity="NONE",
        ProjectionExpression=None,
        ExpressionAttributeNames=None,
    ):
        paths = spellings.projection(ProjectionExpression, ExpressionAttributeNames, AttributesToGet)
        table = self.table_at(TableName)
        key, _ = keys.of_key(table, Key)
        row = self.rows.get(table.id, key)
        consumed = Consumed(table, reads=True)
        consumed.units[""] = read_units(row.size if row else 0, ConsistentRead)
        self.throughput.spend(consumed)
        self.home.record(ItemsRead(table.name, "", "GetItem", 1, int(row is not None), consumed.units[""]))
        answer: dict[str, Any] = {}
        if row is not None:
            answer["Item"] = row.item if paths is None else projected(row.item, paths)
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = consumed.shown(ReturnConsumedCapacity)
        return answer

    def _made(
        self, write: writes.Write, operation: str, returns: str, capacity: str, metrics: str | None, on_failure: str
    ) -> dict[str, Any]:
        """Make a write; the answer of the call."""
        table = write.table
        old = self.rows.get(table.id, write.key)
        write.check(old, on_failure == "ALL_OLD")
        new = write.outcome(old)
        consumed = written(table, old, new)
        self.throughput.spend(consumed)
        self.write(table, old, new)
        self.home.record(ItemWritten(table.name, operation, consumed.total))
        answer: dict[str, Any] = {}
        if returns != "NONE":
            answer["Attributes"] = returned(returns, write, old, new)
        if capacity != "NONE":
            answer["ConsumedCapacity"] = consumed.shown(capacity)
        if metrics is not None:
            answer["ItemCollectionMetrics"] = writes.collection_metrics(table, write.keyed, metrics)
        return answer


def returned(returns: str, write: writes.Write, old: Row | None, new: Row | None) -> Item | None:
    """What ReturnValues asks for; None where there is nothing of it."""
    row = old if returns.endswith("_OLD") else new
    if row is None:
        return None
    if returns.startswith("ALL"):
        return row.item
    return projected(row.item, [action.path for action in write.actions or ()]) or None


def _check_returns(returns: str) -> None:
    if returns not in ("NONE", "ALL_OLD"):
        raise invalid("ReturnValues can only be ALL_OLD or NONE")
