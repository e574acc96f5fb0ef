"""When a schedule is due: its expression in its time zone, between its start and its end.

AWS: scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from windtunnel.aws.errors import ApiError
from windtunnel.fabric import schedules
from windtunnel.services.scheduler.records import Schedule


def check(expression: str, zone: str) -> None:
    """Raises ValidationException for an expression or a time zone that is none."""
    where = _zone(zone)
    if where is None:
        raise ApiError("ValidationException", f"Invalid Schedule Expression Timezone {zone}.")
    try:
        if expression.startswith("at("):
            schedules.moment(expression, where)
        elif expression.startswith("rate("):
            schedules.interval(expression)
        else:
            schedules.compiled(expression, where)
    except schedules.InvalidSchedule:
        raise ApiError("ValidationException", f"Invalid Schedule Expression {expression}.") from None


def first(schedule: Schedule, now: float) -> float:
    """The first time of a schedule that is created or changed now; 0 for none. One that is over already is due at once."""
    expression = schedule.expression
    if expression.startswith("at("):
        return schedules.moment(expression, _known(schedule.zone)) or 0.0
    if expression.startswith("rate("):
        anchor = schedule.starts_at or now
        step = schedules.interval(expression)
        missed = max(0, -int((anchor - now) // step)) if anchor < now else 0
        return _within(schedule, anchor + missed * step)
    return _within(schedule, _cron(schedule)(max(now, schedule.starts_at - 60)))


def following(schedule: Schedule, now: float) -> float:
    """The first time after the one that is due, and not before now; 0 for none."""
    expression = schedule.expression
    if expression.startswith("at("):
        return 0.0
    if expression.startswith("rate("):
        step = schedules.interval(expression)
        behind = max(0, int((now - schedule.due_at) // step))
        return _within(schedule, schedule.due_at + (behind + 1) * step)
    return _within(schedule, _cron(schedule)(max(now, schedule.due_at)))


def _within(schedule: Schedule, at: float | None) -> float:
    return 0.0 if at is None or (schedule.ends_at and at > schedule.ends_at) else at


def _cron(schedule: Schedule) -> Callable[[float], float | None]:
    return schedules.compiled(schedule.expression, _known(schedule.zone))


def _known(zone: str) -> tzinfo:
    return _zone(zone) or UTC


@functools.cache
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None
