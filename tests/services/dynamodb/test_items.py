"""Single items: put, got, updated, deleted, with conditions."""

import re

import pytest

from tests.services.dynamodb.tables import got, index, item, made, put, refused, value, values

WRONG = "One or more parameter values were invalid: "


def test_an_item_comes_back_as_it_was_put(cloud):
    made(cloud)
    everything = {
        "id": "a", "text": "ü", "number": 12.5, "binary": b"\x00\xff", "yes": True, "nothing": None, "list": [1, "b", []],
        "map": {"c": {}}, "texts": {"x", "y"}, "numbers": {1, 2}, "binaries": {b"1", b"2"},
    }  # fmt: skip

    put(cloud, **everything)

    assert got(cloud, id="a") == item(**everything)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("007", "7"), ("1.50", "1.5"), ("-0.0", "0"), ("1e3", "1000"), ("+5", "5"), ("1E-3", "0.001"), (".5", "0.5")],
)
def test_numbers_are_kept_in_their_normal_form(cloud, given, kept):
    dynamodb = made(cloud)

    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}, "n": {"N": given}})

    assert got(cloud, id="a")["n"] == {"N": kept}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"N": "abc"}, "The parameter cannot be converted to a numeric value: abc"),
        ({"N": ""}, "The parameter cannot be converted to a numeric value"),
        ({"N": "1" * 39}, "Attempting to store more than 38 significant digits in a Number"),
        ({"N": "1e126"}, "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ({"N": "1e-131"}, "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        ),
        ({"SS": ["a", "a"]}, WRONG + "Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        ({"SS": []}, WRONG + "An string set  may not be empty"),
        ({"NULL": False}, WRONG + "Null attribute value types must have the value of true"),
    ],
)
def test_a_value_that_is_none_is_refused(cloud, wrong, message):
    dynamodb = made(cloud)

    with refused(message):
        dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}, "x": wrong})


def nested(levels):
    found = value("deep")
    for _ in range(levels):
        found = {"L": [found]}
    return found


def test_values_are_nested_as_deep_as_thirty_two_levels(cloud):
    dynamodb = made(cloud)
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}, "x": nested(31)})

    with refused(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
    ):
        dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}, "x": nested(32)})


