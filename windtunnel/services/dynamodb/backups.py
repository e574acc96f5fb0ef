"""
Backups on demand: a table and its items as they are, kept until they are deleted, made into a new table again.

What a restored table has not, as on AWS: tags, a stream, time to live, policies, deletion protection.
AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup.html, .../Restore.Tutorial.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.kernel.tables import Table
from windtunnel.services.dynamodb import wishes
from windtunnel.services.dynamodb.descriptions import described, key_schema
from windtunnel.services.dynamodb.encryption import master_key
from windtunnel.services.dynamodb.records import Backup, Index, ItemTable, Row
from windtunnel.services.dynamodb.rows import DynamoTables
from windtunnel.services.dynamodb.values import invalid

MOST_LISTED = 100


class Backups(DynamoTables):
    backups = Table(Backup, key="arn", ordered="created_at")
    kept = Table(Row, key="key", within="table")

    def create_backup(self, ctx, TableName, BackupName):
        table = self.tables.get(TableName) or self._by_arn(TableName)
        if table is None:
            raise ApiError("TableNotFoundException", f"Table not found: {TableName.rpartition('/')[2]}")
        now = self.clock.now()
        rows = self.rows.all(table.id)
        arn = f"{table.arn}/backup/{int(now * 1000):014d}-{self.ids.hex(8)}"
        backup = Backup(
            arn=arn, name=BackupName, table=table, created_at=now, size=sum(row.size for row in rows), items=len(rows)
        )
        for row in rows:
            self.kept.put(replace(row, table=arn))
        return {"BackupDetails": _details(self.backups.put(backup), "CREATING")}

    def describe_backup(self, ctx, BackupArn):
        return {"BackupDescription": self._described(self._backup_at(BackupArn), "AVAILABLE")}

    def delete_backup(self, ctx, BackupArn):
        backup = self._backup_at(BackupArn)
        self.backups.delete(backup.arn)
        self.kept.clear(backup.arn)
        return {"BackupDescription": self._described(backup, "DELETED")}

    def list_backups(
        self, ctx, TableName=None, Limit=MOST_LISTED, TimeRangeLowerBound=None, TimeRangeUpperBound=None,
        ExclusiveStartBackupArn=None, BackupType="ALL",
    ):  # fmt: skip
        name = (TableName or "").rpartition("/")[2]
        since = timestamps.seconds(TimeRangeLowerBound) if TimeRangeLowerBound is not None else 0.0
        until = timestamps.seconds(TimeRangeUpperBound) if TimeRangeUpperBound is not None else float("inf")
        found = [
            backup
            for backup in sorted(self.backups.all(), key=lambda each: (each.created_at, each.arn))
            if (not name or backup.table.name == name) and since <= backup.created_at < until
        ]
        if BackupType not in ("ALL", "USER"):
            found = []
        if ExclusiveStartBackupArn:
            places = [place for place, backup in enumerate(found) if backup.arn == ExclusiveStartBackupArn]
            found = found[places[0] + 1 :] if places else []
        answer: dict[str, Any] = {"BackupSummaries": [_summary(backup) for backup in found[:Limit]]}
        if len(found) > Limit:
            answer["LastEvaluatedBackupArn"] = found[Limit - 1].arn
        return answer

    async def restore_table_from_backup(
        self, ctx, TargetTableName, BackupArn, BillingModeOverride=None, GlobalSecondaryIndexOverride=None,
        LocalSecondaryIndexOverride=None, ProvisionedThroughputOverride=None, OnDemandThroughputOverride=None,
        SSESpecificationOverride=None,
    ):  # fmt: skip
        backup = self._backup_at(BackupArn)
        kms_key = backup.table.kms_key
        if SSESpecificationOverride is not None:
            kms_key = await master_key(self.home, SSESpecificationOverride)
        with self.home.step():
            backup = self._backup_at(BackupArn)
            if self.tables.get(TargetTableName) is not None:
                raise ApiError("TableAlreadyExistsException", f"Table already exists: {TargetTableName}")
            now = self.clock.now()
            source = backup.table
            on_demand = source.on_demand if BillingModeOverride is None else BillingModeOverride == "PAY_PER_REQUEST"
            units = ProvisionedThroughputOverride or (None if on_demand else _units(source))
            read, write = wishes.throughput(units, on_demand)
            indexes = _chosen(source, GlobalSecondaryIndexOverride, LocalSecondaryIndexOverride, on_demand)
            used = {name for each in (source, *indexes) for name in (each.hash, each.range) if name}
            table = ItemTable(
                id=self.ids.uuid(), name=TargetTableName, arn=self.home.arn("dynamodb", f"table/{TargetTableName}"),
                created_at=now, attributes={name: kind for name, kind in source.attributes.items() if name in used},
                hash=source.hash, range=source.range, indexes=indexes, on_demand=on_demand,
                on_demand_since=now if on_demand else 0.0, read=read, write=write,
                limits=OnDemandThroughputOverride or (source.limits if on_demand else {}), kms_key=kms_key,
                table_class=source.table_class,
                restored={
                    "SourceBackupArn": backup.arn, "SourceTableArn": source.arn, "RestoreDateTime": now,
                    "RestoreInProgress": False,
                },
            )  # fmt: skip
            self.tables.put(table)
            for row in self.kept.all(backup.arn):
                self.rows.put(replace(row, table=table.id))
        answer = described(table, self.shelves.of(table), "CREATING", {each.name: "CREATING" for each in indexes})
        return {"TableDescription": {**answer, "RestoreSummary": {**table.restored, "RestoreInProgress": True}}}

    def _backup_at(self, arn: str) -> Backup:
        found = self.backups.get(arn)
        if found is None:
            raise ApiError("BackupNotFoundException", f"Backup not found: {arn}")
        return found

    def _described(self, backup: Backup, status: str) -> dict[str, Any]:
        table = backup.table
        features: dict[str, Any] = {}
        for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
            found = [_index(each) for each in table.indexes if each.local is local]
            if found:
                features[member] = found
        if table.view:
            features["StreamDescription"] = {"StreamEnabled": True, "StreamViewType": table.view}
        if table.expiry:
            features["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": table.expiry}
        if table.kms_key:
            sealed = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": table.kms_key}
            features["SSEDescription"] = sealed
        source = {
            "TableName": table.name, "TableId": table.id, "TableArn": table.arn, "TableSizeBytes": backup.size,
            "KeySchema": key_schema(table), "TableCreationDateTime": table.created_at,
            "ProvisionedThroughput": _units(table), "ItemCount": backup.items,
            "BillingMode": "PAY_PER_REQUEST" if table.on_demand else "PROVISIONED",
        }  # fmt: skip
        if table.limits:
            source["OnDemandThroughput"] = table.limits
        return {
            "BackupDetails": _details(backup, status),
            "SourceTableDetails": source,
            "SourceTableFeatureDetails": features,
        }


def _details(backup: Backup, status: str) -> dict[str, Any]:
    return {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size,
        "BackupStatus": status,
        "BackupType": "USER",
        "BackupCreationDateTime": backup.created_at,
    }


def _summary(backup: Backup) -> dict[str, Any]:
    table = backup.table
    return {
        "TableName": table.name,
        "TableId": table.id,
        "TableArn": table.arn,
        **_details(backup, "AVAILABLE"),
    }


def _units(keyed: ItemTable | Index) -> dict[str, int]:
    return {"ReadCapacityUnits": keyed.read, "WriteCapacityUnits": keyed.write}


def _index(index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.included:
        projection["NonKeyAttributes"] = list(index.included)
    shown = {"IndexName": index.name, "KeySchema": key_schema(index), "Projection": projection}
    return shown if index.local else {**shown, "ProvisionedThroughput": _units(index)}


def _chosen(
    source: ItemTable,
    global_ones: list[dict[str, Any]] | None,
    local_ones: list[dict[str, Any]] | None,
    on_demand: bool,
) -> tuple[Index, ...]:
    """The indexes of the new table: those of the old one, or some of them. Raises ValidationException for one that it had not."""
    chosen = []
    for given, local in ((local_ones, True), (global_ones, False)):
        own = {index.name: index for index in source.indexes if index.local is local}
        if given is None:
            chosen += [index if not on_demand else replace(index, read=0, write=0) for index in own.values()]
            continue
        for wish in given:
            wished = wishes.index(wish, local, on_demand)
            known = own.get(wished.name)
            if known is None or (known.hash, known.range) != (wished.hash, wished.range):
                raise invalid(
                    "One or more parameter values were invalid: the indexes of a restored table must be those of its backup"
                )
            chosen.append(wished)
    return tuple(chosen)
