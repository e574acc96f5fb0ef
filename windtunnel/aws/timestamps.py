"""
Times as AWS writes them: epoch seconds, ISO 8601, and HTTP dates.

Inside, a time is a float of seconds since the epoch; datetimes are accepted wherever one is written out.
"""

from __future__ import annotations

import calendar
import functools
import re
from datetime import UTC, datetime, timedelta, timezone

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?\s*([Zz]|[+-]\d\d:?(?:\d\d)?)?$"
)
_HTTP = re.compile(
    r"(?:[A-Za-z]+,\s*)?(\d{1,2})[ -]([A-Za-z]{3})[ -](\d{2,4})\s+(\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s*(?:GMT|UTC|[+-]0000)?$"
)


def seconds(value: float | datetime) -> float:
    """A time as seconds since the epoch; a datetime without a zone is taken as UTC."""
    if isinstance(value, datetime):
        return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH).total_seconds()
    return value


def epoch(value: float | datetime) -> float | int:
    """Seconds to the millisecond; whole seconds as an int, as AWS's JSON does it."""
    rounded = round(seconds(value), 3)
    return int(rounded) if rounded == int(rounded) else rounded


def iso(value: float | datetime) -> str:
    """`2024-05-01T10:00:00Z`, with milliseconds where there are any."""
    whole, milliseconds = divmod(round(seconds(value) * 1000), 1000)
    return f"{_second(whole)}.{milliseconds:03d}Z" if milliseconds else f"{_second(whole)}Z"


def iso_milliseconds(value: float | datetime) -> str:
    """`2024-05-01T10:00:00.000Z`: always with milliseconds, as S3 and the query services write times."""
    text = iso(value)
    return text if "." in text else f"{text[:-1]}.000Z"


@functools.lru_cache(maxsize=64)
def _second(whole: int) -> str:
    text = _moment(whole).strftime("%Y-%m-%dT%H:%M:%S")
    return text if whole >= _YEAR_1000 else text.rjust(19, "0")


@functools.lru_cache(maxsize=64)
def _date(whole: int) -> str:
    at = _moment(whole)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} "
        f"{at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"
    )


def http_date(value: float | datetime) -> str:
    """`Wed, 01 May 2024 10:00:00 GMT`, in English whatever the locale."""
    return _date(int(seconds(value) // 1))


def parse(text: str) -> float:
    """Any of AWS's written forms, as seconds since the epoch. Raises ValueError for anything else."""
    text = text.strip()
    try:
        return _finite(float(text))
    except ValueError:
        pass
    found = _ISO.match(text)
    if found:
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        at = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), tzinfo=_zone(zone))
        return (at - _EPOCH).total_seconds() + _leap(int(second or 0)) + _fraction(fraction)
    found = _HTTP.match(text)
    if found:
        day, month, year, hour, minute, second, fraction = found.groups()
        century = 0 if len(year) == 4 else 2000 if int(year) < 70 else 1900
        at = datetime(
            century + int(year), _MONTHS.index(month.title()) + 1, int(day), int(hour), int(minute), tzinfo=UTC
        )
        return calendar.timegm(at.timetuple()) + _leap(int(second)) + _fraction(fraction)
    raise ValueError(f"{text!r} is not a time")


def _finite(value: float) -> float:
    if not -62_135_596_800 <= value <= 253_402_300_799_999:
        raise ValueError(f"{value!r} is not a time")
    return value


def _leap(second: int) -> int:
    if second > 60:
        raise ValueError(f"{second} is not a second of a minute")
    return second


def _fraction(digits: str | None) -> float:
    return float(f"0.{digits}") if digits else 0.0


def _zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


_YEAR_1000 = -30_610_224_000


@functools.lru_cache(maxsize=64)
def _moment(whole: int) -> datetime:
    return _EPOCH + timedelta(seconds=whole)