def test_the_size_of_a_text_is_in_units_of_utf_16(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", text="é𝄞")

    dynamodb.delete_item(
        TableName="things", Key=item(id="a"), ConditionExpression="size(#t) = :n",
        ExpressionAttributeNames={"#t": "text"}, ExpressionAttributeValues=values(n=3),
    )  # fmt: skip

    assert got(cloud, id="a") is None


def test_an_item_needs_its_key(cloud):
    dynamodb = made(cloud, key=("id", "n"))

    with refused(WRONG + "Missing the key n in the item"):
        put(cloud, id="a")
    with refused(WRONG + "Type mismatch for key n expected: N actual: S"):
        put(cloud, id="a", n="1")
    with refused(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
        "value. Key: id"
    ):
        put(cloud, id="", n=1)
    for key in (item(id="a"), item(id="a", n="1"), item(id="a", n=1, more=1)):
        with refused("The provided key element does not match the schema"):
            dynamodb.get_item(TableName="things", Key=key)


def test_keys_have_a_longest_length(cloud):
    made(cloud, key=("id", "sort"))

    with refused(WRONG + "Size of hashkey has exceeded the maximum size limit of2048 bytes"):
        put(cloud, id="x" * 2049, sort="a")
    with refused(WRONG + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"):
        put(cloud, id="x" * 2048, sort="a" * 1025)


def test_an_item_has_a_largest_size(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x="x" * (400 * 1024 - 4))

    with refused("Item size has exceeded the maximum allowed size"):
        put(cloud, id="a", x="x" * (400 * 1024 - 3))
    with refused("Item size to update has exceeded the maximum allowed size"):
        dynamodb.update_item(
            TableName="things",
            Key=item(id="a"),
            UpdateExpression="SET y = :y",
            ExpressionAttributeValues=values(y="y"),
        )


def test_the_key_of_an_index_has_its_type(cloud):
    made(cloud, GlobalSecondaryIndexes=[index("by-n", "n")])

    with refused(WRONG + "Type mismatch for Index Key n Expected: N Actual: S IndexName: by-n"):
        put(cloud, id="a", n="1")


def test_the_key_of_an_index_is_not_empty(cloud):
    dynamodb = made(cloud, GlobalSecondaryIndexes=[index("by-colour", "colour")])

    with refused(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
        "AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-colour, IndexKey: colour"
    ):
        put(cloud, id="a", colour="")
    with refused(
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value "
        "that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."
    ):
        dynamodb.update_item(
            TableName="things", Key=item(id="a"), UpdateExpression="SET colour = :c",
            ExpressionAttributeValues=values(c=""),
        )  # fmt: skip


def test_nothing_is_done_in_a_table_that_is_not_there(cloud):
    with refused("Requested resource not found", "ResourceNotFoundException"):
        put(cloud, id="a")


def test_a_table_is_found_by_its_arn_too(cloud):
    made(cloud)
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/things"

    put(cloud, arn, id="a")

    assert got(cloud, id="a") == item(id="a")


def test_a_put_gives_back_what_it_replaced(cloud):
    dynamodb = made(cloud)

    first = dynamodb.put_item(TableName="things", Item=item(id="a", x=1), ReturnValues="ALL_OLD")
    second = dynamodb.put_item(TableName="things", Item=item(id="a", x=2), ReturnValues="ALL_OLD")

    assert "Attributes" not in first
    assert second["Attributes"] == item(id="a", x=1)
    with refused("ReturnValues can only be ALL_OLD or NONE"):
        dynamodb.put_item(TableName="things", Item=item(id="a"), ReturnValues="ALL_NEW")


def test_a_condition_that_is_not_met_stops_the_write(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1)

    with refused("The conditional request failed", "ConditionalCheckFailedException") as failing:
        dynamodb.put_item(
            TableName="things",
            Item=item(id="a", x=2),
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    assert failing.value.response["Item"] == item(id="a", x=1)
    assert got(cloud, id="a") == item(id="a", x=1)


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ("x = :one", True),
        ("x <> :one", False),
        ("absent <> :one", True),
        ("absent = :one", False),
        ("x < :two AND x >= :one", True),
        ("x BETWEEN :one AND :two", True),
        ("x IN (:two, :one)", True),
        ("word > :one", False),
        ("NOT x = :one OR word = :w", True),
        ("NOT (x = :one OR word = :w)", False),
        ("begins_with(word, :w)", True),
        ("contains(word, :or)", True),
        ("contains(elements, :one)", True),
        ("contains(letters, :w)", False),
        ("attribute_type(letters, :ss)", True),
        ("size(word) = :four", True),
        ("size(letters) < :four AND size(elements) = :two", True),
        ("nested.inside[1].deep = :two", True),
        ("attribute_exists(nested.inside[2])", False),
        ("attribute_not_exists(nested.inside[2]) and attribute_exists(nested.inside)", True),
    ],
)
def test_conditions_are_evaluated(cloud, condition, met):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1, word="word", elements=[1, 2], letters={"a", "b"}, nested={"inside": [1, {"deep": 2}]})
    known = {**values(one=1, two=2, four=4, w="word", ss="SS"), ":or": value("or")}
    used = {name: known[name] for name in re.findall(r":\w+", condition)}
    wish = {"ExpressionAttributeValues": used} if used else {}

    answers = []
    try:
        dynamodb.delete_item(TableName="things", Key=item(id="a"), ConditionExpression=condition, **wish)
        answers.append(True)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        answers.append(False)

    assert answers == [met]
    assert (got(cloud, id="a") is None) is met


def updated(cloud, expression, returns="ALL_NEW", names=None, **given):
    wish = {"ExpressionAttributeValues": values(**given)} if given else {}
    if names:
        wish["ExpressionAttributeNames"] = names
    return (
        cloud.client("dynamodb")
        .update_item(TableName="things", Key=item(id="a"), UpdateExpression=expression, ReturnValues=returns, **wish)
        .get("Attributes")
    )


