"""Archives keep what comes to a bus; replays bring it back."""

import json

import pytest

from tests.services.events.events import ORDER, arrived, put, ruled
from tests.services.sns.test_topics import refusal

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"


def archived(cloud, name="all", **more):
    return cloud.client("events").create_archive(ArchiveName=name, EventSourceArn=BUS, **more)["ArchiveArn"]


def replay(cloud, name="again", begin=-3_600, end=3_600, arn=BUS, **destination):
    now = cloud.now
    return cloud.client("events").start_replay(
        ReplayName=name, EventSourceArn="arn:aws:events:us-east-1:000000000000:archive/all",
        EventStartTime=now + begin, EventEndTime=now + end, Destination={"Arn": arn, **destination},
    )  # fmt: skip


def test_an_archive_counts_what_it_keeps(cloud):
    events = cloud.client("events")
    arn = archived(cloud, EventPattern='{"source": ["shop"]}', RetentionDays=1, Description="Orders")

    put(cloud, ORDER, {**ORDER, "Source": "other"}, ORDER)

    shown = events.describe_archive(ArchiveName="all")
    assert (shown["ArchiveArn"], shown["EventSourceArn"], shown["State"]) == (arn, BUS, "ENABLED")
    assert (shown["EventCount"], shown["RetentionDays"], shown["Description"]) == (2, 1, "Orders")
    detail = '{"total":7,"items":["a","b"]}'
    assert shown["SizeBytes"] == 2 * (14 + len("shop" + "OrderPlaced" + detail + "000000000000"))
    assert [each["ArchiveName"] for each in events.list_archives(NamePrefix="a")["Archives"]] == ["all"]
    assert events.list_archives(NamePrefix="b")["Archives"] == []


def test_what_is_older_than_the_retention_goes(cloud):
    events = cloud.client("events")
    archived(cloud, RetentionDays=1)
    put(cloud)
    cloud.advance(hours=20)
    put(cloud)

    cloud.advance(hours=5)
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1

    events.update_archive(ArchiveName="all", RetentionDays=0)
    cloud.advance(days=30)
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1


def test_a_changed_pattern_counts_from_then_on(cloud):
    events = cloud.client("events")
    archived(cloud)
    put(cloud)

    events.update_archive(ArchiveName="all", EventPattern='{"source": ["other"]}')
    put(cloud)

    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1


def test_a_replay_brings_the_events_again(cloud):
    url = ruled(cloud)
    archived(cloud)
    answer = put(cloud, ORDER, {**ORDER, "Detail": '{"total": 8}'})
    first = arrived(cloud, url)

    assert replay(cloud)["State"] == "STARTING"
    cloud.settle()

    again = arrived(cloud, url)
    assert [event["id"] for event in again] == [entry["EventId"] for entry in answer["Entries"]]
    assert [{**event, "replay-name": "again"} for event in first] == again
    shown = cloud.client("events").describe_replay(ReplayName="again")
    assert shown["State"] == "COMPLETED"
    assert shown["EventLastReplayedTime"]
    assert cloud.client("events").describe_archive(ArchiveName="all")["EventCount"] == 2


def test_a_replay_may_be_for_some_rules_and_a_span_of_time(cloud):
    one, two = ruled(cloud, "one"), ruled(cloud, "two")
    archived(cloud)
    put(cloud)
    cloud.advance(hours=2)
    late = put(cloud)["Entries"][0]["EventId"]
    arrived(cloud, one), arrived(cloud, two)

    replay(cloud, FilterArns=["arn:aws:events:us-east-1:000000000000:rule/two"])
    cloud.settle()

    assert arrived(cloud, one) == []
    assert [event["id"] for event in arrived(cloud, two)] == [late]


