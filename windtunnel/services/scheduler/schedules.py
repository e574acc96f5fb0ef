"""Operations on schedules."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.paging import page
from windtunnel.fabric import retry_policy
from windtunnel.services.scheduler import targets, times
from windtunnel.services.scheduler.groups import SchedulerTables
from windtunnel.services.scheduler.records import DEFAULT, Schedule


class Schedules(SchedulerTables):
    inert = {
        "CreateSchedule.KmsKeyArn": "Stored and shown: schedules are not encrypted on this machine.",
        "UpdateSchedule.KmsKeyArn": "Stored and shown: schedules are not encrypted on this machine.",
        "DeleteSchedule.ClientToken": "Deleting what is gone answers that it is gone, whatever the token.",
        "UpdateSchedule.ClientToken": "An update that comes twice changes nothing more.",
    }

    def create_schedule(
        self, ctx, Name, ScheduleExpression, Target, FlexibleTimeWindow, GroupName=DEFAULT, ActionAfterCompletion="NONE",
        ClientToken="", Description="", EndDate=None, KmsKeyArn="", ScheduleExpressionTimezone="UTC", StartDate=None,
        State="ENABLED",
    ):  # fmt: skip
        group = self.group_at(GroupName)
        known = self.schedules.get(group.name, Name)
        if known is not None and known.token != ClientToken:
            raise ApiError("ConflictException", f"Schedule {Name} already exists.")
        if known is None:
            now = self.clock.now()
            known = Schedule(
                name=Name, group=group.name, arn=self.home.arn("scheduler", f"schedule/{group.name}/{Name}"),
                created_at=now, modified_at=now, token=ClientToken, expression=ScheduleExpression, target=Target,
                zone=ScheduleExpressionTimezone, description=Description, starts_at=_seconds(StartDate),
                ends_at=_seconds(EndDate), window_minutes=_window(FlexibleTimeWindow), enabled=State == "ENABLED",
                deleted_when_over=ActionAfterCompletion == "DELETE", key=KmsKeyArn,
            )  # fmt: skip
            self._put(known)
        return {"ScheduleArn": known.arn}

    def update_schedule(
        self, ctx, Name, ScheduleExpression, Target, FlexibleTimeWindow, GroupName=DEFAULT, ActionAfterCompletion="NONE",
        Description="", EndDate=None, KmsKeyArn="", ScheduleExpressionTimezone="UTC", StartDate=None, State="ENABLED",
    ):  # fmt: skip
        """What is not given goes back to its default. AWS: scheduler/latest/APIReference/API_UpdateSchedule.html"""
        known = self.schedule_at(Name, GroupName)
        changed = replace(
            known, modified_at=self.clock.now(), expression=ScheduleExpression, target=Target,
            zone=ScheduleExpressionTimezone, description=Description, starts_at=_seconds(StartDate),
            ends_at=_seconds(EndDate), window_minutes=_window(FlexibleTimeWindow), enabled=State == "ENABLED",
            deleted_when_over=ActionAfterCompletion == "DELETE", key=KmsKeyArn,
        )  # fmt: skip
        self._put(changed)
        return {"ScheduleArn": known.arn}

    def get_schedule(self, ctx, Name, GroupName=DEFAULT):
        return _shown(self.schedule_at(Name, GroupName))

    def list_schedules(self, ctx, GroupName=None, NamePrefix="", State=None, NextToken=None, MaxResults=None):
        within = self.group_at(GroupName).name if GroupName else None
        found = [
            schedule
            for schedule in (self.schedules.all(within) if within else self.schedules.all())
            if schedule.name.startswith(NamePrefix) and State in (None, _state(schedule))
        ]
        found.sort(key=lambda schedule: (schedule.group, schedule.name))
        return page("Schedules", [_summary(schedule) for schedule in found], NextToken, MaxResults)

    def delete_schedule(self, ctx, Name, GroupName=DEFAULT):
        schedule = self.schedule_at(Name, GroupName)
        self.noun("Firing").forget(schedule)
        self.schedules.delete(schedule.group, schedule.name)

    def _put(self, schedule: Schedule) -> None:
        times.check(schedule.expression, schedule.zone)
        if schedule.starts_at and schedule.ends_at and schedule.ends_at <= schedule.starts_at:
            raise ApiError("ValidationException", "EndDate must be after StartDate.")
        targets.check(schedule.target)
        self.noun("Firing").arm(replace(schedule, due_at=times.first(schedule, self.clock.now())))


def _window(wish: dict[str, Any]) -> int:
    minutes = wish.get("MaximumWindowInMinutes")
    if (wish["Mode"] == "FLEXIBLE") != (minutes is not None):
        raise ApiError(
            "ValidationException",
            "MaximumWindowInMinutes is required for a FLEXIBLE time window, and only for one.",
        )
    return minutes or 0


def _seconds(at: Any) -> float:
    return 0.0 if at is None else timestamps.seconds(at)


def _state(schedule: Schedule) -> str:
    return "ENABLED" if schedule.enabled else "DISABLED"


def _shown(schedule: Schedule) -> dict[str, Any]:
    window: dict[str, Any] = {"Mode": "OFF"}
    if schedule.window_minutes:
        window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": schedule.window_minutes}
    shown = {
        "ActionAfterCompletion": "DELETE" if schedule.deleted_when_over else "NONE",
        "Arn": schedule.arn,
        "CreationDate": schedule.created_at,
        "Description": schedule.description,
        "EndDate": schedule.ends_at,
        "FlexibleTimeWindow": window,
        "GroupName": schedule.group,
        "KmsKeyArn": schedule.key,
        "LastModificationDate": schedule.modified_at,
        "Name": schedule.name,
        "ScheduleExpression": schedule.expression,
        "ScheduleExpressionTimezone": schedule.zone,
        "StartDate": schedule.starts_at,
        "State": _state(schedule),
        "Target": {**schedule.target, "RetryPolicy": retry_policy.of(schedule.target)},
    }
    return {name: value for name, value in shown.items() if value not in ("", 0.0)}


def _summary(schedule: Schedule) -> dict[str, Any]:
    return {
        "Arn": schedule.arn,
        "CreationDate": schedule.created_at,
        "GroupName": schedule.group,
        "LastModificationDate": schedule.modified_at,
        "Name": schedule.name,
        "State": _state(schedule),
        "Target": {"Arn": schedule.target["Arn"]},
    }
