"""Query and Scan: ranges, order, pages, indexes, filters, segments."""

import pytest

from tests.services.dynamodb.tables import index, item, made, put, refused, value, values

WRONG = "One or more parameter values were invalid: "


def filled(cloud, count=10, **more):
    """A table with `count` items under each of two partition keys."""
    dynamodb = made(cloud, key=("id", "n"), **more)
    for number in range(count):
        for name in ("a", "b"):
            put(cloud, id=name, n=number, colour=("red", "blue")[number % 2])
    return dynamodb


def numbers(answer):
    return [int(each["n"]["N"]) for each in answer["Items"]]


def queried(cloud, condition="id = :id", table="things", given=None, **more):
    given = {"id": "a"} if given is None else given
    return cloud.client("dynamodb").query(
        TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values(**given), **more
    )


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("id = :id", [*range(10)]),
        ("id = :id AND n = :x", [3]),
        ("id = :id AND n < :x", [0, 1, 2]),
        ("id = :id AND n <= :x", [0, 1, 2, 3]),
        ("id = :id AND n > :x", [4, 5, 6, 7, 8, 9]),
        ("id = :id AND n >= :x", [3, 4, 5, 6, 7, 8, 9]),
        ("n BETWEEN :x AND :y AND id = :id", [3, 4, 5]),
        ("(id = :id) AND (:x < n)", [4, 5, 6, 7, 8, 9]),
    ],
)
def test_a_query_answers_a_range_in_order(cloud, condition, found):
    filled(cloud)
    given = {"id": "a", "x": 3, "y": 5}
    used = {name: each for name, each in given.items() if f":{name}" in condition}

    assert numbers(queried(cloud, condition, given=used)) == found
    assert numbers(queried(cloud, condition, given=used, ScanIndexForward=False)) == found[::-1]


def test_numbers_are_in_the_order_of_their_values(cloud):
    made(cloud, key=("id", "n"))
    for number in ("10", "9", "-1", "0.5", "100", "-20"):
        put(cloud, id="a", n=float(number) if "." in number else int(number))

    found = [each["n"]["N"] for each in queried(cloud)["Items"]]

    assert found == ["-20", "-1", "0.5", "9", "10", "100"]


def test_texts_and_binaries_are_in_the_order_of_their_bytes(cloud):
    made(cloud, key=("id", "text"))
    made(cloud, "others", key=("id", "b"))
    for text in ("b", "B", "é", "a", "ab", "𝒳", "\uffee"):
        put(cloud, id="a", text=text)
        put(cloud, "others", id="a", b=text.encode())

    texts = [each["text"]["S"] for each in queried(cloud)["Items"]]
    binaries = [each["b"]["B"] for each in queried(cloud, table="others")["Items"]]

    assert texts == ["B", "a", "ab", "b", "é", "\uffee", "𝒳"]
    assert binaries == [text.encode() for text in texts]


def test_a_query_can_ask_for_a_beginning(cloud):
    made(cloud, key=("id", "sort"))
    for text in ("order#1", "order#2", "ordes", "item#1", "order"):
        put(cloud, id="a", sort=text)

    found = queried(cloud, "id = :id AND begins_with(sort, :s)", given={"id": "a", "s": "order#"})

    assert [each["sort"]["S"] for each in found["Items"]] == ["order#1", "order#2"]


@pytest.mark.parametrize("forward", [True, False])
def test_pages_follow_one_another(cloud, forward):
    filled(cloud)

    found, start = [], {}
    for _ in range(4):
        page = queried(cloud, Limit=4, ScanIndexForward=forward, **start)
        found += numbers(page)
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    assert found == [*range(10)][:: 1 if forward else -1]


def test_a_page_ends_after_a_megabyte(cloud):
    made(cloud, key=("id", "n"))
    for number in range(5):
        put(cloud, id="a", n=number, x="x" * 300_000)

    page = queried(cloud, ReturnConsumedCapacity="TOTAL")

    assert numbers(page) == [0, 1, 2, 3]
    assert page["LastEvaluatedKey"] == item(id="a", n=3)
    assert page["ConsumedCapacity"]["CapacityUnits"] == 146.5
    assert numbers(queried(cloud, ExclusiveStartKey=page["LastEvaluatedKey"])) == [4]


