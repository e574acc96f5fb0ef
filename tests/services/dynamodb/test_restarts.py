"""What DynamoDB has acknowledged is there after a restart; a step that fails leaves no trace."""

import pytest

from tests.services.dynamodb.tables import got, index, item, made, put, records, stream_of, values


def test_tables_items_and_indexes_are_kept(started):
    cloud = started()
    made(cloud, key=("id", "n"), GlobalSecondaryIndexes=[index("by-colour", "colour", "n")])
    for number in range(5):
        put(cloud, id="a", n=number, colour="red", b=b"\x00", tags={1, 2})
    cloud = started()

    found = cloud.client("dynamodb").query(
        TableName="things",
        IndexName="by-colour",
        KeyConditionExpression="colour = :c AND n > :n",
        ExpressionAttributeValues=values(c="red", n=2),
    )

    assert found["Items"] == [item(id="a", n=n, colour="red", b=b"\x00", tags={1, 2}) for n in (3, 4)]


def test_streams_go_on_where_they_were(started):
    cloud = started()
    made(cloud, stream="NEW_AND_OLD_IMAGES")
    put(cloud, id="a")
    before = records(cloud)
    cloud = started()

    put(cloud, id="b")

    after = records(cloud)
    assert after[0] == before[0]
    assert int(after[1]["dynamodb"]["SequenceNumber"]) > int(after[0]["dynamodb"]["SequenceNumber"])
    assert stream_of(cloud)


def test_sequence_numbers_are_never_given_twice(started):
    cloud = started()
    made(cloud, stream="KEYS_ONLY")
    put(cloud, id="a")
    put(cloud, id="b")
    first = records(cloud)[-1]["dynamodb"]["SequenceNumber"]
    cloud.advance(hours=25)
    assert records(cloud) == []
    cloud = started()
    cloud.advance(hours=25)

    put(cloud, id="c")

    [record] = records(cloud)
    assert int(record["dynamodb"]["SequenceNumber"]) > int(first)


def test_items_expire_after_a_restart(started):
    cloud = started()
    dynamodb = made(cloud)
    dynamodb.update_time_to_live(
        TableName="things", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    put(cloud, id="a", until=int(cloud.now) + 600)
    cloud = started()

    cloud.advance(minutes=11)

    assert got(cloud, id="a") is None


def test_a_transaction_that_fails_in_the_middle_leaves_indexes_as_they_were(cloud):
    dynamodb = made(cloud, GlobalSecondaryIndexes=[index("by-colour", "colour")])
    put(cloud, id="a", colour="red")
    home = cloud.inside.home("000000000000", "us-east-1")
    transactions = home.service("dynamodb").nouns["Transactions"]
    whole = transactions.write

    def fails_at_the_second(table, old, new, expired=False):
        if new is None:
            raise ConnectionAbortedError("the step ends here")
        whole(table, old, new, expired)

    transactions.write = fails_at_the_second
    with pytest.raises(dynamodb.exceptions.ClientError):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "things", "Item": item(id="b", colour="red")}},
                {"Delete": {"TableName": "things", "Key": item(id="a")}},
            ]
        )
    cloud.inside.bugs.clear()

    for place in ({}, {"IndexName": "by-colour"}):
        assert dynamodb.scan(TableName="things", **place)["Items"] == [item(id="a", colour="red")]
