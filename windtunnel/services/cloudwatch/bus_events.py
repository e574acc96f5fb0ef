"""What EventBridge is told of alarms. AWS: AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""

from __future__ import annotations

import hashlib
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.services.cloudwatch.records import Alarm


def state_change(before: Alarm, after: Alarm) -> dict[str, Any]:
    """The detail of a `CloudWatch Alarm State Change`."""
    return {
        "alarmName": after.name,
        "state": _state(after),
        "previousState": _state(before),
        "configuration": _configuration(after.settings, after.arn),
    }


def _state(alarm: Alarm) -> dict[str, str]:
    told = {"value": alarm.state, "reason": alarm.reason}
    if alarm.reason_data:
        told["reasonData"] = alarm.reason_data
    return {**told, "timestamp": timestamps.iso_milliseconds(alarm.state_updated_at).replace("Z", "+0000")}


def _configuration(settings: dict[str, Any], arn: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if settings.get("AlarmDescription"):
        told["description"] = settings["AlarmDescription"]
    if "Metrics" in settings:
        told["metrics"] = [_query(query) for query in settings["Metrics"]]
    else:
        told["metrics"] = [{"id": _id(arn), "metricStat": _statistic(settings, settings), "returnData": True}]
    return told


def _id(arn: str) -> str:
    """An alarm on one metric has a query without a name; it is told by an id that stays the same."""
    digits = hashlib.sha256(arn.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def _query(query: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"]}
    for member, name in (("Expression", "expression"), ("Label", "label"), ("Period", "period")):
        if member in query:
            told[name] = query[member]
    if stat := query.get("MetricStat"):
        told["metricStat"] = _statistic(stat["Metric"], {"Statistic": stat["Stat"], **stat})
    return {**told, "returnData": query.get("ReturnData", True)}


def _statistic(metric: dict[str, Any], how: dict[str, Any]) -> dict[str, Any]:
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
    told = {
        "metric": {"namespace": metric.get("Namespace", ""), "name": metric["MetricName"], "dimensions": dimensions},
        "period": how.get("Period"),
        "stat": how.get("Statistic") or how.get("ExtendedStatistic"),
    }
    return {**told, **({"unit": how["Unit"]} if how.get("Unit") else {})}
