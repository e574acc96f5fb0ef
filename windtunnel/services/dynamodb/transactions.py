"""TransactWriteItems and TransactGetItems: all or nothing. A call is one step, so that no other ever comes between.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import keys, writes
from windtunnel.services.dynamodb.capacity import TRANSACTION_FACTOR, Consumed, read_units, written
from windtunnel.services.dynamodb.expressions import resolving
from windtunnel.services.dynamodb.expressions.placeholders import Placeholders
from windtunnel.services.dynamodb.expressions.projections import projected
from windtunnel.services.dynamodb.facts import ItemsRead, ItemWritten
from windtunnel.services.dynamodb.items import Items
from windtunnel.services.dynamodb.records import Row, Token
from windtunnel.services.dynamodb.values import invalid

REMEMBERED_S = 600
_FORGOTTEN_AT_ONCE = 100
_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
    "DuplicateItemException": "DuplicateItem",
}
_KINDS = ("ConditionCheck", "Put", "Delete", "Update")


class Transactions(Items):
    def transact_write_items(
        self,
        ctx,
        TransactItems,
        ReturnConsumedCapacity="NONE",
        ReturnItemCollectionMetrics=None,
        ClientRequestToken=None,
    ):
        request = _digest(TransactItems)
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
        consumed: dict[str, Consumed] = {}
        for each in TransactItems:
            wish = each["Get"]
            paths = self.projection(wish.get("ProjectionExpression"), wish.get("ExpressionAttributeNames"))
            table = self.table_at(wish["TableName"])
            try:
                key, _ = keys.of_key(table, wish["Key"])
            except ApiError as error:
                raise cancelled([error if other is each else None for other in TransactItems]) from None
            row = self.rows.get(table.id, key)
            units = read_units(row.size if row else 0, True, TRANSACTION_FACTOR)
            consumed.setdefault(table.id, Consumed(table, reads=True)).add("", units)
            self.home.record(ItemsRead(table.name, "", "TransactGetItems", 1, int(row is not None), units))
            item = None if row is None else row.item if paths is None else projected(row.item, paths)
            responses.append({"Item": item} if item is not None else {})
        answer: dict[str, Any] = {"Responses": responses}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = [each.shown(ReturnConsumedCapacity, True) for each in consumed.values()]
        return answer

    def commit(self, made: list[writes.Write | ApiError], shows: list[bool], operation: str) -> list[Consumed]:
        """
        Make all of these writes; the capacity by table. Raises TransactionCanceledException when one of them is refused, with the
        reason of each.
        """
        places = [(write.table.id, write.key) for write in made if isinstance(write, writes.Write)]
        if len(set(places)) < len(places):
            raise invalid("Transaction request cannot include multiple operations on one item")
        problems: list[ApiError | None] = []
        outcomes: list[tuple[writes.Write, Row | None, Row | None]] = []
        for write, show in zip(made, shows, strict=True):
            if isinstance(write, ApiError):
                problems.append(write)
                continue
            old = self.rows.get(write.table.id, write.key)
            try:
                write.check(old, show)
                outcomes.append((write, old, write.outcome(old)))
                problems.append(None)
            except ApiError as error:
                problems.append(error)
        if any(problems):
            raise cancelled(problems)
        consumed: dict[str, Consumed] = {}
        for write, old, new in outcomes:
            table = write.table
            self.write(table, old, new)
            units = written(table, old, new, TRANSACTION_FACTOR)
            consumed.setdefault(table.id, Consumed(table, reads=False)).merge(units)
            self.home.record(ItemWritten(table.name, operation, units.total))
        return list(consumed.values())

    def was_made(self, token: str | None, request: str) -> bool:
        """Whether a transaction with this token was made lately. Raises IdempotentParameterMismatchException for another one."""
        known = self.tokens.get(token) if token is not None else None
        if known is None or known.until <= self.clock.now():
            return False
        if known.request != request:
            raise ApiError(
                "IdempotentParameterMismatchException",
                "DynamoDB rejected the request because you retried a request with a different payload but with an idempotent "
                "token that was already used.",
            )
        return True

    def remember(self, token: str | None, request: str) -> None:
        now = self.clock.now()
        for old in self.tokens.first(_FORGOTTEN_AT_ONCE, until=now):
            self.tokens.delete(old.token)
        if token is not None:
            self.tokens.put(Token(token, request, now + REMEMBERED_S))

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
            return error


def cancelled(problems: list[ApiError | None]) -> ApiError:
    """The error of a transaction, with a reason for each of its members."""
    reasons = [
        {"Code": "None"}
        if each is None
        else {"Code": _CODES.get(each.code, each.code), "Message": each.message, "Item": each.members.get("Item")}
        for each in problems
    ]
    codes = ", ".join(str(reason["Code"]) for reason in reasons)
    return ApiError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _digest(request: Any) -> str:
    return sha256(msgspec.msgpack.encode(request)).hexdigest()
