"""Consumers with a throughput of their own, and what is pushed to them."""

import threading

import pytest

from tests.services.kinesis.streams import FIRST_SHARD, arn, put, refusal, stream


def registered(client, name="reports"):
    return client.register_stream_consumer(StreamARN=arn(), ConsumerName=name)["Consumer"]


@pytest.fixture
def subscribed(cloud):
    """Subscribes a consumer to the first shard; every subscription is closed in the end."""
    streams = []

    def subscribe(client, consumer, kind="TRIM_HORIZON", **where):
        position = {"Type": kind, **where}
        wish = {"ConsumerARN": consumer["ConsumerARN"], "ShardId": FIRST_SHARD, "StartingPosition": position}
        streams.append(client.subscribe_to_shard(**wish)["EventStream"])
        return streams[-1]

    yield subscribe
    for each in streams:
        each.close()


def test_a_consumer_is_registered_described_listed_and_taken_back(cloud):
    client = stream(cloud)

    consumer = registered(client)

    assert consumer["ConsumerStatus"] == "CREATING"
    assert consumer["ConsumerARN"] == f"{arn()}/consumer/reports:{int(cloud.now)}"
    described = client.describe_stream_consumer(StreamARN=arn(), ConsumerName="reports")["ConsumerDescription"]
    assert described == {**consumer, "ConsumerStatus": "ACTIVE", "StreamARN": arn()}
    assert client.list_stream_consumers(StreamARN=arn())["Consumers"] == [{**consumer, "ConsumerStatus": "ACTIVE"}]

    client.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])

    assert client.list_stream_consumers(StreamARN=arn())["Consumers"] == []
    assert refusal(client.describe_stream_consumer, ConsumerARN=consumer["ConsumerARN"])[0] == (
        "ResourceNotFoundException"
    )


def test_a_consumer_has_a_name_of_its_own(cloud):
    client = stream(cloud)
    registered(client)

    code, _ = refusal(client.register_stream_consumer, StreamARN=arn(), ConsumerName="reports")

    assert code == "ResourceInUseException"


def test_a_stream_has_twenty_consumers_at_most(cloud):
    client = stream(cloud)
    for number in range(20):
        registered(client, f"c{number}")

    code, _ = refusal(client.register_stream_consumer, StreamARN=arn(), ConsumerName="one-more")

    assert code == "LimitExceededException"


def test_consumers_are_listed_page_by_page(cloud):
    client = stream(cloud)
    for name in ("a", "b", "c"):
        registered(client, name)

    first = client.list_stream_consumers(StreamARN=arn(), MaxResults=2)
    rest = client.list_stream_consumers(StreamARN=arn(), NextToken=first["NextToken"])

    assert [c["ConsumerName"] for c in (*first["Consumers"], *rest["Consumers"])] == ["a", "b", "c"]


def test_a_subscription_brings_what_is_there(cloud, subscribed):
    client = stream(cloud)
    answers = put(client, "a", "b")

    event = next(iter(subscribed(client, registered(client))))["SubscribeToShardEvent"]

    assert [record["Data"] for record in event["Records"]] == [b"a", b"b"]
    assert event["ContinuationSequenceNumber"] == answers[1]["SequenceNumber"]
    assert event["MillisBehindLatest"] == 0


def test_a_subscription_begins_where_it_was_told(cloud, subscribed):
    client = stream(cloud)
    answers = put(client, "a", "b", "c")
    number = answers[1]["SequenceNumber"]

    event = next(iter(subscribed(client, registered(client), "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)))

    assert [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]] == [b"c"]


def test_a_subscription_brings_what_comes(cloud, subscribed):
    client = stream(cloud)
    events = iter(subscribed(client, registered(client), "LATEST"))
    assert next(events)["SubscribeToShardEvent"]["Records"] == []
    came = []
    waiting = threading.Thread(target=lambda: came.append(next(events)))

    waiting.start()
    put(client, "new")
    waiting.join(10)

    assert [record["Data"] for record in came[0]["SubscribeToShardEvent"]["Records"]] == [b"new"]


def test_a_subscription_lasts_five_minutes(cloud, subscribed):
    client = stream(cloud)
    events = iter(subscribed(client, registered(client)))
    next(events)

    cloud.advance(minutes=5)

    assert list(events) == []


def test_a_subscription_ends_with_its_shard(cloud, subscribed):
    client = stream(cloud)
    put(client, "a")
    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=str(2**127))

    [event] = list(subscribed(client, registered(client)))

    children = [child["ShardId"][-1] for child in event["SubscribeToShardEvent"]["ChildShards"]]
    assert children == ["1", "2"]


def test_a_second_subscription_takes_over_after_five_seconds(cloud, subscribed):
    client = stream(cloud)
    consumer = registered(client)
    first = iter(subscribed(client, consumer))
    next(first)
    position = {"ConsumerARN": consumer["ConsumerARN"], "ShardId": FIRST_SHARD, "StartingPosition": {"Type": "LATEST"}}
    assert refusal(client.subscribe_to_shard, **position)[0] == "ResourceInUseException"

    cloud.advance(5)
    second = iter(subscribed(client, consumer))

    assert next(second)["SubscribeToShardEvent"]
    assert refusal(lambda: list(first))[0] == "ResourceInUseException"
