"""AWS::DynamoDB::GlobalTable: a global table with one replica, the one of its stack's region, is a table."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED
from windtunnel.services.dynamodb.resources import TableType, converted


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
        own = {name: value for name, value in converted(properties).items() if name in TableType.properties}
        replicas = converted(properties["Replicas"])
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
            own["OnDemandThroughput"] = converted({**(reads or {}), **(writes or {})})
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
