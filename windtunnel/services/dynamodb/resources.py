"""
AWS::DynamoDB::Table: tables in templates.

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
        """What is changed is found by the table as it is: an update that failed half way is taken back by another one."""
        new, before = self.plain(wish.properties, wish.region), self.plain(old, wish.region)
        name = physical.id
        table = await self._described(name)
        _check_index_changes(new, table)
        changes = {**_billing(new, table), **_settings(new, before, table)}
        view = (table.get("StreamSpecification") or {}).get("StreamViewType")
        wanted = _stream(new)
        if (wanted or {}).get("StreamViewType") != view:
            if wanted and view:
                await self._update(name, {"StreamSpecification": {"StreamEnabled": False}})
            changes["StreamSpecification"] = wanted or {"StreamEnabled": False}
        if bool(_encryption(new)) != ("SSEDescription" in table) or _encryption(new) != _encryption(before):
            changes["SSESpecification"] = _encryption(new) or {"Enabled": False}
        if changes:
            await self._update(name, changes)
        await self._indexes(name, new, table)
        await self._extras(name, new, before)
        await self._tags(table["TableArn"], tags_of(new), tags_of(before))
        return _physical(await self._described(name))

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("dynamodb", "DeleteTable", {"TableName": physical.id}))

    def plain(self, properties: dict[str, Any], region: str) -> dict[str, Any]:
        """Properties as the API has them: numbers and truths in a template may be texts."""
        found: dict[str, Any] = converted(properties)
        return found

    async def _update(self, name: str, changes: dict[str, Any]) -> None:
        await self.call("dynamodb", "UpdateTable", {"TableName": name, **changes})

    async def _described(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = (await self.call("dynamodb", "DescribeTable", {"TableName": name}))["Table"]
        return table

    async def _indexes(self, name: str, new: dict[str, Any], table: dict[str, Any]) -> None:
        wanted = {each["IndexName"]: _index(each) for each in new.get("GlobalSecondaryIndexes") or ()}
        had = {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes") or ()}
        for index in had:
            if index not in wanted:
                await self._update(name, {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index}}]})
        for index, each in wanted.items():
            if index not in had:
                more = {"AttributeDefinitions": new["AttributeDefinitions"]}
                await self._update(name, {"GlobalSecondaryIndexUpdates": [{"Create": each}], **more})
            elif change := _index_settings(each, had[index]):
                await self._update(name, {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": index, **change}}]})

    async def _extras(self, name: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        """What has calls of its own."""
        await self._expiry(name, new.get("TimeToLiveSpecification") or {})
        recovery = new.get("PointInTimeRecoverySpecification")
        if recovery != old.get("PointInTimeRecoverySpecification"):
            wish = recovery or {"PointInTimeRecoveryEnabled": False}
            call = {"TableName": name, "PointInTimeRecoverySpecification": wish}
            await self.call("dynamodb", "UpdateContinuousBackups", call)
        insights = (new.get("ContributorInsightsSpecification") or {}).get("Enabled", False)
        if insights != (old.get("ContributorInsightsSpecification") or {}).get("Enabled", False):
            call = {"TableName": name, "ContributorInsightsAction": "ENABLE" if insights else "DISABLE"}
            await self.call("dynamodb", "UpdateContributorInsights", call)
        await self._destination(name, new.get("KinesisStreamSpecification"))
        if old and _policy(new) != _policy(old):
            arn = (await self._described(name))["TableArn"]
            if policy := _policy(new):
                await self.call("dynamodb", "PutResourcePolicy", {"ResourceArn": arn, "Policy": policy})
            else:
                await self.call("dynamodb", "DeleteResourcePolicy", {"ResourceArn": arn})

    async def _expiry(self, name: str, wish: dict[str, Any]) -> None:
        """By the table as it is."""
        found = await self.call("dynamodb", "DescribeTimeToLive", {"TableName": name})
        attribute = found["TimeToLiveDescription"].get("AttributeName")
        wanted = wish.get("AttributeName") if wish.get("Enabled") else None
        if attribute == wanted:
            return
        for enabled, each in ((False, attribute), (True, wanted)):
            if each:
                change = {"Enabled": enabled, "AttributeName": each}
                await self.call("dynamodb", "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": change})

    async def _destination(self, name: str, wish: dict[str, Any] | None) -> None:
        """By the table as it is."""
        found = await self.call("dynamodb", "DescribeKinesisStreamingDestination", {"TableName": name})
        active = [
            each["StreamArn"]
            for each in found["KinesisDataStreamDestinations"]
            if each["DestinationStatus"] == "ACTIVE"
        ]
        wanted = wish["StreamArn"] if wish else None
        for arn in active:
            if arn != wanted:
                await self.call("dynamodb", "DisableKinesisStreamingDestination", {"TableName": name, "StreamArn": arn})
        if wish and wanted not in active:
            call = {"TableName": name, "StreamArn": wanted}
            if precision := wish.get("ApproximateCreationDateTimePrecision"):
                call["EnableKinesisStreamingConfiguration"] = {"ApproximateCreationDateTimePrecision": precision}
            await self.call("dynamodb", "EnableKinesisStreamingDestination", call)

    async def _tags(self, arn: str, new: dict[str, str], old: dict[str, str]) -> None:
        if gone := [key for key in old if key not in new]:
            await self.call("dynamodb", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        if new and new != old:
            tags = [{"Key": key, "Value": value} for key, value in new.items()]
            await self.call("dynamodb", "TagResource", {"ResourceArn": arn, "Tags": tags})


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


def _check_index_changes(new: dict[str, Any], table: dict[str, Any]) -> None:
    """Raises ValidationError for changes of indexes that CloudFormation does not make in one update, or not at all."""
    wanted = {each["IndexName"]: each for each in new.get("GlobalSecondaryIndexes") or ()}
    had = {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes") or ()}
    if len(wanted.keys() ^ had.keys()) > 1:
        raise ApiError("ValidationError", "Cannot perform more than one GSI creation or deletion in a single update")
    if any(_shape(wanted[name]) != _shape(had[name]) for name in wanted.keys() & had.keys()):
        raise ApiError(
            "ValidationError",
            "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. "
            "You can create a new GSI with a different name.",
        )


def _billing(new: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    on_demand = (table.get("BillingModeSummary") or {}).get("BillingMode") == "PAY_PER_REQUEST"
    if new.get("BillingMode") == "PAY_PER_REQUEST":
        return {} if on_demand else {"BillingMode": "PAY_PER_REQUEST"}
    units = new.get("ProvisionedThroughput") or {}
    if not on_demand and all(table["ProvisionedThroughput"][name] == value for name, value in units.items()):
        return {}
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}


def _settings(new: dict[str, Any], old: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    changes = {}
    protected = new.get("DeletionProtectionEnabled", False)
    if protected != table["DeletionProtectionEnabled"]:
        changes["DeletionProtectionEnabled"] = protected
    kind = new.get("TableClass") or "STANDARD"
    if kind != (table.get("TableClassSummary") or {}).get("TableClass", "STANDARD"):
        changes["TableClass"] = kind
    for name in ("OnDemandThroughput", "WarmThroughput"):
        if name in new and new[name] != old.get(name):
            changes[name] = new[name]
    return changes


def _index_settings(wish: dict[str, Any], index: dict[str, Any]) -> dict[str, Any]:
    """What of an index is to be changed."""
    units = wish.get("ProvisionedThroughput") or {}
    changes: dict[str, Any] = {}
    if any(index["ProvisionedThroughput"][name] != value for name, value in units.items()):
        changes["ProvisionedThroughput"] = units
    if (limits := wish.get("OnDemandThroughput")) and limits != index.get("OnDemandThroughput"):
        changes["OnDemandThroughput"] = limits
    return changes


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


def converted(value: Any, name: str = "") -> Any:
    """Numbers and truths in a template may be texts."""
    if isinstance(value, dict):
        return {key: converted(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [converted(each) for each in value]
    if name in _NUMBERS:
        return int(value)
    if name in _TRUTHS:
        return str(value).lower() == "true"
    return value
