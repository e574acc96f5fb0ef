"""Provisioned units, used up and saved; the sizes of what is asked at once."""

import pytest
from botocore.exceptions import ClientError

from tests.services.dynamodb.tables import index, made

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/things"
LEVEL = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
ONE = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


def provisioned(cloud, **more):
    return made(cloud, ProvisionedThroughput=ONE, **more)


def put(client, number, size=1):
    return client.put_item(TableName="things", Item={"id": {"S": str(number)}, "body": {"S": "x" * size}})


def used_up(client):
    """Five minutes of writing units."""
    for number in range(300):
        put(client, number)


def throttled(call, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response


def test_units_of_five_minutes_are_saved_and_then_writes_are_throttled(cloud):
    client = provisioned(cloud)
    used_up(client)

    answer = throttled(client.put_item, TableName="things", Item={"id": {"S": "x"}})

    assert answer["Error"] == {"Code": "ProvisionedThroughputExceededException", "Message": LEVEL}
    assert answer["ThrottlingReasons"] == [{"reason": "TableWriteProvisionedThroughputExceeded", "resource": TABLE}]
    [entry] = cloud.records("CapacityExceeded", table="things")
    assert (entry.fact.reads, entry.fact.units) == (False, 1.0)


def test_a_second_later_one_more_unit_is_there(cloud):
    client = provisioned(cloud)
    used_up(client)

    cloud.advance(1)

    put(client, "x")
    assert throttled(put, client=client, number="y")["Error"]["Message"] == LEVEL


def test_what_was_throttled_was_not_written(cloud):
    client = provisioned(cloud)
    used_up(client)

    throttled(put, client=client, number="x")

    assert "Item" not in client.get_item(TableName="things", Key={"id": {"S": "x"}})


def test_a_large_write_overdraws_and_is_paid_back(cloud):
    client = provisioned(cloud)
    for number in range(299):
        put(client, number)
    put(client, "large", size=10_000)

    cloud.advance(8)
    assert throttled(put, client=client, number="x")["Error"]["Message"] == LEVEL
    cloud.advance(2)
    put(client, "x")


def test_reads_have_units_of_their_own(cloud):
    client = provisioned(cloud)
    used_up(client)
    for _ in range(300):
        client.get_item(TableName="things", Key={"id": {"S": "1"}}, ConsistentRead=True)

    answer = throttled(client.query, TableName="things", KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": {"S": "1"}})  # fmt: skip

    assert answer["ThrottlingReasons"] == [{"reason": "TableReadProvisionedThroughputExceeded", "resource": TABLE}]


def test_a_global_index_without_units_throttles_the_writes_that_change_it(cloud):
    of_index = {**index("by-n", "n"), "ProvisionedThroughput": ONE}
    client = made(
        cloud,
        ProvisionedThroughput={"ReadCapacityUnits": 9, "WriteCapacityUnits": 9},
        GlobalSecondaryIndexes=[of_index],
    )
    for number in range(300):
        client.put_item(TableName="things", Item={"id": {"S": str(number)}, "n": {"N": "1"}})

    answer = throttled(client.put_item, TableName="things", Item={"id": {"S": "x"}, "n": {"N": "1"}})

    assert "one or more global secondary indexes of the table was exceeded" in answer["Error"]["Message"]
    assert answer["ThrottlingReasons"][0]["resource"] == f"{TABLE}/index/by-n"
    client.put_item(TableName="things", Item={"id": {"S": "x"}})


def test_a_table_with_more_units_takes_more(cloud):
    client = provisioned(cloud)
    used_up(client)

    client.update_table(TableName="things", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 5})
    cloud.advance(1)

    for number in range(5):
        put(client, number)
    assert throttled(put, client=client, number="x")["Error"]["Message"] == LEVEL


def test_a_batch_of_writes_gives_back_what_was_too_much(cloud):
    client = provisioned(cloud)
    for number in range(298):
        put(client, number)
    wishes = [{"PutRequest": {"Item": {"id": {"S": f"b{number}"}}}} for number in range(4)]

    answer = client.batch_write_item(RequestItems={"things": wishes})

    assert answer["UnprocessedItems"] == {"things": wishes[2:]}
    error = throttled(client.batch_write_item, RequestItems=answer["UnprocessedItems"])["Error"]
    assert error["Code"] == "ProvisionedThroughputExceededException"


def test_a_batch_of_reads_gives_back_what_was_too_much(cloud):
    client = provisioned(cloud)
    for _ in range(599):
        client.get_item(TableName="things", Key={"id": {"S": "1"}})
    keys = [{"id": {"S": str(number)}} for number in range(3)]

    answer = client.batch_get_item(RequestItems={"things": {"Keys": keys}})

    assert answer["UnprocessedKeys"] == {"things": {"Keys": keys[1:]}}


def test_a_transaction_is_cancelled_for_want_of_units(cloud):
    client = provisioned(cloud)
    for number in range(298):
        put(client, number)
    wishes = [{"Put": {"TableName": "things", "Item": {"id": {"S": f"t{number}"}}}} for number in range(2)]

    answer = throttled(client.transact_write_items, TransactItems=wishes)

    assert answer["Error"]["Code"] == "TransactionCanceledException"
    assert [reason["Code"] for reason in answer["CancellationReasons"]] == ["None", "ProvisionedThroughputExceeded"]
    assert "Item" not in client.get_item(TableName="things", Key={"id": {"S": "t0"}})


def test_a_table_on_demand_is_not_throttled(cloud):
    client = made(cloud)
    for number in range(400):
        put(client, number)

    assert not cloud.records("CapacityExceeded")


def test_a_maximum_on_demand_is_kept(cloud):
    client = made(cloud, OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 2})
    put(client, 1)
    put(client, 2)

    answer = throttled(put, client=client, number=3)

    assert answer["Error"]["Code"] == "ThrottlingException"
    assert answer["throttlingReasons"][0]["reason"] == "TableWriteMaxOnDemandThroughputExceeded"
    cloud.advance(1)
    put(client, 3)


def test_the_items_of_a_transaction_have_four_mebibytes_at_most(cloud):
    client = made(cloud)
    wishes = [
        {"Put": {"TableName": "things", "Item": {"id": {"S": str(number)}, "body": {"S": "x" * 390_000}}}}
        for number in range(11)
    ]

    assert throttled(client.transact_write_items, TransactItems=wishes)["Error"]["Code"] == "ValidationException"
    client.transact_write_items(TransactItems=wishes[:10])
    put(client, 10, size=390_000)
    gets = [{"Get": {"TableName": "things", "Key": {"id": {"S": str(number)}}}} for number in range(11)]
    assert throttled(client.transact_get_items, TransactItems=gets)["Error"]["Code"] == "ValidationException"


def test_a_batch_of_reads_answers_sixteen_mebibytes_and_gives_back_the_rest(cloud):
    client = made(cloud)
    for number in range(45):
        put(client, number, size=390_000)
    keys = [{"id": {"S": str(number)}} for number in range(45)]

    answer = client.batch_get_item(RequestItems={"things": {"Keys": keys}})

    assert len(answer["Responses"]["things"]) == 43
    assert answer["UnprocessedKeys"]["things"]["Keys"] == keys[43:]
