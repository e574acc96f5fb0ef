"""Transactions: all or nothing, with a reason for each member."""

import pytest

from tests.services.dynamodb.tables import got, item, made, put, refused, values


def write(kind, table="things", **more):
    return {kind: {"TableName": table, **more}}


def test_a_transaction_makes_all_of_its_writes(cloud):
    dynamodb = made(cloud)
    made(cloud, "others")
    put(cloud, id="a", x=1)
    put(cloud, id="b")

    answer = dynamodb.transact_write_items(
        TransactItems=[
            write("Update", Key=item(id="a"), UpdateExpression="ADD x :x", ExpressionAttributeValues=values(x=1)),
            write("Delete", Key=item(id="b")),
            write("Put", "others", Item=item(id="c")),
            write("ConditionCheck", Key=item(id="z"), ConditionExpression="attribute_not_exists(id)"),
        ],
        ReturnConsumedCapacity="TOTAL",
    )

    assert got(cloud, id="a") == item(id="a", x=2)
    assert got(cloud, id="b") is None
    assert got(cloud, "others", id="c")
    assert answer["ConsumedCapacity"][0] == {"TableName": "things", "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}


def test_one_condition_that_is_not_met_stops_them_all(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1)

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as failing:
        dynamodb.transact_write_items(
            TransactItems=[
                write("Put", Item=item(id="b")),
                write(
                    "Delete",
                    Key=item(id="a"),
                    ConditionExpression="attribute_not_exists(id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                ),
                write("Update", Key=item(id="c"), UpdateExpression="SET x = y"),
            ]
        )

    answer = failing.value.response
    assert answer["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, ValidationError]"
    )
    assert answer["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": item(id="a", x=1)},
        {
            "Code": "ValidationError",
            "Message": "The provided expression refers to an attribute that does not exist in the item",
        },
    ]
    assert got(cloud, id="b") is None


def test_an_item_has_one_part_in_a_transaction(cloud):
    dynamodb = made(cloud)

    with refused("Transaction request cannot include multiple operations on one item"):
        dynamodb.transact_write_items(
            TransactItems=[write("Put", Item=item(id="a")), write("Delete", Key=item(id="a"))]
        )


def test_a_key_that_cannot_be_is_refused_at_once_and_one_that_does_not_fit_cancels(cloud):
    dynamodb = made(cloud)
    empty = (
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
        "value. Key: id"
    )

    for wish in (write("Put", Item=item(id="")), write("Delete", Key=item(id=""))):
        with refused(empty):
            dynamodb.transact_write_items(TransactItems=[wish])
    for wish, says in (
        (
            write("Put", Item=item(id=1)),
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
        (write("Delete", Key=item(id=1)), "The provided key element does not match the schema"),
    ):
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as failing:
            dynamodb.transact_write_items(TransactItems=[wish])
        assert failing.value.response["CancellationReasons"] == [{"Code": "ValidationError", "Message": says}]


def test_a_token_makes_a_transaction_once(cloud):
    dynamodb = made(cloud)
    add = write("Update", Key=item(id="a"), UpdateExpression="ADD x :x", ExpressionAttributeValues=values(x=1))

    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="token")

    assert got(cloud, id="a") == item(id="a", x=1)
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(TransactItems=[write("Delete", Key=item(id="a"))], ClientRequestToken="token")
    cloud.advance(minutes=11)
    dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="token")
    assert got(cloud, id="a") == item(id="a", x=2)


def test_several_items_are_read_at_once(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1)

    answer = dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": "things", "Key": item(id="a"), "ProjectionExpression": "x"}},
            {"Get": {"TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/things", "Key": item(id="b")}},
        ],
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["Responses"] == [{"Item": item(x=1)}, {}]
    assert answer["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]


def test_a_transaction_on_a_table_that_is_not_there_is_refused(cloud):
    with refused("Requested resource not found", "ResourceNotFoundException"):
        cloud.client("dynamodb").transact_write_items(TransactItems=[write("Put", Item=item(id="a"))])
