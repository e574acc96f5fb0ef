"""What AWS says of expressions that are wrong."""

import random

import pytest

from tests.services.dynamodb.tables import item, made, refused, value, values


def update(cloud, text, **more):
    made(cloud)
    return cloud.client("dynamodb").update_item(TableName="things", Key=item(id="a"), UpdateExpression=text, **more)


def condition(cloud, text, **more):
    made(cloud)
    return cloud.client("dynamodb").put_item(TableName="things", Item=item(id="a"), ConditionExpression=text, **more)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("INVALID SYNTAX HERE", 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'),
        ("SET _x = :v", 'Syntax error; token: "_", near: "SET _x"'),
        ("SET", 'Syntax error; token: "<EOF>", near: "SET"'),
        ("SET x", 'Syntax error; token: "<EOF>", near: "x"'),
        ("ADD x : v", 'Syntax error; token: ":", near: "x : v"'),
        ("", "The expression can not be empty;"),
        ("SET x = :v SET y = :v", 'The "SET" section can only be used once in an update expression;'),
        ("SET status = :v", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("SET x = :w", "An expression attribute value used in expression is not defined; attribute value: :w"),
        (
            "SET #x = :v",
            "An expression attribute name used in the document path is not defined; attribute name: #x",
        ),
        (
            "SET x = :v, x = :v",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
        ),
        (
            "SET x.y = :v REMOVE x[0]",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [x, y], "
            "path two: [x, [0]]",
        ),
        ("SET x = nothing(:v)", "Invalid function name; function: nothing"),
        ("SET x = size(y)", "The function is not allowed in an update expression; function: size"),
        (
            "SET x = if_not_exists(y)",
            "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1",
        ),
        (
            "SET x = if_not_exists(:v, :v)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET x = y + :v",
            "Incorrect operand type for operator or function; operator or function: +, operand type: S",
        ),
        (
            "SET x = list_append(y, :v)",
            "Incorrect operand type for operator or function; operator or function: list_append, operand type: S",
        ),
        (
            "ADD x :v",
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, "
            "typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "DELETE x :v",
            "Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, "
            "typeSet: ALLOWED_FOR_DELETE_OPERAND",
        ),
    ],
)
def test_an_update_that_is_wrong(cloud, text, says):
    with refused(f"Invalid UpdateExpression: {says}"):
        update(cloud, text, ExpressionAttributeValues=values(v="v"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", 'Syntax error; token: "<EOF>", near: "x"'),
        ("x = ", 'Syntax error; token: "<EOF>", near: "="'),
        ("x != :v", 'Syntax error; token: "!", near: "x !="'),
        ("a-b = :v", 'Syntax error; token: "-", near: "a-b"'),
        ("((x = :v))", "The expression has redundant parentheses;"),
        ("size(x)", "The function is not allowed to be used this way in an expression; function: size"),
        (
            "attribute_exists(:v)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "begins_with(x, :n)",
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        (
            "x = x",
            "The first operand must be distinct from the remaining operands for this operator or function; operator: =, "
            "first operand: [x]",
        ),
        (
            "x BETWEEN :v AND :u",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: "
            "AttributeValue: {S:v}, upper bound operand: AttributeValue: {S:u}",
        ),
        (
            "attribute_type(x, :v)",
            "Invalid attribute type name found; type: v, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        ("if_not_exists(x, :v)", "The function is not allowed in a condition expression; function: if_not_exists"),
    ],
)
def test_a_condition_that_is_wrong(cloud, text, says):
    with refused(f"Invalid ConditionExpression: {says}"):
        condition(cloud, text, ExpressionAttributeValues=values(v="v", u="u", n=1))


def test_an_expression_has_a_longest_length_and_a_largest_number_of_operators(cloud):
    with refused(
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4100"
    ):
        condition(cloud, "x = :v" + " " * 4094, ExpressionAttributeValues=values(v=1))
    with refused("Invalid FilterExpression: The expression contains too many operators; operator count: 301"):
        cloud.client("dynamodb").scan(
            TableName="things",
            FilterExpression=" OR ".join(["a=:v"] * 151),
            ExpressionAttributeValues=values(v=1),
        )
    with refused("Invalid ConditionExpression: The expression has redundant parentheses;"):
        cloud.client("dynamodb").put_item(
            TableName="things",
            Item=item(id="a"),
            ConditionExpression="(" * 150 + "x = :v" + ")" * 150,
            ExpressionAttributeValues=values(v=1),
        )


def test_groups_that_are_needed_are_not_redundant(cloud):
    condition(cloud, "((x = :v) OR (attribute_not_exists(x)))", ExpressionAttributeValues=values(v=1))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"ExpressionAttributeNames": {"x": "y"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "x"',
        ),
        (
            {"ExpressionAttributeValues": {"v": value(1)}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
        ),
        ({"ExpressionAttributeNames": {}}, "ExpressionAttributeNames must not be empty"),
        ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
        (
            {"ExpressionAttributeNames": {"#a": "a"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}",
        ),
        (
            {"ExpressionAttributeValues": values(a=1)},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}",
        ),
        (
            {"ExpressionAttributeValues": {":a": {"N": "x"}}},
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :a",
        ),
    ],
)
def test_placeholders_that_are_wrong(cloud, more, message):
    with refused(message):
        condition(cloud, "attribute_not_exists(id)", **more)


def test_placeholders_without_an_expression_are_refused(cloud):
    dynamodb = made(cloud)

    with refused("ExpressionAttributeNames can only be specified when using expressions"):
        dynamodb.put_item(TableName="things", Item=item(id="a"), ExpressionAttributeNames={"#a": "a"})
    with refused(
        "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null"
    ):
        dynamodb.update_item(TableName="things", Key=item(id="a"), ExpressionAttributeValues=values(a=1))


def test_what_is_wrong_is_said_before_the_table_is_looked_for(cloud):
    with refused("Invalid ConditionExpression: The expression can not be empty;"):
        cloud.client("dynamodb").put_item(TableName="nothing", Item=item(id="a"), ConditionExpression="")


def test_names_with_dots_are_one_step_behind_a_placeholder(cloud):
    dynamodb = made(cloud)

    dynamodb.put_item(TableName="things", Item=item(id="a", **{"a.b": {"c d": 0}}))
    dynamodb.update_item(
        TableName="things", Key=item(id="a"), UpdateExpression="SET #x.#y = :v",
        ExpressionAttributeNames={"#x": "a.b", "#y": "c d"}, ExpressionAttributeValues=values(v=1),
    )  # fmt: skip

    assert dynamodb.get_item(TableName="things", Key=item(id="a"))["Item"]["a.b"] == value({"c d": 1})


WORDS = [
    "a",
    "id",
    "#x",
    ":v",
    ":n",
    ":l",
    "(",
    ")",
    "[",
    "]",
    "0",
    "7",
    ".",
    ",",
    "=",
    "<>",
    "<=",
    "<",
    "+",
    "-",
    "AND",
    "or",
    "NOT",
    "BETWEEN",
    "IN",
    "SET",
    "REMOVE",
    "ADD",
    "DELETE",
    "size",
    "contains",
    "begins_with",
    "attribute_exists",
    "list_append",
    "if_not_exists",
    "'",
    "!",
    "é",
]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_stands_in_an_expression_is_answered(cloud, seed):
    """The fixture fails this test where windtunnel itself does."""
    dynamodb = made(cloud)
    chance = random.Random(seed)
    known = values(v="x", n=1, l=[1])

    for _ in range(100):
        text = chance.choice(("", "SET a = ", "a = ")) + " ".join(chance.choices(WORDS, k=chance.randint(1, 10)))
        more = {"ExpressionAttributeValues": used} if (used := {k: v for k, v in known.items() if k in text}) else {}
        names = {"ExpressionAttributeNames": {"#x": "a"}} if "#x" in text else {}
        wish = {"TableName": "things", "Key": item(id="a"), **more, **names}
        for kind in ("UpdateExpression", "ConditionExpression"):
            try:
                dynamodb.update_item(**wish, **{kind: text})
            except dynamodb.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] in ("ValidationException", "ConditionalCheckFailedException")
