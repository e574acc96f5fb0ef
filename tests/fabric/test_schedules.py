"""Schedule expressions, against the calendar."""

from datetime import UTC, datetime

import pytest

from windtunnel.fabric.schedules import InvalidSchedule, compiled

START = datetime(2024, 1, 1, 0, 0, 30, tzinfo=UTC).timestamp()  # a Monday of a leap year


def after(expression, count=1):
    at, times = START, []
    for _ in range(count):
        at = compiled(expression)(at)
        times.append(datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M"))
    return times


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(1 hour)", 3_600), ("rate(7 days)", 604_800)]
)  # fmt: skip
def test_a_rate_counts_from_the_last_time(expression, seconds):
    assert compiled(expression)(START) == START + seconds


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(0 10 * * ? *)", ["2024-01-01T10:00", "2024-01-02T10:00"]),
        ("cron(0 18 ? * MON-FRI *)", ["2024-01-01T18:00", "2024-01-02T18:00"]),
        ("cron(0 8 1 * ? *)", ["2024-01-01T08:00", "2024-02-01T08:00"]),
        ("cron(0/15 * * * ? *)", ["2024-01-01T00:15", "2024-01-01T00:30"]),
        ("cron(5,35 14 * * ? *)", ["2024-01-01T14:05", "2024-01-01T14:35"]),
        ("cron(0/30 20-23 ? * MON-FRI *)", ["2024-01-01T20:00", "2024-01-01T20:30"]),
        ("cron(0 22-1 * * ? *)", ["2024-01-01T01:00", "2024-01-01T22:00", "2024-01-01T23:00", "2024-01-02T00:00"]),
        ("cron(0 0 L * ? *)", ["2024-01-31T00:00", "2024-02-29T00:00"]),
        ("cron(0 0 LW * ? *)", ["2024-01-31T00:00", "2024-02-29T00:00", "2024-03-29T00:00"]),
        ("cron(0 0 6W * ? *)", ["2024-01-05T00:00", "2024-02-06T00:00"]),
        ("cron(0 0 ? * 6L *)", ["2024-01-26T00:00", "2024-02-23T00:00"]),
        ("cron(0 2 ? * SAT#3 *)", ["2024-01-20T02:00", "2024-02-17T02:00"]),
        ("cron(0 2 ? * 1 *)", ["2024-01-07T02:00"]),
        ("cron(0 0 29 2 ? *)", ["2024-02-29T00:00", "2028-02-29T00:00"]),
        ("cron(0 0 1 jan ? 2030)", ["2030-01-01T00:00"]),
    ],
)
def test_a_cron_finds_its_next_times(expression, times):
    assert after(expression, len(times)) == times


def test_years_that_are_over_never_come():
    assert compiled("cron(15 10 ? * 6L 2002-2005)")(START) is None


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(1 second)", "rate(-1 minute)", "rate(1.5 hours)",
        "cron(0 1 1 * 1 *)", "cron(0 1 ? * ? *)", "cron(60 1 * * ? *)", "cron(0 24 * * ? *)", "cron(0 1 32 * ? *)",
        "cron(0 1 * 13 ? *)", "cron(0 1 ? * 8 *)", "cron(0 1 ? * MON#6 *)", "cron(0 1 * * ?)", "cron(0/0 1 * * ? *)",
        "cron(a 1 * * ? *)", "0 1 * * ? *", "",
    ],
)  # fmt: skip
def test_what_is_none_is_refused(expression):
    with pytest.raises(InvalidSchedule):
        compiled(expression)