@pytest.mark.parametrize(
    ("before", "expression", "given", "after"),
    [
        ({"x": 1}, "SET x = x + :n, y = x", {"n": 5}, {"x": 6, "y": 1}),
        ({"x": 1}, "SET x = :n - x", {"n": 5}, {"x": 4}),
        ({"x": 1}, "SET z = if_not_exists(z, :n), x = if_not_exists(x, :n)", {"n": 5}, {"x": 1, "z": 5}),
        ({"l": ["p"]}, "SET l = list_append(:l, l)", {"l": ["0"]}, {"l": ["0", "p"]}),
        ({}, "SET l = list_append(if_not_exists(l, :none), :l)", {"l": ["0"], "none": []}, {"l": ["0"]}),
        ({"l": ["p", "q"]}, "SET l[9] = :w, l[0] = :v", {"v": "a", "w": "z"}, {"l": ["a", "q", "z"]}),
        ({"l": ["p", "q"], "x": 1}, "REMOVE l[0], x", {}, {"l": ["q"]}),
        ({"l": ["p", "q", "r"]}, "REMOVE l[0], l[2]", {}, {"l": ["q"]}),
        ({"l": ["p", "q"]}, "REMOVE l[0] SET l[1] = :v", {"v": "z"}, {"l": ["z"]}),
        ({"m": {"a": {"b": 1, "c": 2}}}, "SET m.a.b = :v", {"v": 3}, {"m": {"a": {"b": 3, "c": 2}}}),
        ({"m": {"a": 1, "b": 2}}, "REMOVE m.a, m.c", {}, {"m": {"b": 2}}),
        ({"x": 1}, "ADD x :n, fresh :n", {"n": 2}, {"x": 3, "fresh": 2}),
        ({"t": {"a", "b"}}, "ADD t :t", {"t": {"b", "c"}}, {"t": {"a", "b", "c"}}),
        ({"t": {"a", "b"}}, "DELETE t :t", {"t": {"b", "z"}}, {"t": {"a"}}),
        ({"t": {"a"}}, "DELETE t :t", {"t": {"a"}}, {}),
        ({"x": 1, "y": 2}, "set x = :n remove y add z :n", {"n": 9}, {"x": 9, "z": 9}),
    ],
)
def test_updates_are_made(cloud, before, expression, given, after):
    made(cloud)
    put(cloud, id="a", **before)

    assert updated(cloud, expression, **given) == item(id="a", **after)


def test_an_update_makes_the_item_if_need_be(cloud):
    made(cloud)

    assert updated(cloud, "SET x = :x", x=1) == item(id="a", x=1)
    cloud.client("dynamodb").update_item(TableName="things", Key=item(id="b"))
    assert got(cloud, id="b") == item(id="b")


def test_an_update_gives_back_what_is_asked_for(cloud):
    made(cloud)
    put(cloud, id="a", x=1, m={"a": 1, "b": 2}, y=5)

    assert updated(cloud, "SET x = :x", "UPDATED_OLD", x=2) == item(x=1)
    assert updated(cloud, "SET x = :x, m.a = :x", "UPDATED_NEW", x=3) == item(x=3, m={"a": 3})
    assert updated(cloud, "REMOVE x", "UPDATED_NEW") is None
    assert updated(cloud, "SET x = :x", "ALL_OLD", x=4) == item(id="a", m={"a": 3, "b": 2}, y=5)
    assert updated(cloud, "SET x = :x", "NONE", x=4) is None


@pytest.mark.parametrize(
    ("expression", "given", "message"),
    [
        ("SET y = z", {}, "The provided expression refers to an attribute that does not exist in the item"),
        ("SET z.a = :n", {"n": 1}, "The document path provided in the update expression is invalid for update"),
        ("SET x.a = :n", {"n": 1}, "The document path provided in the update expression is invalid for update"),
        ("SET x = word + :n", {"n": 1}, "An operand in the update expression has an incorrect data type"),
        ("ADD word :n", {"n": 1}, "An operand in the update expression has an incorrect data type"),
        ("SET id = :n", {"n": "b"}, WRONG + "Cannot update attribute id. This attribute is part of the key"),
    ],
)
def test_an_update_that_does_not_fit_is_refused(cloud, expression, given, message):
    made(cloud)
    put(cloud, id="a", x=1, word="w")

    with refused(message):
        updated(cloud, expression, **given)


def test_sums_are_exact(cloud):
    dynamodb = made(cloud)
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}, "x": {"N": "0.1"}})

    dynamodb.update_item(
        TableName="things",
        Key=item(id="a"),
        UpdateExpression="ADD x :x",
        ExpressionAttributeValues={":x": {"N": "0.2"}},
    )

    assert got(cloud, id="a")["x"] == {"N": "0.3"}


def test_a_projection_answers_its_paths(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1, m={"a": 1, "b": 2}, steps=["p", "q", "r"])

    found = dynamodb.get_item(
        TableName="things", Key=item(id="a"), ProjectionExpression="x, m.b, steps[2], steps[0], absent"
    )["Item"]

    assert found == item(x=1, m={"b": 2}, steps=["p", "r"])


