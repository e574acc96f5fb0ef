"""Event source mappings from Kinesis: what a function gets, from where on, in which batches."""

import pytest

from tests.services.kinesis.streams import FIRST_SHARD, arn, put, shards, stream
from tests.services.lambda_.functions import ROLE
from tests.services.lambda_streams.mapped import batches, events, mapped, seen


def test_a_function_gets_what_comes_into_the_stream(cloud):
    client, _ = mapped(cloud)

    [answer] = put(client, "hello")

    [event] = events(cloud)
    [record] = event["Records"]
    at = record["kinesis"].pop("approximateArrivalTimestamp")
    assert at == cloud.now
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "k",
            "sequenceNumber": answer["SequenceNumber"],
            "data": "aGVsbG8=",
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{FIRST_SHARD}:{answer['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": ROLE,
        "awsRegion": "us-east-1",
        "eventSourceARN": arn(),
    }


def test_a_batch_is_a_fact_with_the_request_that_it_caused(cloud):
    client, mapping = mapped(cloud)

    put(client, "a")

    [fact] = batches(cloud)
    [entry] = cloud.records("BatchProcessed")
    [invoked] = cloud.records("Invoked")
    assert (fact.mapping, fact.source, fact.shard, fact.size) == (mapping["UUID"], arn(), FIRST_SHARD, 1)
    assert (fact.failed, fact.error) == ((), "")
    assert entry.cause == invoked.cause


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ({"StartingPosition": "TRIM_HORIZON"}, [["old", "middle"], ["new"]]),
        ({"StartingPosition": "LATEST"}, [["new"]]),
        ({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1_767_225_610}, [["middle"], ["new"]]),
    ],
)
def test_a_mapping_begins_where_it_was_told(cloud, position, expected):
    client = stream(cloud)
    put(client, "old")
    cloud.advance(10)
    put(client, "middle")
    mapped(cloud, **position)
    cloud.settle()

    put(client, "new")

    assert seen(cloud) == expected


def test_a_batch_is_as_large_as_its_mapping_says(cloud):
    client = stream(cloud)
    put(client, *"abcdefg")

    mapped(cloud, BatchSize=3)

    assert seen(cloud) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


def test_a_batch_waits_for_its_window_or_until_it_is_full(cloud):
    client, _ = mapped(cloud, BatchSize=3, MaximumBatchingWindowInSeconds=10)
    put(client, "a")
    cloud.advance(9)
    assert seen(cloud) == []

    put(client, "b")
    cloud.advance(1)
    assert seen(cloud) == [["a", "b"]]

    put(client, "c", "d", "e")
    assert seen(cloud) == [["a", "b"], ["c", "d", "e"]]


def test_a_batch_is_no_larger_than_an_invocation_may_be(cloud):
    client = stream(cloud, shards=4)
    for _ in range(7):
        client.put_record(StreamName="orders", Data=b"x" * 1_000_000, PartitionKey="k")
        cloud.advance(1)

    mapped(cloud)
    cloud.settle()

    assert [fact.size for fact in batches(cloud)] == [4, 3]


def test_records_that_no_filter_wants_count_as_done(cloud):
    criteria = {"Filters": [{"Pattern": '{"data": {"kind": ["order"]}}'}]}
    client, _ = mapped(cloud, FilterCriteria=criteria)

    put(client, '{"kind": "order", "n": 1}', '{"kind": "noise"}', "no JSON", '{"kind": "order", "n": 2}')

    texts = [text for batch in seen(cloud) for text in batch]
    assert texts == ['{"kind": "order", "n": 1}', '{"kind": "order", "n": 2}']


def test_a_filter_sees_the_partition_key_and_plain_data(cloud):
    criteria = {"Filters": [{"Pattern": '{"partitionKey": ["vip"]}'}, {"Pattern": '{"data": [{"prefix": "ur"}]}'}]}
    client, _ = mapped(cloud, FilterCriteria=criteria)

    put(client, "plain")
    put(client, "urgent")
    put(client, "any", key="vip")

    assert [text for batch in seen(cloud) for text in batch] == ["urgent", "any"]


