"""What is said of tables beside their description: tags, limits, endpoints, recovery, contributor insights, policies."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.opened import DynamoTables
from windtunnel.services.dynamodb.records import ItemTable, Recovery
from windtunnel.services.dynamodb.values import invalid

MOST_RECOVERY_DAYS = 35
_RULES = ("PKC", "PKT", "SKC", "SKT")


class Tags(DynamoTables):
    def tag_resource(self, ctx, ResourceArn, Tags):
        table = self._tagged(ResourceArn)
        self.tables.put(replace(table, tags={**table.tags, **{tag["Key"]: tag["Value"] for tag in Tags}}))

    def untag_resource(self, ctx, ResourceArn, TagKeys):
        table = self._tagged(ResourceArn)
        self.tables.put(replace(table, tags={key: text for key, text in table.tags.items() if key not in TagKeys}))

    def list_tags_of_resource(self, ctx, ResourceArn, NextToken=None):
        return {"Tags": [{"Key": key, "Value": text} for key, text in self._tagged(ResourceArn).tags.items()]}

    def _tagged(self, arn: str) -> ItemTable:
        if not arn.startswith("arn:") or ":table/" not in arn:
            raise invalid(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
        table = self.tables.get(arn.partition(":table/")[2])
        if table is None or table.arn != arn:
            raise ApiError("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found")
        return table


class Limits(DynamoTables):
    # AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    def describe_limits(self, ctx):
        return {
            "AccountMaxReadCapacityUnits": 80_000,
            "AccountMaxWriteCapacityUnits": 80_000,
            "TableMaxReadCapacityUnits": 40_000,
            "TableMaxWriteCapacityUnits": 40_000,
        }

    def describe_endpoints(self, ctx):
        address = ctx.host or f"dynamodb.{self.home.region}.amazonaws.com"
        return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]}


class Recoveries(DynamoTables):
    inert = {
        "UpdateContinuousBackups.PointInTimeRecoverySpecification": "Tables cannot be restored to an earlier time here",
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


class Insights(DynamoTables):
    """Stored and told; nobody counts the most accessed keys."""

    def describe_contributor_insights(self, ctx, TableName, IndexName=None):
        table = self._observed(TableName, IndexName)
        mode = table.insights.get(IndexName or "")
        answer = {
            "TableName": table.name,
            "IndexName": IndexName,
            "ContributorInsightsStatus": "ENABLED" if mode else "DISABLED",
        }
        if mode:
            keyed = (table.index(IndexName) if IndexName else None) or table
            rules = _RULES if keyed.range else _RULES[:2]
            names = "-".join(each for each in (table.name, IndexName) if each)
            answer |= {
                "ContributorInsightsRuleList": [
                    f"DynamoDBContributorInsights-{rule}-{names}-{int(table.created_at)}" for rule in rules
                ],
                "ContributorInsightsMode": mode,
                "LastUpdateDateTime": table.created_at,
            }
        return answer

    def update_contributor_insights(
        self,
        ctx,
        TableName,
        ContributorInsightsAction,
        IndexName=None,
        ContributorInsightsMode="ACCESSED_AND_THROTTLED_KEYS",
    ):
        table = self._observed(TableName, IndexName)
        insights = {name: mode for name, mode in table.insights.items() if name != (IndexName or "")}
        enables = ContributorInsightsAction == "ENABLE"
        if enables:
            insights[IndexName or ""] = ContributorInsightsMode
        self.tables.put(replace(table, insights=insights))
        return {
            "TableName": table.name,
            "IndexName": IndexName,
            "ContributorInsightsStatus": "ENABLING" if enables else "DISABLING",
            "ContributorInsightsMode": ContributorInsightsMode if enables else None,
        }

    def list_contributor_insights(self, ctx, TableName=None, NextToken=None, MaxResults=100):
        chosen = [self.table_described(TableName)] if TableName else self.tables.all()
        found = [
            {
                "TableName": table.name,
                "IndexName": index or None,
                "ContributorInsightsStatus": "ENABLED",
                "ContributorInsightsMode": mode,
            }
            for table in sorted(chosen, key=lambda each: each.name)
            for index, mode in table.insights.items()
        ]
        start = int(NextToken or 0)
        answer: dict[str, Any] = {"ContributorInsightsSummaries": found[start : start + MaxResults]}
        if start + MaxResults < len(found):
            answer["NextToken"] = str(start + MaxResults)
        return answer

    def _observed(self, name: str, index: str | None) -> ItemTable:
        table = self.table_described(name)
        if index and table.index(index) is None:
            raise ApiError("ResourceNotFoundException", f"Requested resource not found: Index: {index} not found")
        return table


class Policies(DynamoTables):
    def put_resource_policy(
        self, ctx, ResourceArn, Policy, ExpectedRevisionId=None, ConfirmRemoveSelfResourceAccess=False
    ):
        table = self._guarded(ResourceArn, ExpectedRevisionId)
        revision = str(int(self.clock.now() * 1000) + (table.policy_revision != ""))
        if Policy == table.policy:
            revision = table.policy_revision
        self.tables.put(replace(table, policy=Policy, policy_revision=revision))
        return {"RevisionId": revision}

    def get_resource_policy(self, ctx, ResourceArn):
        table = self._guarded(ResourceArn, None)
        if not table.policy:
            raise _no_policy(ResourceArn)
        return {"Policy": table.policy, "RevisionId": table.policy_revision}

    def delete_resource_policy(self, ctx, ResourceArn, ExpectedRevisionId=None):
        table = self._guarded(ResourceArn, ExpectedRevisionId)
        if not table.policy:
            return {}
        self.tables.put(replace(table, policy="", policy_revision=""))
        return {"RevisionId": table.policy_revision}

    inert = {
        "PutResourcePolicy.ConfirmRemoveSelfResourceAccess": "Policies of resources are not evaluated",
    }

    def _guarded(self, arn: str, expected: str | None) -> ItemTable:
        table = self.table_described(arn)
        if expected == "NO_POLICY" and table.policy or expected not in (None, "NO_POLICY", table.policy_revision):
            raise ApiError(
                "PolicyNotFoundException", f"The expected revision of the policy of {arn} is not the current one."
            )
        return table


def _no_policy(arn: str) -> ApiError:
    return ApiError("PolicyNotFoundException", f"Resource-based policy not found for the provided ResourceArn: {arn}")
