"""Batches: many items in one call."""

from tests.services.dynamodb.tables import got, item, made, put, refused


def test_a_batch_writes_and_deletes_in_several_tables(cloud):
    dynamodb = made(cloud)
    made(cloud, "others")
    put(cloud, id="a")

    answer = dynamodb.batch_write_item(
        RequestItems={
            "things": [{"DeleteRequest": {"Key": item(id="a")}}, {"PutRequest": {"Item": item(id="b")}}],
            "others": [{"PutRequest": {"Item": item(id="c")}}],
        },
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["UnprocessedItems"] == {}
    assert [each["CapacityUnits"] for each in answer["ConsumedCapacity"]] == [2.0, 1.0]
    assert got(cloud, id="a") is None
    assert got(cloud, id="b")
    assert got(cloud, "others", id="c")


def test_a_batch_reads_what_is_there(cloud):
    dynamodb = made(cloud)
    for name in "abc":
        put(cloud, id=name, x=1)

    answer = dynamodb.batch_get_item(
        RequestItems={"things": {"Keys": [item(id=name) for name in "azc"], "ProjectionExpression": "id"}},
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["Responses"] == {"things": [item(id="a"), item(id="c")]}
    assert answer["UnprocessedKeys"] == {}
    assert answer["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 1.5}]


def test_what_is_too_much_for_one_answer_is_left_for_the_next(cloud):
    dynamodb = made(cloud)
    for number in range(45):
        put(cloud, id=str(number), x="x" * 390_000)

    answer = dynamodb.batch_get_item(RequestItems={"things": {"Keys": [item(id=str(n)) for n in range(45)]}})

    left = answer["UnprocessedKeys"]["things"]["Keys"]
    assert len(answer["Responses"]["things"]) == 43
    assert left == [item(id="43"), item(id="44")]


def test_a_batch_that_is_wrong_changes_nothing(cloud):
    dynamodb = made(cloud)
    good = {"PutRequest": {"Item": item(id="a")}}

    with refused("Provided list of item keys contains duplicates"):
        dynamodb.batch_write_item(RequestItems={"things": [good, good]})
    with refused("The provided key element does not match the schema"):
        dynamodb.batch_write_item(RequestItems={"things": [good, {"DeleteRequest": {"Key": item(other="a")}}]})
    with refused("The provided key element does not match the schema"):
        dynamodb.batch_write_item(RequestItems={"things": [{"PutRequest": {"Item": item(other="a")}}]})
    with refused("Requested resource not found", "ResourceNotFoundException"):
        dynamodb.batch_write_item(RequestItems={"things": [good], "nothing": [good]})
    with refused("Provided list of item keys contains duplicates"):
        dynamodb.batch_get_item(RequestItems={"things": {"Keys": [item(id="a"), item(id="a")]}})

    assert got(cloud, id="a") is None