def test_each_function_of_a_stream_gets_every_record(cloud):
    client, _ = mapped(cloud)
    mapped(cloud, name="other")

    put(client, "a")

    assert seen(cloud) == seen(cloud, "other") == [["a"]]


def test_a_registered_consumer_is_an_event_source(cloud):
    client = stream(cloud)
    consumer = client.register_stream_consumer(StreamARN=arn(), ConsumerName="c")["Consumer"]["ConsumerARN"]
    mapped(cloud, source=consumer)

    put(client, "a")

    [event] = events(cloud)
    assert event["Records"][0]["eventSourceARN"] == consumer


def test_each_shard_is_read_on_its_own(cloud):
    client, _ = mapped(cloud, shards=4)

    for key in "abce":
        put(client, key, key=key)

    assert sorted(fact.shard[-1] for fact in batches(cloud)) == ["0", "1", "2", "3"]


def test_children_of_a_split_shard_are_read_after_their_parent(cloud):
    client, _ = mapped(cloud, BatchSize=1)
    put(client, "before")

    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=str(2**127))
    put(client, "after")
    client.merge_shards(
        StreamName="orders", ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002"
    )
    put(client, "at last")

    assert seen(cloud) == [["before"], ["after"], ["at last"]]
    assert [fact.shard[-1] for fact in batches(cloud)][0::2] == ["0", "3"]


def test_a_child_waits_while_its_parent_is_not_done(cloud):
    fails = "if 'poison' in texts: raise ValueError('no')"
    client, _ = mapped(cloud, then=fails, MaximumRetryAttempts=1)
    put(client, "poison")
    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=str(2**127))
    put(client, "child")
    assert seen(cloud) == [["poison"]]

    cloud.advance(10)

    assert seen(cloud) == [["poison"], ["poison"], ["child"]]


def test_a_mapping_that_begins_at_latest_reads_children_from_their_beginning(cloud):
    client = stream(cloud)
    put(client, "old")
    client.update_shard_count(StreamName="orders", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    mapped(cloud, StartingPosition="LATEST")
    client.update_shard_count(StreamName="orders", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    put(client, "new")

    assert seen(cloud) == [["new"]]
    assert len(shards(client)) == 7


def test_keys_are_processed_side_by_side_and_each_in_its_order(cloud):
    client = stream(cloud)
    for round in range(4):
        for key in "abcdefgh":
            put(client, f"{key}{round}", key=key)

    mapped(cloud, BatchSize=1, ParallelizationFactor=4)

    texts = [text for batch in seen(cloud) for text in batch]
    facts = batches(cloud)
    assert sorted(texts) == sorted(f"{key}{round}" for key in "abcdefgh" for round in range(4))
    for key in "abcdefgh":
        assert [text for text in texts if text.startswith(key)] == [f"{key}{round}" for round in range(4)]
    assert len(facts) == 32


def test_a_poisoned_key_does_not_hold_up_the_others_of_its_shard(cloud):
    client, _ = mapped(
        cloud, then="if 'poison' in texts: raise ValueError('no')", BatchSize=1, ParallelizationFactor=10
    )

    put(client, "poison", key="p")
    for key in "abcdef":
        put(client, key, key=key)

    assert {text for batch in seen(cloud) for text in batch} >= set("abcde")


def test_a_mapping_goes_on_after_a_silence_longer_than_an_iterator_lives(cloud):
    client = stream(cloud)
    put(client, "before")
    mapped(cloud, StartingPosition="LATEST")
    cloud.advance(minutes=30)

    put(client, "after")
    assert seen(cloud) == [["after"]]

    cloud.advance(minutes=30)
    put(client, "later")
    assert seen(cloud) == [["after"], ["later"]]
