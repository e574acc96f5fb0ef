"""Rules that fire by the clock."""

import pytest

from tests.services.events.events import arrived
from tests.services.sns.topics import queue


def scheduled(cloud, expression, name="tick"):
    events = cloud.client("events")
    url, arn = queue(cloud, name)
    events.put_rule(Name=name, ScheduleExpression=expression)
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    return url


def test_a_rate_fires_again_and_again(cloud):
    url = scheduled(cloud, "rate(1 minute)")
    assert arrived(cloud, url) == []

    cloud.advance(minutes=3)

    ticks = arrived(cloud, url)
    assert len(ticks) == 3
    assert (ticks[0]["source"], ticks[0]["detail-type"], ticks[0]["detail"]) == ("aws.events", "Scheduled Event", {})
    assert ticks[0]["resources"] == ["arn:aws:events:us-east-1:000000000000:rule/tick"]
    assert len({tick["time"] for tick in ticks}) == 3


def test_a_cron_fires_at_its_time(cloud):
    url = scheduled(cloud, "cron(0 12 * * ? *)")

    cloud.advance(days=2)

    assert [tick["time"][11:] for tick in arrived(cloud, url)] == ["12:00:00Z"] * 2


def test_a_disabled_rule_rests(cloud):
    events, url = cloud.client("events"), scheduled(cloud, "rate(1 minute)")

    events.disable_rule(Name="tick")
    cloud.advance(minutes=5)
    assert arrived(cloud, url) == []

    events.enable_rule(Name="tick")
    cloud.advance(minutes=1)
    assert len(arrived(cloud, url)) == 1


def test_a_deleted_rule_fires_no_more(cloud):
    events, url = cloud.client("events"), scheduled(cloud, "rate(1 minute)")
    events.remove_targets(Rule="tick", Ids=["1"])
    events.delete_rule(Name="tick")

    cloud.advance(minutes=5)

    assert arrived(cloud, url) == []


@pytest.mark.parametrize(
    "expression", ["rate(1 hour)", "rate(2 hours)", "cron(5,35 14 * * ? *)", "cron(0 2 ? * SAT#3 *)"]
)
def test_the_expression_is_shown_as_it_was_put(cloud, expression):
    scheduled(cloud, expression)

    assert cloud.client("events").describe_rule(Name="tick")["ScheduleExpression"] == expression
