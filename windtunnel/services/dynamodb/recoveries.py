"""Point-in-time recovery of tables: switched on and off, and told."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.records import ItemTable, Recovery
from windtunnel.services.dynamodb.rows import DynamoTables
from windtunnel.services.dynamodb.values import invalid

MOST_RECOVERY_DAYS = 35


class Recoveries(DynamoTables):
    inert = {
        "UpdateContinuousBackups.PointInTimeRecoverySpecification": "Tables are restored from backups here, not to an earlier time",
    }

    def describe_continuous_backups(self, ctx, TableName):
        return {"ContinuousBackupsDescription": self._described(self._table(TableName))}

    def update_continuous_backups(self, ctx, TableName, PointInTimeRecoverySpecification):
        table = self._table(TableName)
        wish = PointInTimeRecoverySpecification
        days = wish.get("RecoveryPeriodInDays")
        if not wish["PointInTimeRecoveryEnabled"]:
            if days is not None:
                raise invalid("RecoveryPeriodInDays cannot be specified when PointInTimeRecoveryEnabled is false")
            recovery = None
        else:
            since = table.recovery.since if table.recovery else self.clock.now()
            recovery = Recovery(since, days or MOST_RECOVERY_DAYS)
        return {"ContinuousBackupsDescription": self._described(self.tables.put(replace(table, recovery=recovery)))}

    def _table(self, name: str) -> ItemTable:
        table = self.tables.get(name) or self._by_arn(name)
        if table is None:
            raise ApiError("TableNotFoundException", f"Table not found: {name.rpartition('/')[2]}")
        return table

    def _described(self, table: ItemTable) -> dict[str, Any]:
        point: dict[str, Any] = {"PointInTimeRecoveryStatus": "ENABLED" if table.recovery else "DISABLED"}
        if recovery := table.recovery:
            now = self.clock.now()
            point |= {
                "RecoveryPeriodInDays": recovery.days,
                "EarliestRestorableDateTime": max(recovery.since, now - recovery.days * 86_400),
                "LatestRestorableDateTime": max(recovery.since, now - 300),
            }
        return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": point}