def test_a_filter_drops_what_has_been_read(cloud):
    filled(cloud)

    page = queried(
        cloud, FilterExpression="colour = :c", given={"id": "a", "c": "red"}, Limit=5, Select="ALL_ATTRIBUTES"
    )

    assert (page["Count"], page["ScannedCount"]) == (3, 5)
    assert numbers(page) == [0, 2, 4]
    with refused("Filter Expression can only contain non-primary key attributes: Primary key attribute: n"):
        queried(cloud, FilterExpression="n = :n", given={"id": "a", "n": 1})


def test_counting_answers_no_items(cloud):
    filled(cloud)

    page = queried(cloud, Select="COUNT")

    assert page["Count"] == 10
    assert not page.get("Items")


def test_an_index_has_its_own_order_and_only_items_with_its_key(cloud):
    by_colour = index("by-colour", "colour", "n", projection="KEYS_ONLY")
    dynamodb = made(cloud, GlobalSecondaryIndexes=[by_colour])
    for name, number, colour in (("a", 3, "red"), ("b", 1, "red"), ("c", 2, "red"), ("d", 0, "blue")):
        put(cloud, id=name, n=number, colour=colour, x=1)
    put(cloud, id="e", n=9)

    red = queried(cloud, "colour = :c", given={"c": "red"}, IndexName="by-colour")

    assert red["Items"] == [
        item(id="b", n=1, colour="red"),
        item(id="c", n=2, colour="red"),
        item(id="a", n=3, colour="red"),
    ]
    assert dynamodb.scan(TableName="things", IndexName="by-colour", Select="COUNT")["Count"] == 4
    put(cloud, id="b", n=7, colour="red")
    dynamodb.delete_item(TableName="things", Key=item(id="c"))
    again = queried(cloud, "colour = :c", given={"c": "red"}, IndexName="by-colour", Limit=1)
    assert again["LastEvaluatedKey"] == item(id="a", colour="red", n=3)
    following = queried(
        cloud, "colour = :c", given={"c": "red"}, IndexName="by-colour", ExclusiveStartKey=again["LastEvaluatedKey"]
    )
    assert numbers(following) == [7]


def test_items_with_the_same_index_key_are_all_there(cloud):
    made(cloud, GlobalSecondaryIndexes=[index("by-colour", "colour")])
    for number in range(30):
        put(cloud, id=f"k{number}", colour="red")

    seen, start = set(), {}
    while True:
        page = queried(cloud, "colour = :c", given={"c": "red"}, IndexName="by-colour", Limit=7, **start)
        seen |= {each["id"]["S"] for each in page["Items"]}
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    assert len(seen) == 30


def test_a_global_index_gives_only_what_it_projects(cloud):
    filled(cloud, 1, GlobalSecondaryIndexes=[index("by-colour", "colour", projection="KEYS_ONLY")])
    given = {"given": {"c": "red"}, "IndexName": "by-colour"}

    with refused(
        WRONG
        + "Select type ALL_ATTRIBUTES is not supported for global secondary index by-colour because its projection "
        "type is not ALL"
    ):
        queried(cloud, "colour = :c", Select="ALL_ATTRIBUTES", **given)
    with refused("Consistent reads are not supported on global secondary indexes"):
        queried(cloud, "colour = :c", ConsistentRead=True, **given)
    with refused(WRONG + "Global secondary index by-colour does not project [x]"):
        queried(cloud, "colour = :c", ProjectionExpression="id, x", **given)


def test_a_local_index_fetches_the_rest(cloud):
    made(cloud, key=("id", "n"), LocalSecondaryIndexes=[index("by-x", "id", "x", projection="KEYS_ONLY")])
    for number, x in ((1, "c"), (2, "a"), (3, "b")):
        put(cloud, id="a", n=number, x=x, more="m")
    put(cloud, id="a", n=4)

    keys_only = queried(cloud, IndexName="by-x")
    whole = queried(
        cloud, IndexName="by-x", Select="ALL_ATTRIBUTES", ConsistentRead=True, ReturnConsumedCapacity="INDEXES"
    )

    assert numbers(keys_only) == [2, 3, 1]
    assert "more" not in keys_only["Items"][0]
    assert whole["Items"][0]["more"] == value("m")
    assert whole["ConsumedCapacity"]["Table"]["CapacityUnits"] == 3.0
    assert whole["ConsumedCapacity"]["LocalSecondaryIndexes"] == {"by-x": {"CapacityUnits": 1.0}}


