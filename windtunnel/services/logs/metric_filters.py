"""Metric filters: kept, shown, and tried on messages."""

from __future__ import annotations

from typing import Any

from windtunnel.services.logs.filter_patterns import checked
from windtunnel.services.logs.records import MetricFilter
from windtunnel.services.logs.writing import LogTables, invalid, limit_exceeded, milliseconds, not_found, page

MAXIMUM_OF_GROUP = 100


class MetricFilters(LogTables):
    inert = {"PutMetricFilter.metricTransformations": "They are kept and shown; no metrics are made of log events yet."}

    def put_metric_filter(self, ctx, logGroupName, filterName, filterPattern, metricTransformations):
        group = self.group(logGroupName)
        checked(filterPattern)
        known = self.metric_filters.get(group.name, filterName)
        if known is None and self.metric_filters.count(group.name) >= MAXIMUM_OF_GROUP:
            raise limit_exceeded()
        self.metric_filters.put(
            MetricFilter(
                group=group.name,
                name=filterName,
                pattern=filterPattern,
                transformations=tuple(metricTransformations),
                created_at=self.clock.now() if known is None else known.created_at,
            )
        )

    def describe_metric_filters(
        self, ctx, logGroupName=None, filterNamePrefix=None, nextToken=None, limit=50, metricName=None,
        metricNamespace=None,
    ):  # fmt: skip
        if (metricName is None) != (metricNamespace is None):
            raise invalid("If you include the metricName parameter in your request, you must also include the "
                "metricNamespace parameter.")  # fmt: skip
        if logGroupName is not None:
            self.group(logGroupName)
        found = self.metric_filters.all(logGroupName)
        found = [
            each
            for each in sorted(found, key=lambda each: (each.group, each.name))
            if each.name.startswith(filterNamePrefix or "")
            and (metricName is None or _makes(each, metricName, metricNamespace))
        ]
        shown, token = page(found, nextToken, limit)
        return {"metricFilters": [_shown(each) for each in shown], "nextToken": token}

    def delete_metric_filter(self, ctx, logGroupName, filterName):
        group = self.group(logGroupName)
        if self.metric_filters.delete(group.name, filterName) is None:
            raise not_found("metric filter")

    def test_metric_filter(self, ctx, filterPattern, logEventMessages):
        matches = checked(filterPattern)
        found = []
        for number, message in enumerate(logEventMessages, 1):
            values = matches(message)
            if values is not None:
                found.append({"eventNumber": number, "eventMessage": message, "extractedValues": values})
        return {"matches": found}


def _makes(each: MetricFilter, name: str, namespace: str) -> bool:
    return any(t["metricName"] == name and t["metricNamespace"] == namespace for t in each.transformations)


def _shown(each: MetricFilter) -> dict[str, Any]:
    return {
        "filterName": each.name,
        "filterPattern": each.pattern,
        "metricTransformations": list(each.transformations),
        "creationTime": milliseconds(each.created_at),
        "logGroupName": each.group,
        "applyOnTransformedLogs": False,
    }
