"""Streams: what is recorded of changes, and how it is read."""

import pytest

from tests.services.dynamodb.tables import item, iterator, made, put, records, refused, stream_of, values

BOTH = "NEW_AND_OLD_IMAGES"


def shown(record):
    return record["eventName"], record["dynamodb"].get("OldImage"), record["dynamodb"].get("NewImage")


def test_every_change_is_recorded_in_order(cloud):
    dynamodb = made(cloud, stream=BOTH)
    put(cloud, id="a", x=1)
    dynamodb.update_item(
        TableName="things", Key=item(id="a"), UpdateExpression="SET x = :x", ExpressionAttributeValues=values(x=2)
    )
    dynamodb.delete_item(TableName="things", Key=item(id="a"))

    found = records(cloud)

    assert [shown(each) for each in found] == [
        ("INSERT", None, item(id="a", x=1)),
        ("MODIFY", item(id="a", x=1), item(id="a", x=2)),
        ("REMOVE", item(id="a", x=2), None),
    ]
    numbers = [int(each["dynamodb"]["SequenceNumber"]) for each in found]
    assert numbers == sorted(set(numbers))
    assert len({each["eventID"] for each in found}) == 3
    first = found[0]
    assert (first["eventSource"], first["eventVersion"], first["awsRegion"]) == ("aws:dynamodb", "1.1", "us-east-1")
    assert first["dynamodb"]["Keys"] == item(id="a")
    assert first["dynamodb"]["StreamViewType"] == BOTH
    assert first["dynamodb"]["ApproximateCreationDateTime"].timestamp() == int(cloud.now)
    assert "userIdentity" not in first


def test_a_write_that_changes_nothing_is_not_recorded(cloud):
    dynamodb = made(cloud, stream=BOTH)
    put(cloud, id="a", tags={"x", "y"})
    put(cloud, id="a", tags={"y", "x"})
    dynamodb.update_item(TableName="things", Key=item(id="a"))
    dynamodb.delete_item(TableName="things", Key=item(id="b"))

    assert len(records(cloud)) == 1


@pytest.mark.parametrize(
    ("view", "images", "size"),
    [
        ("KEYS_ONLY", set(), 3),
        ("NEW_IMAGE", {"NewImage"}, 3 + 5),
        ("OLD_IMAGE", {"OldImage"}, 3 + 6),
        (BOTH, {"NewImage", "OldImage"}, 3 + 5 + 6),
    ],
)
def test_a_view_tells_what_records_show_and_weigh(cloud, view, images, size):
    made(cloud, stream=view)
    put(cloud, id="a", x="22")
    put(cloud, id="a", x="1")

    record = records(cloud)[1]["dynamodb"]

    assert {"NewImage", "OldImage"} & record.keys() == images
    assert record["SizeBytes"] == size


def test_a_stream_is_described_and_listed(cloud):
    dynamodb = made(cloud, key=("id", "n"), stream=BOTH)
    made(cloud, "others")
    table = dynamodb.describe_table(TableName="things")["Table"]
    streams = cloud.client("dynamodbstreams")

    described = streams.describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]

    assert described["StreamLabel"] == table["LatestStreamLabel"] == "2026-01-01T00:00:00.000"
    assert (described["StreamStatus"], described["TableName"]) == ("ENABLED", "things")
    assert described["KeySchema"] == table["KeySchema"]
    [shard] = described["Shards"]
    assert shard["ShardId"].startswith("shardId-")
    assert shard["SequenceNumberRange"].keys() == {"StartingSequenceNumber"}
    [listed] = streams.list_streams()["Streams"]
    assert listed["StreamArn"] == table["LatestStreamArn"]
    assert streams.list_streams(TableName="others")["Streams"] == []
    after = streams.describe_stream(StreamArn=listed["StreamArn"], ExclusiveStartShardId=shard["ShardId"])
    assert after["StreamDescription"]["Shards"] == []


def test_iterators_begin_where_they_are_asked_to(cloud):
    made(cloud, stream=BOTH)
    for number in range(5):
        put(cloud, id=str(number))
    arn = stream_of(cloud)
    streams = cloud.client("dynamodbstreams")
    third = records(cloud)[2]["dynamodb"]["SequenceNumber"]

    def ids(kind, **more):
        answer = streams.get_records(ShardIterator=iterator(cloud, arn, kind, **more))
        return [each["dynamodb"]["Keys"]["id"]["S"] for each in answer["Records"]]

    assert ids("TRIM_HORIZON") == ["0", "1", "2", "3", "4"]
    assert ids("LATEST") == []
    assert ids("AT_SEQUENCE_NUMBER", SequenceNumber=third) == ["2", "3", "4"]
    assert ids("AFTER_SEQUENCE_NUMBER", SequenceNumber=third) == ["3", "4"]


def test_an_iterator_can_begin_at_a_time(cloud):
    made(cloud, stream=BOTH)
    put(cloud, id="old")
    cloud.advance(minutes=1)
    put(cloud, id="new")
    streams = cloud.client("dynamodbstreams")

    place = iterator(cloud, stream_of(cloud), "AT_TIMESTAMP", Timestamp=cloud.now - 5)

    assert [each["dynamodb"]["Keys"] for each in streams.get_records(ShardIterator=place)["Records"]] == [
        item(id="new")
    ]