@pytest.mark.parametrize(
    ("condition", "given", "message"),
    [
        ("n = :n", {"n": 1}, "Query condition missed key schema element: id"),
        ("id = :id AND x = :x", {"id": "a", "x": 1}, "Query condition missed key schema element: n"),
        ("id > :id", {"id": "a"}, "Query key condition not supported"),
        (
            "id = :id OR n = :n",
            {"id": "a", "n": 1},
            "Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: OR",
        ),
        (
            "id = :id AND attribute_exists(n)",
            {"id": "a"},
            "Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: attribute_exists",
        ),
        (
            "id = :id AND n > :n AND n < :m",
            {"id": "a", "n": 1, "m": 2},
            "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key",
        ),
        ("id = :id", {"id": 1}, WRONG + "Condition parameter type does not match schema type"),
        (
            "id = :id AND beginsWith(n, :n)",
            {"id": "a", "n": "1"},
            "Invalid KeyConditionExpression: Invalid function name; function: beginsWith",
        ),
    ],
)
def test_a_key_condition_that_is_none_is_refused(cloud, condition, given, message):
    filled(cloud, 1)

    with refused(message):
        queried(cloud, condition, given=given)


def test_a_query_without_a_condition_is_refused(cloud):
    dynamodb = filled(cloud, 1)

    with refused("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."):
        dynamodb.query(TableName="things")
    with refused("The table does not have the specified index: nothing"):
        queried(cloud, IndexName="nothing")


def test_specific_attributes_are_named(cloud):
    dynamodb = filled(cloud, 1)
    words = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"

    with refused(f"1 validation error detected: {words}"):
        queried(cloud, Select="SPECIFIC_ATTRIBUTES")
    with refused(words):
        dynamodb.scan(TableName="things", Select="SPECIFIC_ATTRIBUTES")


def test_a_start_key_is_one_of_the_range(cloud):
    filled(cloud, 3)

    with refused("The provided starting key is invalid"):
        queried(cloud, ExclusiveStartKey=item(id="a"))
    with refused("The provided starting key is invalid: The provided key element does not match the schema"):
        cloud.client("dynamodb").scan(TableName="things", ExclusiveStartKey=item(id="a"))
    with refused("The provided starting key is outside query boundaries based on provided conditions"):
        queried(cloud, ExclusiveStartKey=item(id="b", n=1))


def test_old_conditions_are_understood(cloud):
    dynamodb = filled(cloud)

    found = dynamodb.query(
        TableName="things",
        KeyConditions={
            "id": {"ComparisonOperator": "EQ", "AttributeValueList": [value("a")]},
            "n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [value(2), value(7)]},
        },
        QueryFilter={"colour": {"ComparisonOperator": "NE", "AttributeValueList": [value("red")]}},
        AttributesToGet=["n"],
    )

    assert found["Items"] == [item(n=3), item(n=5), item(n=7)]


def test_a_scan_reads_everything_page_by_page(cloud):
    dynamodb = filled(cloud)

    pages = list(dynamodb.get_paginator("scan").paginate(TableName="things", PaginationConfig={"PageSize": 3}))
    found = [(each["id"]["S"], int(each["n"]["N"])) for page in pages for each in page["Items"]]

    assert sorted(found) == [(name, number) for name in "ab" for number in range(10)]
    assert [number for name, number in found if name == "a"] == [*range(10)]


def test_the_segments_of_a_scan_are_the_whole(cloud):
    dynamodb = made(cloud)
    for number in range(50):
        put(cloud, id=f"k{number}")

    segments = [
        {each["id"]["S"] for each in dynamodb.scan(TableName="things", Segment=n, TotalSegments=4)["Items"]}
        for n in range(4)
    ]

    assert sum(len(each) for each in segments) == 50
    assert len(set.union(*segments)) == 50
    assert all(segments)
    with refused(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: 4 is not less than TotalSegments: 4"
    ):
        dynamodb.scan(TableName="things", Segment=4, TotalSegments=4)


def test_a_scan_filters(cloud):
    dynamodb = filled(cloud)

    page = dynamodb.scan(
        TableName="things", FilterExpression="n > :n AND colour = :c", ExpressionAttributeValues=values(n=5, c="red")
    )
    old = dynamodb.scan(
        TableName="things",
        ScanFilter={
            "n": {"ComparisonOperator": "GT", "AttributeValueList": [value(5)]},
            "colour": {"ComparisonOperator": "IN", "AttributeValueList": [value("red"), value("green")]},
        },
    )

    assert (page["Count"], page["ScannedCount"]) == (4, 20)
    assert old["Count"] == 4
