"""Metric alarms: stored and shown. They stay in INSUFFICIENT_DATA until SetAlarmState, for no metric is evaluated yet."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.tables import Table
from windtunnel.services.cloudwatch import bus_events
from windtunnel.services.cloudwatch.records import Alarm

UNCHECKED = "Unchecked: Initial alarm creation"


class Alarms(Operations, api="cloudwatch"):
    alarms = Table(Alarm, key="name")

    def put_metric_alarm(self, ctx, AlarmName, Tags=(), **settings):
        now = self.clock.now()
        old = self.alarms.get(AlarmName)
        if "MetricName" not in settings and "Metrics" not in settings:
            raise ApiError("ValidationError", "Either MetricName or Metrics must be specified")
        arn = self.home.arn("cloudwatch", f"alarm:{AlarmName}")
        defaults = {"ActionsEnabled": True, "OKActions": [], "AlarmActions": [], "InsufficientDataActions": []}
        self.alarms.put(
            Alarm(
                name=AlarmName,
                arn=arn,
                settings={**defaults, **settings},
                state=old.state if old else "INSUFFICIENT_DATA",
                reason=old.reason if old else UNCHECKED,
                state_updated_at=old.state_updated_at if old else now,
                updated_at=now,
                reason_data=old.reason_data if old else "",
                tags=old.tags if old else {tag["Key"]: tag["Value"] for tag in Tags or ()},
            )
        )

    def describe_alarms(
        self, ctx, AlarmNames=(), AlarmNamePrefix=None, AlarmTypes=(), StateValue=None, ActionPrefix=None, MaxRecords=100,
        NextToken=None,
    ):  # fmt: skip
        if AlarmNames and AlarmNamePrefix:
            raise ApiError(
                "InvalidParameterCombination", "AlarmNames and AlarmNamePrefix cannot be specified together."
            )
        found = sorted(self.alarms.all(), key=lambda alarm: alarm.name)
        if AlarmNames:
            found = [alarm for alarm in found if alarm.name in AlarmNames]
        if AlarmNamePrefix:
            found = [alarm for alarm in found if alarm.name.startswith(AlarmNamePrefix)]
        if StateValue:
            found = [alarm for alarm in found if alarm.state == StateValue]
        if ActionPrefix:
            found = [
                alarm for alarm in found if any(a.startswith(ActionPrefix) for a in alarm.settings["AlarmActions"])
            ]
        start = int(NextToken or 0)
        shown = [_shown(alarm) for alarm in found[start : start + MaxRecords]]
        if AlarmTypes and "MetricAlarm" not in AlarmTypes:
            shown = []
        answer: dict[str, Any] = {"MetricAlarms": shown, "CompositeAlarms": []}
        if start + MaxRecords < len(found):
            answer["NextToken"] = str(start + MaxRecords)
        return answer

    def delete_alarms(self, ctx, AlarmNames):
        for name in AlarmNames:
            self.alarms.delete(name)

    def set_alarm_state(self, ctx, AlarmName, StateValue, StateReason, StateReasonData=None):
        alarm = self.alarms.get(AlarmName)
        if alarm is None:
            raise ApiError("ResourceNotFound", status=404)
        now = self.clock.now()
        changed = self.alarms.put(
            replace(
                alarm, state=StateValue, reason=StateReason, reason_data=StateReasonData or "", state_updated_at=now
            )
        )
        events = self.home.service_in_use("events")
        if changed.state != alarm.state and events is not None:
            service_events: Any = events.nouns["ServiceEvents"]
            detail = bus_events.state_change(alarm, changed)
            service_events.accept("aws.cloudwatch", "CloudWatch Alarm State Change", [alarm.arn], detail)


def _shown(alarm: Alarm) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        **alarm.settings,
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        **({"StateReasonData": alarm.reason_data} if alarm.reason_data else {}),
        "StateUpdatedTimestamp": alarm.state_updated_at,
        "StateTransitionedTimestamp": alarm.state_updated_at,
        "AlarmConfigurationUpdatedTimestamp": alarm.updated_at,
    }
