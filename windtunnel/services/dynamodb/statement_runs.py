"""ExecuteStatement, BatchExecuteStatement, ExecuteTransaction: PartiQL by the means of the other operations.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import writes
from windtunnel.services.dynamodb.capacity import Consumed, written
from windtunnel.services.dynamodb.commits import CODES, Commits, digest
from windtunnel.services.dynamodb.expressions.evaluation import value_at
from windtunnel.services.dynamodb.expressions.nodes import Between, Both, Call, Comparison, Literal, Path
from windtunnel.services.dynamodb.facts import ItemWritten
from windtunnel.services.dynamodb.items import returned
from windtunnel.services.dynamodb.key_conditions import flat, key_range
from windtunnel.services.dynamodb.pages import ALL_PLACES, Pages, Reading, index_of
from windtunnel.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Update, parsed
from windtunnel.services.dynamodb.records import Item, ItemTable
from windtunnel.services.dynamodb.values import invalid

_NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"


class StatementRuns(Commits, Pages):
    def execute_statement(
        self,
        ctx,
        Statement,
        Parameters=None,
        ConsistentRead=False,
        NextToken=None,
        ReturnConsumedCapacity="NONE",
        Limit=None,
        ReturnValuesOnConditionCheckFailure="NONE",
    ):
        statement = parsed(Statement, Parameters or [])
        if isinstance(statement, Exists):
            raise invalid("EXISTS is only supported in transactions")
        if isinstance(statement, Select):
            start = _start_of(NextToken, Statement)
            page = self._selected(statement, ConsistentRead, Limit, start, ReturnConsumedCapacity)
            if last := page.get("LastEvaluatedKey"):
                page["NextToken"] = _token(last, Statement)
            return page
        items, consumed = self._made(statement, ReturnValuesOnConditionCheckFailure == "ALL_OLD", "ExecuteStatement")
        answer: dict[str, Any] = {"Items": items}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = consumed.shown(ReturnConsumedCapacity)
        return answer

    def batch_execute_statement(self, ctx, Statements, ReturnConsumedCapacity="NONE"):
        statements = [parsed(each["Statement"], each.get("Parameters") or []) for each in Statements]
        if len({isinstance(each, Select) for each in statements}) > 1:
            raise invalid("Mixing read and write operations is not allowed in BatchExecuteStatement")
        responses = []
        capacities = []
        for statement, wish in zip(statements, Statements, strict=True):
            shows = wish.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            try:
                if isinstance(statement, Select):
                    self._check_is_one_item(statement)
                    page = self._selected(statement, wish.get("ConsistentRead", False), None, None, "TOTAL")
                    capacities.append(page["ConsumedCapacity"])
                    items = page["Items"]
                else:
                    items, consumed = self._made(statement, shows, "BatchExecuteStatement")
                    capacities.append(consumed.shown("TOTAL"))
            except ApiError as error:
                responses.append({"Error": _error(error), "TableName": statement.table})
                continue
            responses.append({"TableName": statement.table, **({"Item": items[0]} if items else {})})
        answer: dict[str, Any] = {"Responses": responses}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = capacities
        return answer

    def execute_transaction(self, ctx, TransactStatements, ClientRequestToken=None, ReturnConsumedCapacity="NONE"):
        request = digest(TransactStatements)
        statements = [parsed(each["Statement"], each.get("Parameters") or []) for each in TransactStatements]
        reads = [each for each in statements if isinstance(each, Select)]
        if reads and len(reads) < len(statements):
            raise invalid("Mixing read and write operations is not allowed in ExecuteTransaction")
        if reads:
            responses = []
            for statement in reads:
                self._check_is_one_item(statement)
                items = self._selected(statement, True, None, None, "NONE")["Items"]
                responses.append({"Item": items[0]} if items else {})
            return {"Responses": responses}
        if self.was_made(ClientRequestToken, request):
            return {"Responses": []}
        made: list[writes.Write | ApiError] = []
        for statement in statements:
            assert not isinstance(statement, Select)
            try:
                made.append(self._write(statement))
            except ApiError as error:
                if error.code == "ResourceNotFoundException":
                    raise
                made.append(error)
        shows = [each.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" for each in TransactStatements]
        consumed = self.commit(made, shows, "ExecuteTransaction")
        self.remember(ClientRequestToken, request)
        answer: dict[str, Any] = {"Responses": []}
        if ReturnConsumedCapacity != "NONE":
            answer["ConsumedCapacity"] = [each.shown(ReturnConsumedCapacity, True) for each in consumed]
        return answer

    def _made(
        self, statement: Insert | Update | Delete | Exists, shows: bool, operation: str
    ) -> tuple[list[Item], Consumed]:
        """Make one write; what it returns of the item, and its capacity."""
        write = self._write(statement)
        table = write.table
        old = self.rows.get(table.id, write.key)
        write.check(old, shows)
        new = write.outcome(old)
        consumed = written(table, old, new)
        self.throughput.spend(consumed)
        self.write(table, old, new)
        self.home.record(ItemWritten(table.name, operation, consumed.total))
        returns = getattr(statement, "returns", "NONE")
        item = returned(returns, write, old, new) if returns != "NONE" else None
        return [item] if item is not None else [], consumed

    def _write(self, statement: Insert | Update | Delete | Exists) -> writes.Write:
        """The write that a statement means. Raises ApiError where it cannot be one."""
        table = self.table_at(statement.table)
        if isinstance(statement, Insert):
            return writes.put(table, *writes.sized(statement.item))._replace(inserts=True)
        if isinstance(statement, Exists):
            key, condition = _key_and_rest(table, statement.select.condition)
            return writes.check(table, key, condition)
        key, condition = _key_and_rest(table, statement.condition)
        if isinstance(statement, Delete):
            return writes.delete(table, key, condition)
        assert isinstance(statement, Update)
        present = Call("attribute_exists", (Path((table.hash,)),))
        return writes.update(table, key, statement.actions, present if condition is None else Both(present, condition))

    def _selected(
        self, select: Select, consistent: bool, limit: int | None, start: Item | None, capacity: str
    ) -> dict[str, Any]:
        """A page of what a SELECT means: a query where it fixes the partition key, else a scan."""
        table = self.table_at(select.table)
        index = index_of(table, select.index)
        keyed = index or table
        on_key, rest = _on_key(keyed, select.condition)
        if select.order and (on_key is None or select.order not in (keyed.hash, keyed.range)):
            raise invalid("Must have WHERE clause in the statement when using ORDER BY clause.")
        wanted = key_range(on_key, keyed, table.attributes) if on_key is not None else ALL_PLACES
        reading = Reading(
            "Query" if on_key is not None else "Scan", table, index, wanted, select.backward, self.start(table, index, start, "Scan"),
            limit, rest, None, False, False, consistent,
        )  # fmt: skip
        page = self.page(reading, capacity)
        for counted in ("Count", "ScannedCount"):
            del page[counted]
        if select.paths is not None:
            page["Items"] = [_named(item, select.paths) for item in page["Items"]]
        return page

    def _check_is_one_item(self, select: Select) -> None:
        table = self.table_at(select.table)
        _key_and_rest(table, select.condition)


def _named(item: Item, paths: tuple[Path, ...]) -> Item:
    """Each path gives an attribute, by the last name on it."""
    found = {}
    for path in paths:
        value = value_at(item, path)
        if value is not None:
            name = next(step for step in reversed(path.steps) if isinstance(step, str))
            found[name] = value
    return found


def _key_and_rest(table: ItemTable, condition: Any) -> tuple[Item, Any]:
    """The primary key that a condition fixes, and what else it says. Raises ValidationException where it fixes none."""
    key: Item = {}
    rest = []
    for each in flat(condition):
        name = _equals(each)
        if name in (table.hash, table.range) and name not in key and name is not None:
            key[name] = each.right.value
        else:
            rest.append(each)
    if len(key) < (2 if table.range else 1):
        raise invalid(_NO_KEY)
    return key, _joined(rest)


def _on_key(keyed: Any, condition: Any) -> tuple[Any, Any]:
    """The part of a condition that a query can have on the key, None where it does not fix the partition; and the rest."""
    parts = flat(condition) if condition is not None else []
    hashed = next((each for each in parts if _equals(each) == keyed.hash), None)
    if hashed is None:
        return None, condition
    ranged = next((each for each in parts if each is not hashed and _is_range(each, keyed.range)), None)
    chosen = [each for each in (hashed, ranged) if each is not None]
    return _joined(chosen), _joined([each for each in parts if not any(each is one for one in chosen)])


def _is_range(part: Any, name: str) -> bool:
    if not name:
        return False
    if isinstance(part, Comparison):
        return part.operator != "<>" and part.left == Path((name,)) and isinstance(part.right, Literal)
    if isinstance(part, Call):
        return part.function == "begins_with" and part.operands[0] == Path((name,))
    return isinstance(part, Between) and part.operand == Path((name,))


def _equals(part: Any) -> str | None:
    """The attribute that a part of a condition fixes."""
    if isinstance(part, Comparison) and part.operator == "=" and isinstance(part.right, Literal):
        return str(part.left.steps[0]) if isinstance(part.left, Path) and len(part.left.steps) == 1 else None
    return None


def _joined(parts: list[Any]) -> Any:
    found = None
    for each in parts:
        found = each if found is None else Both(found, each)
    return found


def _error(error: ApiError) -> dict[str, Any]:
    code = CODES.get(error.code, error.code.removesuffix("Exception"))
    return {"Code": code, "Message": error.message, "Item": error.members.get("Item")}


def _token(last: Item, statement: str) -> str:
    return base64.b64encode(msgspec.msgpack.encode([last, digest(statement)])).decode()


def _start_of(token: str | None, statement: str) -> Item | None:
    if token is None:
        return None
    try:
        last, made_for = msgspec.msgpack.decode(base64.b64decode(token, validate=True), type=tuple[Item, str])
    except (ValueError, msgspec.DecodeError):
        raise invalid("Invalid NextToken") from None
    if made_for != digest(statement):
        raise invalid("NextToken does not match request")
    return last
