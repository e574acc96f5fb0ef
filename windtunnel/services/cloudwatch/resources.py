"""AWS::CloudWatch::*: alarms and dashboards in templates. Stored: no metric is evaluated yet."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import STORED, Physical, ResourceType, Wish, tags_of, unless_gone

_NUMBERS = ("Threshold",)
_WHOLE = ("Period", "EvaluationPeriods", "DatapointsToAlarm")


class AlarmType(ResourceType):
    type = "AWS::CloudWatch::Alarm"
    properties = dict.fromkeys(
        (
            "ActionsEnabled",
            "AlarmActions",
            "AlarmDescription",
            "AlarmName",
            "ComparisonOperator",
            "DatapointsToAlarm",
            "Dimensions",
            "EvaluateLowSampleCountPercentile",
            "EvaluationPeriods",
            "ExtendedStatistic",
            "InsufficientDataActions",
            "MetricName",
            "Metrics",
            "Namespace",
            "OKActions",
            "Period",
            "Statistic",
            "Tags",
            "Threshold",
            "ThresholdMetricId",
            "TreatMissingData",
            "Unit",
        ),
        STORED,
    )
    replaces = frozenset({"AlarmName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("AlarmName") or wish.name
        await self._put(name, wish)
        return Physical(name, {"Arn": f"arn:aws:cloudwatch:{wish.region}:{wish.account}:alarm:{name}"})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._put(physical.id, wish)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("cloudwatch", "DeleteAlarms", {"AlarmNames": [physical.id]})

    async def _put(self, name: str, wish: Wish) -> None:
        members = {key: value for key, value in wish.properties.items() if key not in ("AlarmName", "Tags")}
        members |= {key: float(members[key]) for key in _NUMBERS if key in members}
        members |= {key: int(members[key]) for key in _WHOLE if key in members}
        tags = [{"Key": key, "Value": value} for key, value in tags_of(wish.properties).items()]
        await self.call("cloudwatch", "PutMetricAlarm", {"AlarmName": name, "Tags": tags, **members})


class DashboardType(ResourceType):
    type = "AWS::CloudWatch::Dashboard"
    properties = {"DashboardBody": STORED, "DashboardName": STORED}
    replaces = frozenset({"DashboardName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("DashboardName") or wish.name
        return await self._put(name, wish.properties)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return await self._put(physical.id, wish.properties)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("cloudwatch", "DeleteDashboards", {"DashboardNames": [physical.id]}))

    async def _put(self, name: str, properties: dict[str, Any]) -> Physical:
        body = properties["DashboardBody"]
        text = body if isinstance(body, str) else json.dumps(body)
        await self.call("cloudwatch", "PutDashboard", {"DashboardName": name, "DashboardBody": text})
        return Physical(name)