def test_a_missing_item_is_no_item(cloud):
    dynamodb = made(cloud)

    assert "Item" not in dynamodb.get_item(TableName="things", Key=item(id="a"))
    assert "Attributes" not in dynamodb.delete_item(TableName="things", Key=item(id="a"), ReturnValues="ALL_OLD")


def test_reads_and_writes_tell_what_they_consume(cloud):
    dynamodb = made(cloud, GlobalSecondaryIndexes=[index("by-n", "n", projection="KEYS_ONLY")])

    wrote = dynamodb.put_item(
        TableName="things", Item=item(id="a", n=1, x="x" * 4500), ReturnConsumedCapacity="INDEXES"
    )["ConsumedCapacity"]
    key = {"TableName": "things", "Key": item(id="a"), "ReturnConsumedCapacity": "TOTAL"}
    read = dynamodb.get_item(**key)["ConsumedCapacity"]
    consistent = dynamodb.get_item(ConsistentRead=True, **key)["ConsumedCapacity"]

    assert wrote == {
        "TableName": "things", "CapacityUnits": 6.0, "Table": {"CapacityUnits": 5.0},
        "GlobalSecondaryIndexes": {"by-n": {"CapacityUnits": 1.0}},
    }  # fmt: skip
    assert read == {"TableName": "things", "CapacityUnits": 1.0}
    assert consistent["CapacityUnits"] == 2.0


def test_a_moved_index_entry_is_deleted_and_put(cloud):
    dynamodb = made(cloud, GlobalSecondaryIndexes=[index("by-n", "n")])
    put(cloud, id="a", n=1)

    moved = dynamodb.put_item(TableName="things", Item=item(id="a", n=2), ReturnConsumedCapacity="INDEXES")
    same = dynamodb.put_item(TableName="things", Item=item(id="a", n=2), ReturnConsumedCapacity="INDEXES")

    assert moved["ConsumedCapacity"]["GlobalSecondaryIndexes"] == {"by-n": {"CapacityUnits": 2.0}}
    assert "GlobalSecondaryIndexes" not in same["ConsumedCapacity"]


def test_item_collections_are_measured_where_there_are_local_indexes(cloud):
    dynamodb = made(cloud, key=("id", "n"), LocalSecondaryIndexes=[index("by-x", "id", "x")])

    answer = dynamodb.put_item(TableName="things", Item=item(id="a", n=1), ReturnItemCollectionMetrics="SIZE")

    assert answer["ItemCollectionMetrics"] == {
        "ItemCollectionKey": item(id="a"),
        "SizeEstimateRangeGB": [0.0, 1.0],
    }


def test_the_recorder_knows_reads_and_writes(cloud):
    made(cloud)
    put(cloud, id="a")
    got(cloud, id="a")

    [written] = cloud.records("ItemWritten")
    [read] = cloud.records("ItemsRead")
    assert (written.fact.table, written.fact.operation, written.fact.units) == ("things", "PutItem", 1.0)
    assert (read.fact.operation, read.fact.found, read.fact.units) == ("GetItem", 1, 0.5)


def test_expected_values_are_conditions(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1)
    wish = {"TableName": "things", "Item": item(id="a", x=2)}

    with refused("The conditional request failed", "ConditionalCheckFailedException"):
        dynamodb.put_item(**wish, Expected={"x": {"Value": value(5)}})
    with refused("The conditional request failed", "ConditionalCheckFailedException"):
        dynamodb.put_item(**wish, Expected={"id": {"Exists": False}})
    dynamodb.put_item(**wish, Expected={"x": {"ComparisonOperator": "LT", "AttributeValueList": [value(5)]}})

    assert got(cloud, id="a") == item(id="a", x=2)


def test_attribute_updates_are_actions(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1, y=2, tags={"a", "b"})

    dynamodb.update_item(
        TableName="things",
        Key=item(id="a"),
        AttributeUpdates={
            "x": {"Action": "ADD", "Value": value(4)},
            "y": {"Action": "DELETE"},
            "z": {"Value": value("new")},
            "tags": {"Action": "DELETE", "Value": value({"a"})},
        },
    )

    assert got(cloud, id="a") == item(id="a", x=5, z="new", tags={"b"})


def test_both_spellings_together_are_refused(cloud):
    dynamodb = made(cloud)

    with refused(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} "
        "Expression parameters: {ConditionExpression}"
    ):
        dynamodb.put_item(
            TableName="things",
            Item=item(id="a"),
            Expected={"id": {"Exists": False}},
            ConditionExpression="attribute_not_exists(id)",
        )
