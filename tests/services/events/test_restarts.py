"""What EventBridge has acknowledged is there after a restart: rules, schedules, archives, replays, deliveries that wait."""

from tests.services.events.events import ORDER, arrived, put, ruled
from tests.services.events.test_archives import archived
from tests.services.events.test_schedule import scheduled
from tests.services.sns.topics import queue


def test_rules_targets_and_archives_are_kept(started):
    cloud = started()
    url = ruled(cloud)
    archived(cloud)
    put(cloud)
    cloud = started()

    put(cloud)

    assert len(arrived(cloud, url)) == 2
    assert cloud.client("events").describe_archive(ArchiveName="all")["EventCount"] == 2


def test_a_schedule_goes_on_with_its_next_time(started):
    cloud = started()
    url = scheduled(cloud, "rate(1 minute)")
    cloud.advance(minutes=2)
    assert len(arrived(cloud, url)) == 2
    cloud = started()

    cloud.advance(minutes=3)

    assert 1 <= len(arrived(cloud, url)) <= 3


def test_a_replay_that_was_cut_off_is_finished(started):
    cloud = started()
    url, _ = queue(cloud, "again")
    archived(cloud)
    for _ in range(5):
        put(cloud, *[ORDER] * 10)
    ruled(cloud, "again")
    home = cloud.inside.home("000000000000", "us-east-1")
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    wish = {
        "ReplayName": "r", "EventSourceArn": bus.replace("event-bus/default", "archive/all"),
        "EventStartTime": 0.0, "EventEndTime": 4e9, "Destination": {"Arn": bus},
    }  # fmt: skip
    replays = home.service("events").nouns["Replays"]
    whole = replays.replays.put

    def cut_off(replay):
        if replay.position == 20:
            raise ConnectionAbortedError("the process ends here")
        return whole(replay)

    replays.replays.put = cut_off
    cloud.run(lambda: home.call("events", "StartReplay", wish))
    cloud.settle()
    assert cloud.client("events").describe_replay(ReplayName="r")["State"] == "RUNNING"
    cloud = started()
    cloud.settle()

    assert cloud.client("events").describe_replay(ReplayName="r")["State"] == "COMPLETED"
    found = [event["id"] for _ in range(10) for event in arrived(cloud, url)]
    assert len(set(found)) == 50
    assert len(found) == 51
