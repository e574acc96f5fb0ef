"""
AWS::DynamoDB::*: tables in templates. A global table with one replica, the one of its stack's region, is a table.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone

_NUMBERS = frozenset(
    (
        "ReadCapacityUnits",
        "WriteCapacityUnits",
        "MaxReadRequestUnits",
        "MaxWriteRequestUnits",
        "ReadUnitsPerSecond",
        "WriteUnitsPerSecond",
        "RecoveryPeriodInDays",
    )
)
_TRUTHS = frozenset(("Enabled", "PointInTimeRecoveryEnabled", "SSEEnabled", "DeletionProtectionEnabled"))
_OF_INDEX = ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
_CREATED = (
    "AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "BillingMode", "ProvisionedThroughput", "TableClass",
    "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput",
)  # fmt: skip
_UPDATED = ("BillingMode", "ProvisionedThroughput", "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput",
    "WarmThroughput")  # fmt: skip


class TableType(ResourceType):
    type = "AWS::DynamoDB::Table"
    properties = {
        **dict.fromkeys(
            ("AttributeDefinitions", "DeletionProtectionEnabled", "GlobalSecondaryIndexes", "KeySchema", "KinesisStreamSpecification",
             "LocalSecondaryIndexes", "StreamSpecification", "TableName", "TimeToLiveSpecification"),
            ENFORCED,
        ),
        **dict.fromkeys(
            ("BillingMode", "ContributorInsightsSpecification", "OnDemandThroughput", "PointInTimeRecoverySpecification",
             "ProvisionedThroughput", "ResourcePolicy", "SSESpecification", "TableClass", "Tags", "WarmThroughput"),
            STORED,
        ),
    }  # fmt: skip
    replaces = frozenset({"KeySchema", "LocalSecondaryIndexes", "TableName"})

    async def create(self, wish: Wish) -> Physical:
        properties = self.plain(wish.properties, wish.region)
        name = properties.get("TableName") or wish.name[:255]
        tags = {**wish.tags, **tags_of(properties)}
        call = {
            "TableName": name,
            **{member: properties[member] for member in _CREATED if member in properties},
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        if indexes := properties.get("GlobalSecondaryIndexes"):
            call["GlobalSecondaryIndexes"] = [_index(each) for each in indexes]
        if stream := _stream(properties):
            call["StreamSpecification"] = stream
        if encryption := _encryption(properties):
            call["SSESpecification"] = encryption
        if policy := _policy(properties):
            call["ResourcePolicy"] = policy
        table = (await self.call("dynamodb", "CreateTable", call))["TableDescription"]
        try:
            await self._extras(name, properties, {})
        except ApiError:
            await self.call("dynamodb", "DeleteTable", {"TableName": name})
            raise
        return _physical(table)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        new, before = self.plain(wish.properties, wish.region), self.plain(old, wish.region)
        name = physical.id
        changes = {member: new[member] for member in _UPDATED if member in new and new[member] != before.get(member)}
        if "DeletionProtectionEnabled" in before and "DeletionProtectionEnabled" not in new:
            changes["DeletionProtectionEnabled"] = False
        if _stream(new) != _stream(before):
            if _stream(new) and _stream(before):
                await self._update(name, {"StreamSpecification": {"StreamEnabled": False}})
            changes["StreamSpecification"] = _stream(new) or {"StreamEnabled": False}
        if _encryption(new) != _encryption(before):
            changes["SSESpecification"] = _encryption(new) or {"Enabled": False}
        if changes:
            await self._update(name, changes)
        await self._indexes(name, new, before)
        await self._extras(name, new, before)
        described = await self.call("dynamodb", "DescribeTable", {"TableName": name})
        await self._tags(described["Table"]["TableArn"], tags_of(new), tags_of(before))
        return _physical(described["Table"])

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("dynamodb", "DeleteTable", {"TableName": physical.id}))

    def plain(self, properties: dict[str, Any], region: str) -> dict[str, Any]:
        """Properties as the API has them: numbers and truths in a template may be texts."""
        converted: dict[str, Any] = _converted(properties)
        return converted

    async def _update(self, name: str, changes: dict[str, Any]) -> None:
        await self.call("dynamodb", "UpdateTable", {"TableName": name, **changes})

    async def _indexes(self, name: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        """One change of an index at a time, as DynamoDB wants it."""
        wanted = {each["IndexName"]: _index(each) for each in new.get("GlobalSecondaryIndexes") or ()}
        had = {each["IndexName"]: _index(each) for each in old.get("GlobalSecondaryIndexes") or ()}
        for index in had:
            if index not in wanted or _shape(wanted[index]) != _shape(had[index]):
                await self._update(name, {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index}}]})
        for index, each in wanted.items():
            if index not in had or _shape(each) != _shape(had[index]):
                change: dict[str, Any] = {"Create": each}
                more = {"AttributeDefinitions": new["AttributeDefinitions"]}
            elif each != had[index]:
                change = {
                    "Update": {key: value for key, value in each.items() if key not in ("KeySchema", "Projection")}
                }
                more = {}
            else:
                continue
            await self._update(name, {"GlobalSecondaryIndexUpdates": [change], **more})

    async def _extras(self, name: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        """What has calls of its own."""
        await self._expiry(name, new.get("TimeToLiveSpecification") or {}, old.get("TimeToLiveSpecification") or {})
        recovery = new.get("PointInTimeRecoverySpecification")
        if recovery != old.get("PointInTimeRecoverySpecification"):
            wish = recovery or {"PointInTimeRecoveryEnabled": False}
            call = {"TableName": name, "PointInTimeRecoverySpecification": wish}
            await self.call("dynamodb", "UpdateContinuousBackups", call)
        insights = (new.get("ContributorInsightsSpecification") or {}).get("Enabled", False)
        if insights != (old.get("ContributorInsightsSpecification") or {}).get("Enabled", False):
            call = {"TableName": name, "ContributorInsightsAction": "ENABLE" if insights else "DISABLE"}
            await self.call("dynamodb", "UpdateContributorInsights", call)
        await self._destination(name, new.get("KinesisStreamSpecification"), old.get("KinesisStreamSpecification"))
        if old and _policy(new) != _policy(old):
            arn = (await self.call("dynamodb", "DescribeTable", {"TableName": name}))["Table"]["TableArn"]
            if policy := _policy(new):
                await self.call("dynamodb", "PutResourcePolicy", {"ResourceArn": arn, "Policy": policy})
            else:
                await self.call("dynamodb", "DeleteResourcePolicy", {"ResourceArn": arn})

    async def _expiry(self, name: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        if new == old:
            return
        if old.get("Enabled"):
            off = {"Enabled": False, "AttributeName": old["AttributeName"]}
            await self.call("dynamodb", "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": off})
        if new.get("Enabled"):
            await self.call("dynamodb", "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": new})

    async def _destination(self, name: str, new: dict[str, Any] | None, old: dict[str, Any] | None) -> None:
        if new == old:
            return
        if old:
            call = {"TableName": name, "StreamArn": old["StreamArn"]}
            await self.call("dynamodb", "DisableKinesisStreamingDestination", call)
        if new:
            call = {"TableName": name, "StreamArn": new["StreamArn"]}
            if precision := new.get("ApproximateCreationDateTimePrecision"):
                call["EnableKinesisStreamingConfiguration"] = {"ApproximateCreationDateTimePrecision": precision}
            await self.call("dynamodb", "EnableKinesisStreamingDestination", call)

    async def _tags(self, arn: str, new: dict[str, str], old: dict[str, str]) -> None:
        if gone := [key for key in old if key not in new]:
            await self.call("dynamodb", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        if new and new != old:
            tags = [{"Key": key, "Value": value} for key, value in new.items()]
            await self.call("dynamodb", "TagResource", {"ResourceArn": arn, "Tags": tags})


class GlobalTableType(TableType):
    """AWS: .../TemplateReference/aws-resource-dynamodb-globaltable.html"""

    type = "AWS::DynamoDB::GlobalTable"
    properties = {
        **dict.fromkeys(
            ("AttributeDefinitions", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes", "Replicas",
             "StreamSpecification", "TableName", "TimeToLiveSpecification"),
            ENFORCED,
        ),
        **dict.fromkeys(
            ("BillingMode", "SSESpecification", "WarmThroughput", "WriteOnDemandThroughputSettings",
             "WriteProvisionedThroughputSettings"),
            STORED,
        ),
    }  # fmt: skip

    def plain(self, properties: dict[str, Any], region: str) -> dict[str, Any]:
        """As a table's: what belongs to the replica is the table's."""
        own = {name: value for name, value in _converted(properties).items() if name in TableType.properties}
        replicas = _converted(properties["Replicas"])
        if len(replicas) != 1 or replicas[0]["Region"] != region:
            raise ApiError(
                "ValidationError",
                f"A global table with replicas in {', '.join(each['Region'] for each in replicas)} is not built by windtunnel: "
                f"it may have one, in {region}.",
            )
        [replica] = replicas
        of_table = (
            "ContributorInsightsSpecification", "DeletionProtectionEnabled", "KinesisStreamSpecification",
            "PointInTimeRecoverySpecification", "ResourcePolicy", "TableClass", "Tags",
        )  # fmt: skip
        own |= {name: replica[name] for name in of_table if name in replica}
        if own.get("BillingMode") != "PAY_PER_REQUEST":
            own["ProvisionedThroughput"] = _units(properties, replica)
        reads, writes = replica.get("ReadOnDemandThroughputSettings"), properties.get("WriteOnDemandThroughputSettings")
        if reads or writes:
            own["OnDemandThroughput"] = _converted({**(reads or {}), **(writes or {})})
        encryption = own.get("SSESpecification")
        if encryption and (replica.get("SSESpecification") or {}).get("KMSMasterKeyId"):
            own["SSESpecification"] = {**encryption, **replica["SSESpecification"]}
        indexes = {each["IndexName"]: each for each in replica.get("GlobalSecondaryIndexes") or ()}
        if "GlobalSecondaryIndexes" in own and own.get("BillingMode") != "PAY_PER_REQUEST":
            own["GlobalSecondaryIndexes"] = [
                {**each, "ProvisionedThroughput": _units(each, indexes.get(each["IndexName"], {}))}
                for each in own["GlobalSecondaryIndexes"]
            ]
        return own


def _units(written: dict[str, Any], read: dict[str, Any]) -> dict[str, int]:
    """Units that are fixed, or those with which their scaling begins."""
    found = {}
    for kind, settings in (("Read", read), ("Write", written)):
        wish = settings.get(f"{kind}ProvisionedThroughputSettings") or {}
        scaling = wish.get(f"{kind}CapacityAutoScalingSettings") or {}
        units = wish.get(f"{kind}CapacityUnits") or scaling.get("SeedCapacity") or scaling.get("MinCapacity") or 1
        found[f"{kind}CapacityUnits"] = int(units)
    return found


def _physical(table: dict[str, Any]) -> Physical:
    attributes = {"Arn": table["TableArn"], "TableId": table["TableId"]}
    if "StreamSpecification" in table:
        attributes["StreamArn"] = table["LatestStreamArn"]
    return Physical(table["TableName"], attributes)


def _index(wish: dict[str, Any]) -> dict[str, Any]:
    return {member: wish[member] for member in _OF_INDEX if member in wish}


def _shape(index: dict[str, Any]) -> tuple[Any, Any]:
    """What of an index cannot be changed."""
    return index["KeySchema"], index["Projection"]


def _stream(properties: dict[str, Any]) -> dict[str, Any] | None:
    wish = properties.get("StreamSpecification")
    return {"StreamEnabled": True, "StreamViewType": wish["StreamViewType"]} if wish else None


def _encryption(properties: dict[str, Any]) -> dict[str, Any] | None:
    wish = properties.get("SSESpecification")
    if not wish or not wish.get("SSEEnabled"):
        return None
    named = {member: wish[member] for member in ("SSEType", "KMSMasterKeyId") if member in wish}
    return {"Enabled": True, **named}


def _policy(properties: dict[str, Any]) -> str:
    document = (properties.get("ResourcePolicy") or {}).get("PolicyDocument")
    return document if isinstance(document, str) else json.dumps(document) if document else ""


def _converted(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _converted(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_converted(each) for each in value]
    if name in _NUMBERS:
        return int(value)
    if name in _TRUTHS:
        return str(value).lower() == "true"
    return value
