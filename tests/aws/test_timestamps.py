"""Times are read and written in all of AWS's forms."""

from __future__ import annotations

import datetime

import pytest

from windtunnel.aws import timestamps

AT = 1714558830.0


@pytest.mark.parametrize(
    "text",
    [
        "1714558830",
        "1714558830.0",
        "1.71455883E9",
        "2024-05-01T10:20:30Z",
        "2024-05-01T10:20:30.000Z",
        "2024-05-01T12:20:30+02:00",
        "20240501T102030Z",
        "Wed, 01 May 2024 10:20:30 GMT",
    ],
)
def test_a_written_time_is_understood(text: str) -> None:
    assert timestamps.parse(text) == AT


@pytest.mark.parametrize("text", ["", "soon", "2024-13-01", "2024-05-01T25:00:00Z", "nan", "inf", "1e99", "12:30"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        timestamps.parse(text)


def test_times_are_written_with_milliseconds_where_there_are_any() -> None:
    assert timestamps.iso(AT) == "2024-05-01T10:20:30Z"
    assert timestamps.iso(AT + 0.25) == "2024-05-01T10:20:30.250Z"
    assert timestamps.iso_milliseconds(AT) == "2024-05-01T10:20:30.000Z"


def test_a_datetime_is_as_good_as_a_number() -> None:
    moment = datetime.datetime(2024, 5, 1, 10, 20, 30, tzinfo=datetime.UTC)

    assert timestamps.http_date(moment) == "Wed, 01 May 2024 10:20:30 GMT"
    assert timestamps.epoch(moment) == 1714558830


def test_times_before_1970_are_times_too() -> None:
    assert timestamps.iso(-0.5) == "1969-12-31T23:59:59.500Z"
