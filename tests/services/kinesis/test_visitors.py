"""Streams of other accounts: their resource policies decide."""

import pytest

from tests.services.visiting import ME, OTHER, policy, refused

ARN = f"arn:aws:kinesis:us-east-1:{ME}:stream/clicks"


@pytest.fixture
def mine(cloud):
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    return kinesis


@pytest.fixture
def theirs(cloud):
    return cloud.client("kinesis", account=OTHER)


def test_another_account_may_not_put_records_without_a_permission(mine, theirs):
    code, message = refused(theirs.put_record, StreamARN=ARN, Data=b"x", PartitionKey="p")

    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: kinesis:PutRecord on resource: {ARN} "
        "because no resource-based policy allows the kinesis:PutRecord action"
    )


def test_another_account_writes_and_reads_what_the_policy_of_the_stream_allows(mine, theirs):
    actions = ["kinesis:PutRecord", "kinesis:GetShardIterator", "kinesis:GetRecords"]
    mine.put_resource_policy(ResourceARN=ARN, Policy=policy(actions, ARN))

    theirs.put_record(StreamARN=ARN, Data=b"x", PartitionKey="p")
    place = theirs.get_shard_iterator(StreamARN=ARN, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]

    assert [each["Data"] for each in theirs.get_records(ShardIterator=place, StreamARN=ARN)["Records"]] == [b"x"]


def test_an_iterator_alone_lets_nobody_in(mine, theirs):
    place = mine.get_shard_iterator(
        StreamName="clicks", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]

    assert refused(theirs.get_records, ShardIterator=place)[0] == "AccessDeniedException"


def test_the_policy_of_a_consumer_lets_another_account_subscribe(mine, theirs):
    consumer = mine.register_stream_consumer(StreamARN=ARN, ConsumerName="c")["Consumer"]["ConsumerARN"]
    wish = {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "TRIM_HORIZON"}}
    assert refused(theirs.subscribe_to_shard, **wish)[0] == "AccessDeniedException"

    mine.put_resource_policy(ResourceARN=consumer, Policy=policy("kinesis:SubscribeToShard", consumer))
    mine.put_record(StreamName="clicks", Data=b"x", PartitionKey="p")
    stream = theirs.subscribe_to_shard(**wish)["EventStream"]

    assert next(iter(stream))["SubscribeToShardEvent"]["Records"][0]["Data"] == b"x"
    stream.close()
