"""Query and Scan: what is read of a table or an index, in which order and how much of it.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html, .../Scan.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.services.dynamodb import keys, legacy
from windtunnel.services.dynamodb.expressions import resolving
from windtunnel.services.dynamodb.expressions.nodes import Path
from windtunnel.services.dynamodb.expressions.placeholders import Placeholders
from windtunnel.services.dynamodb.filters import check_leaves_key_alone
from windtunnel.services.dynamodb.key_conditions import KeyRange, key_range, of_legacy
from windtunnel.services.dynamodb.pages import ALL_HASHES, ALL_PLACES, Pages, Reading, index_of
from windtunnel.services.dynamodb.records import Index, ItemTable
from windtunnel.services.dynamodb.values import invalid


class Queries(Pages):
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
        index = index_of(table, IndexName)
        keyed = index or table
        if on_key is not None:
            wanted = key_range(on_key, keyed, table.attributes)
        else:
            wanted = of_legacy(KeyConditions, keyed, table.attributes)
        if condition is not None:
            check_leaves_key_alone(
                condition, keyed, "Filter Expression" if FilterExpression is not None else "QueryFilter"
            )
        start = self.start(table, index, ExclusiveStartKey, "Query")
        if start is not None and not wanted.low <= start < wanted.high:
            raise invalid("The provided starting key is outside query boundaries based on provided conditions")
        fetches = _check_select("Query", table, index, Select, paths, ConsistentRead)
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
        index = index_of(table, IndexName)
        start = self.start(table, index, ExclusiveStartKey, "Scan")
        if start is not None and not wanted.low <= start < wanted.high:
            raise invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
                "with correct Segment. TotalSegments: " f"{TotalSegments} Segment: {Segment}")  # fmt: skip
        fetches = _check_select("Scan", table, index, Select, paths, ConsistentRead)
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


def _segment(segment: int | None, total: int | None) -> KeyRange:
    if segment is None and total is None:
        return ALL_PLACES
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
    return KeyRange((ALL_HASHES * segment // total,), (ALL_HASHES * (segment + 1) // total,))


def _check_select(
    operation: str,
    table: ItemTable,
    index: Index | None,
    select: str | None,
    paths: tuple[Path, ...] | None,
    consistent: bool,
) -> bool:
    """Whether whole items are fetched from the table. Raises ValidationException for what an index cannot give."""
    if index is None:
        if select == "ALL_PROJECTED_ATTRIBUTES":
            raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    elif not index.local and consistent:
        raise invalid("Consistent reads are not supported on global secondary indexes")
    if select == "SPECIFIC_ATTRIBUTES" and paths is None:
        # The two operations have different words for it.
        detected = "1 validation error detected: " if operation == "Query" else ""
        raise invalid(
            f"{detected}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
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
