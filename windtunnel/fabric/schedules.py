"""
Schedule expressions: when the next time is. For rules of EventBridge and for EventBridge Scheduler.

    rate(5 minutes)    cron(minutes hours day-of-month month day-of-week year)

Unlike Unix, AWS counts Sunday as day 1 and has years, L, W and #. A cron may be that of a time zone: a time that the clocks
skip in spring never comes, one that they show twice in autumn comes once.
AWS: eventbridge/latest/userguide/eb-scheduled-rule-pattern.html, scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

Next = Callable[[float], float | None]
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_AT = re.compile(r"at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_LAST_YEAR = 2199
_MOST_DAYS = 366 * 30


class InvalidSchedule(ValueError):
    """The expression is none."""


def compiled(expression: str, zone: tzinfo = UTC) -> Next:
    """A function that gives the first time after a time, in seconds since the epoch; None for never. Raises InvalidSchedule."""
    if (matched := _RATE.fullmatch(expression)) is not None:
        if bool(matched[3]) != (int(matched[1]) > 1):
            raise InvalidSchedule(expression)
        step = interval(expression)
        return lambda after: after + step
    if (matched := _CRON.fullmatch(expression)) is not None:
        return _cron(expression, zone, *matched.groups())
    raise InvalidSchedule(expression)


def interval(expression: str) -> int:
    """The seconds between two times of a rate, whose unit may be singular or plural. Raises InvalidSchedule for anything else."""
    matched = _RATE.fullmatch(expression)
    if matched is None or not int(matched[1]):
        raise InvalidSchedule(expression)
    return int(matched[1]) * _SECONDS[matched[2]]


def moment(expression: str, zone: tzinfo = UTC) -> float | None:
    """When `at(…)` is; None for a time that the zone's clocks skip. Raises InvalidSchedule for anything else."""
    matched = _AT.fullmatch(expression)
    try:
        return _instant(datetime(*map(int, matched.groups())), zone)  # type: ignore[union-attr, arg-type]
    except (AttributeError, ValueError):
        raise InvalidSchedule(expression) from None


def _instant(local: datetime, zone: tzinfo) -> float | None:
    """The first time at which the zone's clocks show it, None when they never do."""
    at = local.replace(tzinfo=zone).astimezone(UTC)
    return at.timestamp() if at.astimezone(zone).replace(tzinfo=None, fold=0) == local else None


def _cron(
    expression: str, zone: tzinfo, minutes: str, hours: str, days: str, months: str, weekdays: str, years: str
) -> Next:
    if (days == "?") == (weekdays == "?"):
        raise InvalidSchedule(expression)
    at_minutes = sorted(_values(minutes, 0, 59))
    at_hours = sorted(_values(hours, 0, 23))
    in_months = _values(months, 1, 12, _MONTHS)
    in_years = _values(years, 1970, _LAST_YEAR)
    fits = _day_of_month(days) if weekdays == "?" else _day_of_week(weekdays)

    def next_time(after: float) -> float | None:
        start = after - after % 60 + 60
        day = datetime.fromtimestamp(start, zone).date()
        for _ in range(_MOST_DAYS):
            if day.year > max(in_years):
                return None
            if day.year in in_years and day.month in in_months and fits(day):
                for hour in at_hours:
                    for minute in at_minutes:
                        at = _instant(datetime(day.year, day.month, day.day, hour, minute), zone)
                        if at is not None and at >= start:
                            return at
            day += timedelta(days=1)
        return None

    return next_time


def _values(text: str, lowest: int, highest: int, names: dict[str, int] | None = None) -> set[int]:
    """What a list of values, ranges and steps means. Raises InvalidSchedule."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        step = int(step_text) if step_text.isdigit() and int(step_text) else 0
        if slash and not step:
            raise InvalidSchedule(text)
        if span == "*":
            first, last = lowest, highest
        else:
            begin, dash, end = span.partition("-")
            first = _value(begin, lowest, highest, names)
            last = _value(end, lowest, highest, names) if dash else highest if slash else first
        if first > last:
            found.update(range(first, highest + 1, step or 1))
            first = lowest
        found.update(range(first, last + 1, step or 1))
    return found


def _value(text: str, lowest: int, highest: int, names: dict[str, int] | None) -> int:
    value = (names or {}).get(text.upper(), int(text) if text.isdigit() else -1)
    if not lowest <= value <= highest:
        raise InvalidSchedule(text)
    return value


def _day_of_month(text: str) -> Callable[[date], bool]:
    if text == "L":
        return lambda day: day.day == _length(day)
    if text.endswith("W"):
        wanted = text[:-1]
        if wanted == "L":
            return lambda day: day.day == _nearest_weekday(day, _length(day))
        number = _value(wanted, 1, 31, None)
        return lambda day: day.day == _nearest_weekday(day, min(number, _length(day)))
    days = _values(text, 1, 31)
    return lambda day: day.day in days


def _day_of_week(text: str) -> Callable[[date], bool]:
    if text == "L":
        return lambda day: _weekday(day) == _DAYS["SAT"]
    if text.endswith("L"):
        last = _value(text[:-1], 1, 7, _DAYS)
        return lambda day: _weekday(day) == last and day.day + 7 > _length(day)
    if "#" in text:
        name, _, number = text.partition("#")
        wanted, which = _value(name, 1, 7, _DAYS), _value(number, 1, 5, None)
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == which
    days = _values(text, 1, 7, _DAYS)
    return lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    """AWS: Sunday is 1."""
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, number: int) -> int:
    """The working day of the month that is nearest to this one; it never leaves the month."""
    weekday = date(day.year, day.month, number).isoweekday()
    if weekday == 6:
        return number - 1 if number > 1 else number + 2
    if weekday == 7:
        return number + 1 if number < _length(day) else number - 2
    return number
