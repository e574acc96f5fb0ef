"""How often and how much a shard gives."""

from tests.services.kinesis.streams import FIRST_SHARD, arn, iterator, put, shards, stream, texts
from tests.services.visiting import refused


def test_a_shard_is_read_five_times_a_second(cloud):
    client = stream(cloud)
    place = iterator(client)
    for _ in range(5):
        client.get_records(ShardIterator=place)

    code, message = refused(client.get_records, ShardIterator=place)

    assert code == "ProvisionedThroughputExceededException"
    assert message == f"Rate exceeded for shard {FIRST_SHARD} in stream orders under account 000000000000."
    assert len(cloud.records("ReadThrottled", stream=arn())) == 1


def test_a_fifth_of_a_second_later_it_gives_again(cloud):
    client = stream(cloud)
    put(client, "a")
    place = iterator(client)
    for _ in range(5):
        client.get_records(ShardIterator=place)

    cloud.advance(0.2)

    assert texts(client.get_records(ShardIterator=place)) == ["a"]
    assert refused(client.get_records, ShardIterator=place)[0] == "ProvisionedThroughputExceededException"


def test_each_shard_has_a_rate_of_its_own(cloud):
    client = stream(cloud, shards=2)
    first, second = (iterator(client, shard=each["ShardId"]) for each in shards(client))
    for _ in range(5):
        client.get_records(ShardIterator=first)

    assert client.get_records(ShardIterator=second)["Records"] == []


def test_a_large_reading_is_paid_back_before_the_next(cloud):
    client = stream(cloud)
    for _ in range(6):
        client.put_record(StreamName="orders", Data=b"x" * 1_000_000, PartitionKey="k")
        cloud.advance(1)
    read = client.get_records(ShardIterator=iterator(client))
    assert len(read["Records"]) == 6

    cloud.advance(1)
    assert refused(client.get_records, ShardIterator=read["NextShardIterator"])[0].startswith("Provisioned")

    cloud.advance(1)
    assert client.get_records(ShardIterator=read["NextShardIterator"])["Records"] == []