def test_an_answer_has_a_thousand_records_at_most(cloud):
    made(cloud, stream=BOTH)

    with refused(
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000"
    ):
        cloud.client("dynamodbstreams").get_records(ShardIterator=iterator(cloud, stream_of(cloud)), Limit=1001)


def test_a_reader_goes_on_with_the_next_iterator(cloud):
    made(cloud, stream=BOTH)
    streams = cloud.client("dynamodbstreams")
    place = iterator(cloud, stream_of(cloud), "LATEST")
    seen = []
    for number in range(6):
        put(cloud, id=str(number))
        answer = streams.get_records(ShardIterator=place, Limit=1)
        seen += [each["dynamodb"]["Keys"]["id"]["S"] for each in answer["Records"]]
        place = answer["NextShardIterator"]

    assert seen == ["0", "1", "2", "3", "4", "5"]
    assert place.startswith(stream_of(cloud) + "|")


def test_records_are_kept_for_a_day(cloud):
    made(cloud, stream=BOTH)
    put(cloud, id="old")
    first = records(cloud)[0]["dynamodb"]["SequenceNumber"]
    cloud.advance(hours=23)
    put(cloud, id="new")
    cloud.advance(hours=2)

    assert [each["dynamodb"]["Keys"] for each in records(cloud)] == [item(id="new")]
    with refused(
        "The operation attempted to read past the oldest stream record in a shard.", "TrimmedDataAccessException"
    ):
        iterator(cloud, stream_of(cloud), "AT_SEQUENCE_NUMBER", SequenceNumber=first)


def test_an_iterator_is_good_for_a_quarter_of_an_hour(cloud):
    made(cloud, stream=BOTH)
    place = iterator(cloud, stream_of(cloud))
    cloud.advance(minutes=16)

    with pytest.raises(cloud.client("dynamodbstreams").exceptions.ExpiredIteratorException):
        cloud.client("dynamodbstreams").get_records(ShardIterator=place)


def test_a_disabled_stream_stays_readable_for_a_day(cloud):
    dynamodb = made(cloud, stream=BOTH)
    put(cloud, id="a")
    arn = stream_of(cloud)
    dynamodb.update_table(TableName="things", StreamSpecification={"StreamEnabled": False})
    put(cloud, id="b")
    streams = cloud.client("dynamodbstreams")

    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    answer = streams.get_records(ShardIterator=iterator(cloud, arn))

    assert described["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in described["Shards"][0]["SequenceNumberRange"]
    assert len(answer["Records"]) == 1
    assert "NextShardIterator" not in answer
    cloud.advance(hours=25)
    with refused(f"Requested resource not found: Stream: {arn} not found", "ResourceNotFoundException"):
        streams.describe_stream(StreamArn=arn)
    assert streams.list_streams()["Streams"] == []


def test_a_stream_that_is_enabled_again_is_another_one(cloud):
    dynamodb = made(cloud, stream=BOTH)
    old = stream_of(cloud)
    dynamodb.update_table(TableName="things", StreamSpecification={"StreamEnabled": False})
    assert stream_of(cloud) == old
    assert "StreamSpecification" not in dynamodb.describe_table(TableName="things")["Table"]

    again = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    table = dynamodb.update_table(TableName="things", StreamSpecification=again)["TableDescription"]

    assert table["LatestStreamArn"] != old
    assert table["StreamSpecification"] == again


def test_a_deleted_table_leaves_its_stream(cloud):
    dynamodb = made(cloud, stream=BOTH)
    put(cloud, id="a")
    arn = stream_of(cloud)

    dynamodb.delete_table(TableName="things")

    assert len(records(cloud, arn=arn)) == 1


def test_a_batch_and_a_transaction_are_recorded_item_by_item(cloud):
    dynamodb = made(cloud, stream=BOTH)
    put(cloud, id="a")
    dynamodb.batch_write_item(
        RequestItems={"things": [{"PutRequest": {"Item": item(id="a")}}, {"PutRequest": {"Item": item(id="b")}}]}
    )
    dynamodb.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": "things", "Key": item(id="b")}},
            {"Put": {"TableName": "things", "Item": item(id="a", x=1)}},
        ]
    )

    assert [shown(each) for each in records(cloud)] == [
        ("INSERT", None, item(id="a")),
        ("INSERT", None, item(id="b")),
        ("REMOVE", item(id="b"), None),
        ("MODIFY", item(id="a"), item(id="a", x=1)),
    ]


def test_a_reader_is_woken_by_a_change(cloud):
    made(cloud, stream=BOTH)
    signal = cloud.inside.signal(stream_of(cloud))
    woken = []
    signal.listen(lambda: woken.append(True))

    put(cloud, id="a")

    assert woken == [True]


def test_a_stream_that_is_not_there_is_not_read(cloud):
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/things/stream/2026-01-01T00:00:00.000"
    streams = cloud.client("dynamodbstreams")

    with refused(f"Requested resource not found: Stream: {arn} not found", "ResourceNotFoundException"):
        streams.describe_stream(StreamArn=arn)
    made(cloud, stream=BOTH)
    with refused("Invalid ShardIterator"):
        streams.get_records(ShardIterator="nonsense")
