"""What CreateTable and UpdateTable ask for, checked in AWS's words and turned into records.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.dynamodb.records import Index, ItemTable
from windtunnel.services.dynamodb.values import invalid

MOST_GLOBAL = 20
MOST_LOCAL = 5
_WRONG = "One or more parameter values were invalid: "
_TOO_FEW_UNITS = (
    _WRONG + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
)
_UNITS_ON_DEMAND = (
    _WRONG + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
)


def key(schema: list[dict[str, str]]) -> tuple[str, str]:
    """The partition key and the sort key, if there is one."""
    if len(schema) > 2:
        raise NotImplementedHere("A KeySchema with several attributes in one key")
    if schema[0]["KeyType"] != "HASH":
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(schema) == 1:
        return schema[0]["AttributeName"], ""
    if schema[1]["KeyType"] != "RANGE":
        raise invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    if schema[0]["AttributeName"] == schema[1]["AttributeName"]:
        raise invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    return schema[0]["AttributeName"], schema[1]["AttributeName"]


def throughput(wish: dict[str, int] | None, on_demand: bool) -> tuple[int, int]:
    """Read and write units; none on demand."""
    if on_demand:
        if wish and (wish["ReadCapacityUnits"] or wish["WriteCapacityUnits"]):
            raise invalid(_UNITS_ON_DEMAND)
        return 0, 0
    if not wish:
        raise invalid(_TOO_FEW_UNITS)
    return wish["ReadCapacityUnits"], wish["WriteCapacityUnits"]


def index(wish: dict[str, Any], local: bool, on_demand: bool) -> Index:
    """An index as it is asked for. Raises ValidationException."""
    name = wish["IndexName"]
    hashed, ranged = key(wish["KeySchema"])
    projection = wish["Projection"].get("ProjectionType")
    included = wish["Projection"].get("NonKeyAttributes")
    if projection is None:
        raise invalid(_WRONG + "Unknown ProjectionType: null")
    if projection == "INCLUDE" and not included:
        raise invalid(_WRONG + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if projection != "INCLUDE" and included is not None:
        raise invalid(_WRONG + f"ProjectionType is {projection}, but NonKeyAttributes is specified")
    read, write = (0, 0)
    if not local:
        units = wish.get("ProvisionedThroughput")
        if units is None and not on_demand:
            raise invalid(
                _WRONG + f"ProvisionedThroughput must be specified for index: {name}"
            )  # AWS: .../API_GlobalSecondaryIndex.html
        read, write = throughput(units, on_demand)
    return Index(
        name, hashed, ranged, local, projection, tuple(included or ()), read, write, wish.get("WarmThroughput") or {},
        wish.get("OnDemandThroughput") or {},
    )  # fmt: skip


def check_indexes(hashed: str, ranged: str, indexes: Iterable[Index]) -> None:
    """Raises ValidationException for indexes that do not fit the table's key, or one another."""
    seen: set[str] = set()
    counts = {True: 0, False: 0}
    for each in indexes:
        if each.name in seen:
            raise invalid(_WRONG + f"Duplicate index name: {each.name}")
        seen.add(each.name)
        counts[each.local] += 1
        if not each.local:
            continue
        if not ranged:
            raise invalid(
                _WRONG
                + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
            )
        if each.hash != hashed:
            raise invalid(
                _WRONG + "Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                f"{each.name}. index hash key: {each.hash}, table hash key: {hashed}"
            )
        if not each.range:
            raise invalid(_WRONG + f"Index KeySchema does not have a range key for index: {each.name}")
    if counts[False] > MOST_GLOBAL:
        raise invalid(_WRONG + f"GlobalSecondaryIndex count exceeds the per-table limit of {MOST_GLOBAL}")
    if counts[True] > MOST_LOCAL:
        raise invalid(_WRONG + f"Number of LocalSecondaryIndexes exceeds per-table limit of {MOST_LOCAL}")


def attributes(definitions: list[dict[str, str]], hashed: str, ranged: str, indexes: Sequence[Index]) -> dict[str, str]:
    """Definitions by name. Raises ValidationException unless they are exactly those that the keys need."""
    found: dict[str, str] = {}
    for each in definitions:
        name = each["AttributeName"]
        if name in found:
            raise invalid(_WRONG + "Cannot have two attributes with the same name: " + name)
        found[name] = each["AttributeType"]
    of_table = dict.fromkeys(name for name in (hashed, ranged) if name)
    of_indexes = dict.fromkeys(name for each in indexes for name in (each.hash, each.range) if name)
    defined = ", ".join(found)
    if any(name not in found for name in of_table):
        raise no_definition()
    for index in indexes:
        used = [name for name in (index.hash, index.range) if name]
        if any(name not in found for name in used):
            raise invalid(
                _WRONG
                + f"Some index key attributes are not defined in AttributeDefinitions. Keys: [{', '.join(used)}], "
                f"AttributeDefinitions: [{defined}]"
            )
    used_names = {**of_table, **of_indexes}
    if len(found) > len(used_names):
        if not of_indexes:
            raise invalid(
                _WRONG + "Number of attributes in KeySchema does not exactly match number of attributes defined in "
                "AttributeDefinitions"
            )
        raise invalid(
            _WRONG + f"Some AttributeDefinitions are not used. AttributeDefinitions: [{defined}], "
            f"keys used: [{', '.join(used_names)}]"
        )
    return found


def view_type(wish: dict[str, Any] | None) -> str:
    """The view of the stream that is asked for, empty for none."""
    if not wish or not wish["StreamEnabled"]:
        if wish and wish.get("StreamViewType"):
            raise invalid(_WRONG + "StreamViewType cannot be specified when StreamEnabled is false")
        return ""
    if not wish.get("StreamViewType"):
        raise invalid(_WRONG + "StreamViewType must be specified when StreamEnabled is true")
    return str(wish["StreamViewType"])


def check_changes_throughput(table: ItemTable, read: int, write: int) -> None:
    """Raises ValidationException when the table has exactly these units already."""
    if (read, write) == (table.read, table.write):
        raise invalid(
            "The provisioned throughput for the table will not change. The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for the table: {table.read}. Requested ReadCapacityUnits: {read}. "
            f"Current WriteCapacityUnits provisioned for the table: {table.write}. Requested WriteCapacityUnits: {write}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )


def no_definition() -> ApiError:
    return invalid("Invalid KeySchema: Some index key attribute have no definition")


def too_many_at_once() -> ApiError:
    return ApiError(
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    )
