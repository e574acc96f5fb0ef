"""Records: put into a shard, read from a place in it."""

import pytest

from tests.services.kinesis.streams import FIRST_SHARD, arn, iterator, put, read, refusal, shards, stream, texts


def test_records_come_back_in_their_order(cloud):
    client = stream(cloud)

    answers = put(client, "a", "b", "c")

    found = client.get_records(ShardIterator=iterator(client))
    numbers = [record["SequenceNumber"] for record in found["Records"]]
    assert texts(found) == ["a", "b", "c"]
    assert numbers == [answer["SequenceNumber"] for answer in answers] == sorted(numbers)
    assert found["Records"][0]["PartitionKey"] == "k"
    assert found["Records"][0]["ApproximateArrivalTimestamp"].timestamp() == cloud.now
    assert found["MillisBehindLatest"] == 0


def test_sequence_numbers_have_the_form_of_kinesis(cloud):
    [answer] = put(stream(cloud), "a")

    assert answer["ShardId"] == FIRST_SHARD
    assert len(answer["SequenceNumber"]) == 56
    assert answer["SequenceNumber"].startswith("49")


def test_any_bytes_are_a_record(cloud):
    client = stream(cloud)
    data = [b"", bytes(range(256)), "ünicödé 统一码 💣".encode()]

    client.put_records(StreamName="orders", Records=[{"Data": each, "PartitionKey": "k"} for each in data])

    found = client.get_records(ShardIterator=iterator(client))["Records"]
    assert [record["Data"] for record in found] == data


def test_the_hash_of_the_partition_key_chooses_the_shard(cloud):
    client = stream(cloud, shards=4)

    found = {key: put(client, "x", key=key)[0]["ShardId"][-1] for key in ("a", "b", "c", "d", "e")}

    assert found == {"a": "0", "b": "2", "c": "1", "d": "2", "e": "3"}


def test_an_explicit_hash_key_overrides_the_partition_key(cloud):
    client = stream(cloud, shards=2)

    answer = client.put_record(StreamName="orders", Data=b"x", PartitionKey="a", ExplicitHashKey=str(2**127))

    assert answer["ShardId"] == "shardId-000000000001"


def test_an_explicit_hash_key_has_128_bits(cloud):
    wish = {"StreamName": "orders", "Data": b"x", "PartitionKey": "a", "ExplicitHashKey": str(2**128)}

    code, message = refusal(stream(cloud).put_record, **wish)

    assert code == "InvalidArgumentException"
    assert message.startswith("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1].")


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [("AT_SEQUENCE_NUMBER", 1, ["b", "c"]), ("AFTER_SEQUENCE_NUMBER", 1, ["c"]), ("LATEST", None, [])],
)
def test_reading_begins_where_an_iterator_says(cloud, kind, number, expected):
    client = stream(cloud)
    answers = put(client, "a", "b", "c")

    where = {} if number is None else {"StartingSequenceNumber": answers[number]["SequenceNumber"]}

    assert read(client, kind, **where) == expected


def test_the_number_at_which_a_shard_begins_is_a_place_to_start(cloud):
    client = stream(cloud)
    put(client, "a")

    begin = shards(client)[0]["SequenceNumberRange"]["StartingSequenceNumber"]

    assert read(client, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=begin) == ["a"]
    assert read(client, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=begin) == ["a"]


def test_reading_begins_at_a_time(cloud):
    client = stream(cloud)
    put(client, "a")
    cloud.advance(10)
    at = cloud.now
    put(client, "b")
    cloud.advance(10)
    put(client, "c")

    assert read(client, "AT_TIMESTAMP", Timestamp=at) == ["b", "c"]
    assert read(client, "AT_TIMESTAMP", Timestamp=at + 1) == ["c"]
    assert read(client, "AT_TIMESTAMP", Timestamp=0) == ["a", "b", "c"]


def test_an_iterator_for_a_time_to_come_is_refused(cloud):
    client = stream(cloud)
    wish = {"StreamName": "orders", "ShardId": FIRST_SHARD, "ShardIteratorType": "AT_TIMESTAMP"}

    code, message = refusal(client.get_shard_iterator, **wish, Timestamp=cloud.now + 1)

    assert code == "InvalidArgumentException"
    assert message.startswith("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis.")


def test_what_comes_after_latest_is_read_later(cloud):
    client = stream(cloud)
    put(client, "before")
    latest = iterator(client, "LATEST")

    put(client, "after")

    assert texts(client.get_records(ShardIterator=latest)) == ["after"]


def test_each_reading_gives_the_next_iterator_and_how_far_behind_it_is(cloud):
    client = stream(cloud)
    put(client, "a", "b")
    cloud.advance(3)
    put(client, "c")

    first = client.get_records(ShardIterator=iterator(client), Limit=1)
    second = client.get_records(ShardIterator=first["NextShardIterator"], Limit=1)
    third = client.get_records(ShardIterator=second["NextShardIterator"])

    assert [texts(each) for each in (first, second, third)] == [["a"], ["b"], ["c"]]
    assert [each["MillisBehindLatest"] for each in (first, second, third)] == [3000, 0, 0]


def test_an_iterator_is_good_for_five_minutes(cloud):
    client = stream(cloud)
    old = iterator(client)
    cloud.advance(300)
    client.get_records(ShardIterator=old)

    cloud.advance(1)
    code, message = refusal(client.get_records, ShardIterator=old)

    assert code == "ExpiredIteratorException"
    assert message == (
        "Iterator expired. The iterator was created at time Thu Jan 01 00:00:00 UTC 2026 while right now it is "
        "Thu Jan 01 00:05:01 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds."
    )


