"""TransactWriteItems and TransactGetItems: all or nothing. A call is one step, so that no other ever comes between.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import keys, spellings, writes
from windtunnel.services.dynamodb.capacity import TRANSACTION_FACTOR, Consumed, read_units, reading
from windtunnel.services.dynamodb.commits import Commits, cancelled, check_size, digest
from windtunnel.services.dynamodb.expressions import resolving
from windtunnel.services.dynamodb.expressions.placeholders import Placeholders
from windtunnel.services.dynamodb.expressions.projections import projected
from windtunnel.services.dynamodb.facts import ItemsRead
from windtunnel.services.dynamodb.values import invalid

_KINDS = ("ConditionCheck", "Put", "Delete", "Update")


class Transactions(Commits):
    def transact_write_items(
        self,
        ctx,
        TransactItems,
        ReturnConsumedCapacity="NONE",
        ReturnItemCollectionMetrics=None,
        ClientRequestToken=None,
    ):
        request = digest(TransactItems)
        if self.was_made(ClientRequestToken, request):
            return self._again(TransactItems, ReturnConsumedCapacity)
        made = [self._write(each) for each in TransactItems]
        shows = [
            next(iter(each.values())).get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" for each in TransactItems
        ]
        consumed = self.commit(made, shows, "TransactWriteItems")
        self.remember(ClientRequestToken, request)
        answer: dict[str, Any] = {}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = [each.shown(ReturnConsumedCapacity, True) for each in consumed]
        metrics: dict[str, Any] = {}
        for write in made:
            if found := writes.collection_metrics(write.table, write.keyed, ReturnItemCollectionMetrics):
                metrics.setdefault(write.table.name, []).append(found)
        if metrics:
            answer["ItemCollectionMetrics"] = metrics
        return answer

    def transact_get_items(self, ctx, TransactItems, ReturnConsumedCapacity="NONE"):
        responses = []
        size = 0
        consumed: dict[str, Consumed] = {}
        for each in TransactItems:
            wish = each["Get"]
            paths = spellings.projection(wish.get("ProjectionExpression"), wish.get("ExpressionAttributeNames"))
            table = self.table_at(wish["TableName"])
            try:
                key, _ = keys.of_key(table, wish["Key"])
            except ApiError as error:
                raise cancelled([error if other is each else None for other in TransactItems]) from None
            row = self.rows.get(table.id, key)
            size += row.size if row else 0
            check_size(size)
            units = read_units(row.size if row else 0, True, TRANSACTION_FACTOR)
            try:
                self.throughput.spend(reading(table, units))
            except ApiError as error:
                raise cancelled([error if other is each else None for other in TransactItems]) from None
            consumed.setdefault(table.id, Consumed(table, reads=True)).add("", units)
            self.home.record(ItemsRead(table.name, "", "TransactGetItems", 1, int(row is not None), units))
            item = None if row is None else row.item if paths is None else projected(row.item, paths)
            responses.append({"Item": item} if item is not None else {})
        answer: dict[str, Any] = {"Responses": responses}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = [each.shown(ReturnConsumedCapacity, True) for each in consumed.values()]
        return answer

    def _again(self, wishes: list[dict[str, Any]], capacity: str) -> dict[str, Any]:
        """A transaction that was made already reads its items. AWS: .../APIReference/API_TransactWriteItems.html (Idempotency)"""
        if capacity == "NONE":
            return {}
        consumed: dict[str, Consumed] = {}
        for each in wishes:
            write = self._write(each)
            if isinstance(write, ApiError):
                continue
            row = self.rows.get(write.table.id, write.key)
            units = read_units(row.size if row else 0, True, TRANSACTION_FACTOR)
            consumed.setdefault(write.table.id, Consumed(write.table, reads=True)).add("", units)
        return {"ConsumedCapacity": [each.shown(capacity, True) for each in consumed.values()]}

    def _write(self, wish: dict[str, Any]) -> writes.Write | ApiError:
        """
        What one member asks for, or why its item refuses that. What is wrong with the request itself is raised.
        """
        kinds = [kind for kind in _KINDS if kind in wish]
        if len(kinds) != 1:
            raise invalid(
                "TransactItems can only contain one of Check, Put, Update or Delete"
            )  # AWS: .../APIReference/API_TransactWriteItem.html
        [kind] = kinds
        member = wish[kind]
        given = {name: member.get(name) for name in ("UpdateExpression", "ConditionExpression") if name in member}
        placeholders = Placeholders(
            member.get("ExpressionAttributeNames"), member.get("ExpressionAttributeValues"),
            given or {"ConditionExpression": None},
        )  # fmt: skip
        actions = resolving.update(member["UpdateExpression"], placeholders) if kind == "Update" else ()
        expression = member.get("ConditionExpression")
        condition = None if expression is None else resolving.condition(expression, placeholders)
        placeholders.check_all_used()
        item = writes.sized(member["Item"]) if kind == "Put" else None
        table = self.table_at(member["TableName"])
        try:
            if item is not None:
                return writes.put(table, *item, condition)
            if kind == "Update":
                return writes.update(table, member["Key"], actions, condition)
            if kind == "Delete":
                return writes.delete(table, member["Key"], condition)
            return writes.check(table, member["Key"], condition)
        except ApiError as error:
            if "not valid" in error.message:
                raise  # an empty value, which no key can have, is wrong with the request itself
            return error
