"""Tables as the API describes them."""

from __future__ import annotations

from typing import Any

from windtunnel.services.dynamodb.records import Index, ItemTable
from windtunnel.services.dynamodb.shelves import Shelf

# AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
ON_DEMAND_WARM = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}


def described(
    table: ItemTable, shelf: Shelf, status: str = "ACTIVE", of_indexes: dict[str, str] | None = None
) -> dict[str, Any]:
    """
    `status` is what the call that made or changed the table says of it; the change is complete when it has answered.
    `of_indexes` has the status of indexes that have another one than ACTIVE.
    """
    answer: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in table.attributes.items()
        ],
        "TableName": table.name,
        "KeySchema": key_schema(table),
        "TableStatus": status,
        "CreationDateTime": table.created_at,
        "ProvisionedThroughput": _throughput(table, table.increased_at, table.decreased_at),
        "TableSizeBytes": shelf.bytes[""],
        "ItemCount": len(shelf.orders[""]),
        "TableArn": table.arn,
        "TableId": table.id,
        "DeletionProtectionEnabled": table.protected,
    }
    if table.on_demand or table.on_demand_since:
        answer["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST" if table.on_demand else "PROVISIONED"}
        if status in ("ACTIVE", "UPDATING"):
            answer["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = table.on_demand_since
    if table.limits:
        answer["OnDemandThroughput"] = table.limits
    for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
        found = [
            _index(table, each, shelf, (of_indexes or {}).get(each.name, "ACTIVE"))
            for each in table.indexes
            if each.local is local
        ]
        if found:
            answer[member] = found
    if table.view:
        answer["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.view}
    if table.stream:
        answer |= {"LatestStreamArn": table.stream, "LatestStreamLabel": table.stream.partition("/stream/")[2]}
    if table.restored:
        answer["RestoreSummary"] = table.restored
    if table.kms_key:
        answer["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": table.kms_key}
    if table.table_class:
        answer["TableClassSummary"] = {"TableClass": table.table_class}
        if table.class_changed_at:
            answer["TableClassSummary"]["LastUpdateDateTime"] = table.class_changed_at
    if warm := _warm(table.warm, table, "ACTIVE" if status == "UPDATING" else status):
        answer["WarmThroughput"] = warm
    return answer


def key_schema(keyed: Any) -> list[dict[str, str]]:
    """Of anything with `hash` and `range`."""
    schema = [{"AttributeName": keyed.hash, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": keyed.range, "KeyType": "RANGE"}] if keyed.range else schema


def _index(table: ItemTable, index: Index, shelf: Shelf, status: str) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.included:
        projection["NonKeyAttributes"] = list(index.included)
    answer: dict[str, Any] = {
        "IndexName": index.name,
        "KeySchema": key_schema(index),
        "Projection": projection,
        "IndexSizeBytes": shelf.bytes[index.name],
        "ItemCount": len(shelf.orders[index.name]),
        "IndexArn": f"{table.arn}/index/{index.name}",
    }
    if index.local:
        return answer
    answer["IndexStatus"] = status
    answer["ProvisionedThroughput"] = _throughput(index)
    if index.on_demand:
        answer["OnDemandThroughput"] = index.on_demand
    if warm := _warm(index.warm, table if table.on_demand else index, status):
        answer["WarmThroughput"] = warm
    return answer


def _throughput(keyed: ItemTable | Index, increased_at: float = 0.0, decreased_at: float = 0.0) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": keyed.read,
        "WriteCapacityUnits": keyed.write,
    }
    if increased_at:
        answer["LastIncreaseDateTime"] = increased_at
    if decreased_at:
        answer["LastDecreaseDateTime"] = decreased_at
    return answer


def _warm(wished: dict[str, int], keyed: ItemTable | Index, status: str) -> dict[str, Any] | None:
    """A call that creates tells it only where it was asked for."""
    if status in ("CREATING", "UPDATING"):
        return {**wished, "Status": "UPDATING"} if wished else None
    if isinstance(keyed, ItemTable) and keyed.on_demand:
        least = ON_DEMAND_WARM
    else:
        least = {"ReadUnitsPerSecond": keyed.read, "WriteUnitsPerSecond": keyed.write}
    return {**{name: max(least[name], wished.get(name, 0)) for name in least}, "Status": "ACTIVE"}