def test_a_replay_can_be_cancelled(cloud):
    events = cloud.client("events")
    url = ruled(cloud)
    archived(cloud)
    put(cloud)
    arrived(cloud, url)

    async def cancelled_at_once():
        home = cloud.inside.home("000000000000", "us-east-1")
        span = {"EventStartTime": 0.0, "EventEndTime": 4e9}
        wish = {"ReplayName": "r", "EventSourceArn": BUS.replace("event-bus/default", "archive/all"), **span}
        await home.call("events", "StartReplay", {**wish, "Destination": {"Arn": BUS}})
        return await home.call("events", "CancelReplay", {"ReplayName": "r"})

    assert cloud.run(cancelled_at_once)["State"] == "CANCELLING"
    cloud.settle()

    assert events.describe_replay(ReplayName="r")["State"] == "CANCELLED"
    assert arrived(cloud, url) == []
    assert refusal(events.cancel_replay, ReplayName="r")[0] == "IllegalStatusException"


def test_replays_are_listed(cloud):
    archived(cloud)
    for number in range(3):
        replay(cloud, f"r{number}")
    cloud.settle()

    listed = cloud.client("events").list_replays
    first = listed(Limit=2)
    rest = listed(Limit=2, NextToken=first["NextToken"])
    assert [each["ReplayName"] for each in first["Replays"] + rest["Replays"]] == ["r0", "r1", "r2"]
    assert listed(State="RUNNING")["Replays"] == []
    assert len(listed(NamePrefix="r", State="COMPLETED")["Replays"]) == 3


def test_refusals_use_the_words_of_aws(cloud):
    events = cloud.client("events")
    archived(cloud)
    events.create_event_bus(Name="other")

    assert refusal(events.create_archive, ArchiveName="all", EventSourceArn=BUS) == (
        "ResourceAlreadyExistsException", "Archive all already exists.",
    )  # fmt: skip
    assert refusal(events.create_archive, ArchiveName="b", EventSourceArn=BUS.replace("default", "none")) == (
        "ResourceNotFoundException", "Event bus none does not exist.",
    )  # fmt: skip
    assert refusal(events.create_archive, ArchiveName="b", EventSourceArn=BUS, EventPattern="{")[0] == (
        "InvalidEventPatternException"
    )
    assert refusal(events.describe_replay, ReplayName="none") == (
        "ResourceNotFoundException", "Replay none does not exist.",
    )  # fmt: skip
    events.delete_archive(ArchiveName="all")
    assert refusal(events.describe_archive, ArchiveName="all") == (
        "ResourceNotFoundException", "Archive all does not exist.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"arn": BUS.replace("default", "none")}, "Event bus none does not exist."),
        ({"arn": BUS.replace("default", "other")}, "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."),
        ({"begin": 10, "end": 5}, "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."),
    ],
)  # fmt: skip
def test_a_replay_that_is_none_is_refused(cloud, wish, says):
    archived(cloud)
    cloud.client("events").create_event_bus(Name="other")

    assert refusal(replay, cloud=cloud, **wish)[1] == says
    assert cloud.client("events").list_replays()["Replays"] == []


def test_a_stack_brings_an_archive(cloud):
    template = {
        "Resources": {
            "Kept": {
                "Type": "AWS::Events::Archive",
                "Properties": {"ArchiveName": "kept", "SourceArn": BUS, "RetentionDays": 7, "EventPattern": {"source": ["shop"]}},
            }
        }
    }  # fmt: skip
    formation, events = cloud.client("cloudformation"), cloud.client("events")
    formation.create_stack(StackName="s", TemplateBody=json.dumps(template))
    assert events.describe_archive(ArchiveName="kept")["RetentionDays"] == 7

    template["Resources"]["Kept"]["Properties"]["RetentionDays"] = 8
    formation.update_stack(StackName="s", TemplateBody=json.dumps(template))
    assert events.describe_archive(ArchiveName="kept")["RetentionDays"] == 8

    formation.delete_stack(StackName="s")
    assert events.list_archives()["Archives"] == []
