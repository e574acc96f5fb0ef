"""When schedules fire: rates, crons and single times, in time zones, between start and end, in windows."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.services.scheduler.schedules import OFF, arrived, scheduled, times


def until(cloud, at):
    """Let time pass up to this moment."""
    cloud.advance(seconds=at.timestamp() - cloud.now)


def in_future(cloud, **after):
    return (datetime.fromtimestamp(cloud.now, UTC) + timedelta(**after)).replace(microsecond=0)


def at(moment):
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


def test_a_rate_fires_at_once_and_then_again_and_again(cloud):
    url = scheduled(cloud, "rate(10 minutes)")
    cloud.settle()
    assert len(arrived(cloud, url)) == 1

    cloud.advance(minutes=30)

    assert len(arrived(cloud, url)) == 3


def test_a_rate_begins_with_its_start_date(cloud):
    start = in_future(cloud, hours=3)
    url = scheduled(cloud, "rate(1 hour)", StartDate=start)
    cloud.advance(hours=2)
    assert arrived(cloud, url) == []

    cloud.advance(hours=3)

    assert times(cloud, url) == [f"{start + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}" for n in (0, 1, 2)]


def test_a_schedule_ends_with_its_end_date(cloud):
    url = scheduled(cloud, "rate(1 hour)", EndDate=in_future(cloud, hours=2, minutes=30))

    cloud.advance(hours=9)

    assert len(arrived(cloud, url)) == 3
    assert cloud.client("scheduler").get_schedule(Name="tick")["State"] == "ENABLED"


def test_a_single_time_fires_once_and_stays(cloud):
    when = in_future(cloud, hours=1)
    url = scheduled(cloud, at(when))
    cloud.advance(minutes=59)
    assert arrived(cloud, url) == []

    cloud.advance(days=2)

    assert times(cloud, url) == [f"{when:%Y-%m-%dT%H:%M:%SZ}"]
    assert cloud.client("scheduler").get_schedule(Name="tick")


@pytest.mark.parametrize("expression", ["at", "rate(1 hour)"])
def test_a_schedule_is_deleted_after_its_last_time(cloud, expression):
    expression = at(in_future(cloud, hours=1)) if expression == "at" else expression
    more = {} if expression.startswith("at") else {"EndDate": in_future(cloud, minutes=90)}
    url = scheduled(cloud, expression, ActionAfterCompletion="DELETE", **more)

    cloud.advance(hours=3)

    assert arrived(cloud, url)
    assert cloud.client("scheduler").list_schedules()["Schedules"] == []


def test_a_cron_is_that_of_its_time_zone(cloud):
    until(cloud, datetime(2031, 1, 10, tzinfo=UTC))
    url = scheduled(cloud, "cron(30 9 * * ? *)", ScheduleExpressionTimezone="Asia/Kolkata")

    cloud.advance(days=2)

    assert [time[11:] for time in times(cloud, url)] == ["04:00:00Z"] * 2


def test_a_time_that_the_clocks_skip_in_spring_does_not_come(cloud):
    until(cloud, datetime(2031, 3, 29, 12, tzinfo=UTC))
    url = scheduled(cloud, "cron(30 2 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin")

    until(cloud, datetime(2031, 4, 1, 12, tzinfo=UTC))

    assert times(cloud, url) == ["2031-03-31T00:30:00Z", "2031-04-01T00:30:00Z"]


def test_a_time_that_comes_twice_in_autumn_fires_once(cloud):
    until(cloud, datetime(2031, 10, 25, 12, tzinfo=UTC))
    url = scheduled(cloud, "cron(30 2 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin")

    until(cloud, datetime(2031, 10, 27, 12, tzinfo=UTC))

    assert times(cloud, url) == ["2031-10-26T00:30:00Z", "2031-10-27T01:30:00Z"]


def test_a_single_time_is_that_of_its_time_zone(cloud):
    until(cloud, datetime(2031, 7, 1, tzinfo=UTC))
    url = scheduled(cloud, "at(2031-07-01T12:00:00)", ScheduleExpressionTimezone="America/New_York")

    cloud.advance(days=1)

    assert times(cloud, url) == ["2031-07-01T16:00:00Z"]


def test_a_flexible_window_keeps_the_scheduled_time_and_calls_within_it(cloud):
    when = in_future(cloud, hours=1)
    url = scheduled(cloud, at(when), window={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60})
    until(cloud, when)
    [before] = cloud.inside.fabric.waiting()
    assert when.timestamp() <= before.due_at <= when.timestamp() + 3600

    cloud.advance(hours=1)

    assert times(cloud, url) == [f"{when:%Y-%m-%dT%H:%M:%SZ}"]


def test_a_disabled_schedule_rests_until_it_is_enabled(cloud):
    scheduler = cloud.client("scheduler")
    url = scheduled(cloud, "rate(1 hour)", State="DISABLED")
    cloud.advance(hours=5)
    assert arrived(cloud, url) == []

    target = scheduler.get_schedule(Name="tick")["Target"]
    scheduler.update_schedule(Name="tick", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow=OFF, Target=target)
    cloud.advance(minutes=90)

    assert len(arrived(cloud, url)) == 2


def test_a_deleted_schedule_fires_no_more(cloud):
    url = scheduled(cloud, "cron(0 * * * ? *)")
    cloud.client("scheduler").delete_schedule(Name="tick")

    cloud.advance(hours=5)

    assert arrived(cloud, url) == []


def test_the_default_input_names_the_schedule(cloud):
    url = scheduled(cloud, "rate(1 hour)")
    cloud.settle()

    [event] = [json.loads(body) for body in arrived(cloud, url)]

    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.scheduler", "Scheduled Event", "{}")
    assert event["resources"] == ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick"]
