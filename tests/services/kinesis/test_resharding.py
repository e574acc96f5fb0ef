"""Shards: split, merged, rescaled, listed."""

import pytest

from tests.services.kinesis.streams import FIRST_SHARD, LAST_HASH, iterator, put, read, refusal, shards, stream, texts

HALF = str(2**127)


def open_ranges(client):
    found = [s for s in shards(client) if "EndingSequenceNumber" not in s["SequenceNumberRange"]]
    ranges = [(int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in found]
    return sorted(ranges)


def test_a_split_shard_is_closed_and_has_two_children(cloud):
    client = stream(cloud)
    put(client, "before")

    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=HALF)

    parent, *children = shards(client)
    [after] = put(client, "after")
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert [child["ParentShardId"] for child in children] == [FIRST_SHARD] * 2
    assert open_ranges(client) == [(0, 2**127 - 1), (2**127, LAST_HASH)]
    assert after["ShardId"] != FIRST_SHARD
    assert after["SequenceNumber"] > parent["SequenceNumberRange"]["EndingSequenceNumber"]


def test_reading_ends_at_the_end_of_a_closed_shard(cloud):
    client = stream(cloud)
    put(client, "a", "b")
    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=HALF)

    first = client.get_records(ShardIterator=iterator(client), Limit=1)
    last = client.get_records(ShardIterator=first["NextShardIterator"])

    assert "ChildShards" not in first
    assert texts(last) == ["b"]
    assert "NextShardIterator" not in last
    assert [(c["ShardId"][-1], c["ParentShards"]) for c in last["ChildShards"]] == [
        ("1", [FIRST_SHARD]),
        ("2", [FIRST_SHARD]),
    ]


def test_merged_shards_have_one_child(cloud):
    client = stream(cloud, shards=2)

    client.merge_shards(
        StreamName="orders", ShardToMerge="shardId-000000000000", AdjacentShardToMerge="shardId-000000000001"
    )

    child = shards(client)[2]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == ("shardId-000000000000", "shardId-000000000001")
    assert open_ranges(client) == [(0, LAST_HASH)]


def test_only_neighbours_merge(cloud):
    client = stream(cloud, shards=3)
    wish = {"ShardToMerge": "shardId-000000000000", "AdjacentShardToMerge": "shardId-000000000002"}

    code, message = refusal(client.merge_shards, StreamName="orders", **wish)

    assert code == "InvalidArgumentException"
    assert "are not an adjacent pair of shards eligible for merging" in message


def test_a_closed_shard_is_not_split_again(cloud):
    client = stream(cloud)
    wish = {"StreamName": "orders", "ShardToSplit": FIRST_SHARD, "NewStartingHashKey": HALF}
    client.split_shard(**wish)

    assert "has already been merged or split" in refusal(client.split_shard, **wish)[1]


@pytest.mark.parametrize("at", ["0", "1", str(LAST_HASH)])
def test_a_shard_is_split_inside(cloud, at):
    wish = {"StreamName": "orders", "ShardToSplit": FIRST_SHARD, "NewStartingHashKey": at}

    code, message = refusal(stream(cloud).split_shard, **wish)

    assert code == "InvalidArgumentException"
    assert "is not both greater than one plus the shard's StartingHashKey 0 and less than" in message


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 3), (4, 2), (3, 2), (4, 3)])
def test_a_stream_is_rescaled_to_even_shards(cloud, before, after):
    client = stream(cloud, shards=before)

    answer = client.update_shard_count(StreamName="orders", TargetShardCount=after, ScalingType="UNIFORM_SCALING")

    width = 2**128 // after
    starts = [width * n for n in range(after)]
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (before, after)
    assert open_ranges(client) == list(zip(starts, [*(s - 1 for s in starts[1:]), LAST_HASH], strict=True))


@pytest.mark.parametrize(
    ("target", "problem"), [(9, "cannot scale up over double"), (1, "cannot scale down below half")]
)
def test_a_stream_is_rescaled_by_a_factor_of_two_at_most(cloud, target, problem):
    client = stream(cloud, shards=4)
    wish = {"StreamName": "orders", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"}

    assert problem in refusal(client.update_shard_count, **wish)[1]


def test_shards_are_listed_page_by_page(cloud):
    client = stream(cloud, shards=3)

    first = client.list_shards(StreamName="orders", MaxResults=2)
    rest = client.list_shards(NextToken=first["NextToken"])

    assert [len(first["Shards"]), len(rest["Shards"])] == [2, 1]
    assert "NextToken" not in rest

    cloud.advance(301)
    assert refusal(client.list_shards, NextToken=first["NextToken"])[0] == "ExpiredNextTokenException"


def test_shards_are_listed_by_what_they_were_at_a_time(cloud):
    client = stream(cloud)
    cloud.advance(10)
    at = cloud.now
    cloud.advance(10)
    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=HALF)
    cloud.advance(10)

    def listed(**wanted):
        return [int(shard["ShardId"][-1]) for shard in shards(client, ShardFilter=wanted)]

    assert listed(Type="AT_LATEST") == [1, 2]
    assert listed(Type="AT_TIMESTAMP", Timestamp=at) == [0]
    assert listed(Type="FROM_TIMESTAMP", Timestamp=at) == [0, 1, 2]
    assert listed(Type="FROM_TIMESTAMP", Timestamp=cloud.now) == [1, 2]
    assert listed(Type="AT_TRIM_HORIZON") == [0]
    assert listed(Type="FROM_TRIM_HORIZON") == [0, 1, 2]
    assert listed(Type="AFTER_SHARD_ID", ShardId="shardId-000000000001") == [2]


def test_a_closed_shard_is_gone_when_its_retention_period_ends(cloud):
    client = stream(cloud)
    put(client, "a")
    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=HALF)
    cloud.advance(hours=23)
    assert read(client) == ["a"]

    cloud.advance(hours=2)

    assert [shard["ShardId"][-1] for shard in shards(client)] == ["1", "2"]
    wish = {"StreamName": "orders", "ShardId": FIRST_SHARD, "ShardIteratorType": "TRIM_HORIZON"}
    assert refusal(client.get_shard_iterator, **wish)[0] == "ResourceNotFoundException"
