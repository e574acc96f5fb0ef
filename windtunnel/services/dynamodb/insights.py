"""Contributor insights: switched on and off, and told."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.records import ItemTable
from windtunnel.services.dynamodb.rows import DynamoTables

_RULES = ("PKC", "PKT", "SKC", "SKT")


class Insights(DynamoTables):
    inert = {
        "UpdateContributorInsights.ContributorInsightsAction": "Kept and told; nobody counts the most accessed keys",
    }

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
