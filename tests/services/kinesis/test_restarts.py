"""What Kinesis has acknowledged is there after a restart."""

from tests.services.kinesis.streams import FIRST_SHARD, arn, iterator, put, read, shards, stream, texts


def test_streams_records_and_consumers_are_kept(started):
    client = stream(started())
    put(client, "a", "b")
    client.register_stream_consumer(StreamARN=arn(), ConsumerName="reports")
    client.split_shard(StreamName="orders", ShardToSplit=FIRST_SHARD, NewStartingHashKey=str(2**127))

    client = started().client("kinesis")

    assert read(client) == ["a", "b"]
    assert len(shards(client)) == 3
    assert len(client.list_stream_consumers(StreamARN=arn())["Consumers"]) == 1


def test_an_iterator_goes_on_where_it_was(started):
    client = stream(started())
    put(client, "a", "b")
    following = client.get_records(ShardIterator=iterator(client), Limit=1)["NextShardIterator"]

    client = started().client("kinesis")

    assert texts(client.get_records(ShardIterator=following)) == ["b"]


def test_sequence_numbers_go_on_growing_even_where_every_record_is_gone(started):
    cloud = started()
    client = stream(cloud)
    [before] = put(client, "old")
    cloud.advance(hours=25)
    assert read(client) == []

    [after] = put(started().client("kinesis"), "new")

    assert after["SequenceNumber"] > before["SequenceNumber"]