def test_what_is_no_iterator_is_refused(cloud):
    assert refusal(stream(cloud).get_records, ShardIterator="AAAA") == (
        "InvalidArgumentException",
        "Invalid ShardIterator.",
    )


def test_an_iterator_of_a_deleted_stream_does_not_read_its_successor(cloud):
    client = stream(cloud)
    old = iterator(client)
    client.delete_stream(StreamName="orders")
    cloud.advance(1)
    stream(cloud)

    assert refusal(client.get_records, ShardIterator=old)[0] == "InvalidArgumentException"


def test_a_shard_that_is_not_there_is_not_found(cloud):
    wish = {"StreamName": "orders", "ShardId": "shardId-000000000007", "ShardIteratorType": "LATEST"}

    code, message = refusal(stream(cloud).get_shard_iterator, **wish)

    assert code == "ResourceNotFoundException"
    assert message == "Shard shardId-000000000007 in stream orders under account 000000000000 does not exist"


def test_a_sequence_number_belongs_to_its_shard(cloud):
    client = stream(cloud, shards=2)
    [answer] = put(client, "x", key="a")
    wish = {"StreamName": "orders", "ShardId": "shardId-000000000001", "ShardIteratorType": "AT_SEQUENCE_NUMBER"}

    code, message = refusal(client.get_shard_iterator, **wish, StartingSequenceNumber=answer["SequenceNumber"])

    assert code == "InvalidArgumentException"
    assert message.startswith(f"Invalid StartingSequenceNumber. It encodes {FIRST_SHARD}")


def test_an_iterator_by_number_needs_one(cloud):
    wish = {"StreamName": "orders", "ShardId": FIRST_SHARD, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}

    code, message = refusal(stream(cloud).get_shard_iterator, **wish)

    assert code == "InvalidArgumentException"
    assert message.endswith("Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.")


def test_records_are_gone_when_their_retention_period_ends(cloud):
    client = stream(cloud)
    put(client, "old")
    cloud.advance(hours=12)
    put(client, "new")

    cloud.advance(hours=12, seconds=1)
    assert read(client) == ["new"]

    cloud.advance(hours=12)
    assert read(client) == []


def test_a_place_is_never_given_twice(cloud):
    client = stream(cloud)
    [first] = put(client, "old")
    cloud.advance(hours=25)
    assert read(client) == []

    [second] = put(client, "new")

    assert second["SequenceNumber"] > first["SequenceNumber"]
    assert read(client, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=first["SequenceNumber"]) == ["new"]


def test_a_longer_retention_period_does_not_bring_back_what_was_gone(cloud):
    client = stream(cloud)
    put(client, "old")
    cloud.advance(hours=23)
    put(client, "kept")
    cloud.advance(hours=2)

    client.increase_stream_retention_period(StreamName="orders", RetentionPeriodHours=48)

    cloud.advance(hours=40)
    assert read(client) == ["kept"]


def test_one_reading_takes_ten_mebibytes_at_most(cloud):
    client = stream(cloud)
    for _ in range(11):
        client.put_record(StreamName="orders", Data=b"x" * 1_048_000, PartitionKey="k")
        cloud.advance(1)

    first = client.get_records(ShardIterator=iterator(client))
    cloud.advance(5)
    rest = client.get_records(ShardIterator=first["NextShardIterator"])

    assert (len(first["Records"]), len(rest["Records"])) == (10, 1)


def test_a_record_is_as_large_as_its_stream_allows(cloud):
    client = stream(cloud)
    wish = {"StreamName": "orders", "Data": b"x" * 1_048_576, "PartitionKey": "k"}

    assert refusal(client.put_record, **wish)[0] == "InvalidArgumentException"
    client.update_max_record_size(StreamARN=arn(), MaxRecordSizeInKiB=10240)

    client.put_record(**wish)


def test_a_shard_takes_a_thousand_records_a_second(cloud):
    client = stream(cloud)
    records = [{"Data": b"x", "PartitionKey": "k"}] * 500
    assert client.put_records(StreamName="orders", Records=records)["FailedRecordCount"] == 0
    assert client.put_records(StreamName="orders", Records=records)["FailedRecordCount"] == 0

    code, message = refusal(client.put_record, StreamName="orders", Data=b"x", PartitionKey="k")

    assert code == "ProvisionedThroughputExceededException"
    assert message == f"Rate exceeded for shard {FIRST_SHARD} in stream orders under account 000000000000."

    cloud.advance(0.5)
    assert client.put_records(StreamName="orders", Records=records)["FailedRecordCount"] == 0


def test_a_batch_tells_which_of_its_records_were_too_much(cloud):
    client = stream(cloud)
    records = [{"Data": b"x" * 400_000, "PartitionKey": "k"}] * 4

    answer = client.put_records(StreamName="orders", Records=records)

    failed = answer["Records"][3]
    assert answer["FailedRecordCount"] == 1
    assert answer["Records"][2].keys() == {"SequenceNumber", "ShardId"}
    assert failed.keys() == {"ErrorCode", "ErrorMessage"}
    assert failed["ErrorCode"] == "ProvisionedThroughputExceededException"
    assert len(read(client)) == 3


def test_a_batch_is_ten_mebibytes_at_most(cloud):
    records = [{"Data": b"x" * 1_000_000, "PartitionKey": str(n)} for n in range(11)]

    code, _ = refusal(stream(cloud, shards=20).put_records, StreamName="orders", Records=records)

    assert code == "InvalidArgumentException"


def test_the_record_is_encrypted_where_its_stream_is(cloud):
    client = stream(cloud)
    client.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")

    [answer] = put(client, "a")

    assert answer["EncryptionType"] == "KMS"
    assert client.get_records(ShardIterator=iterator(client))["Records"][0]["EncryptionType"] == "KMS"
