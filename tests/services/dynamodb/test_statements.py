"""PartiQL: statements, batches and transactions of them."""

import pytest

from tests.services.dynamodb.tables import got, index, item, made, put, refused, value


def run(cloud, statement, *parameters, **more):
    if parameters:
        more["Parameters"] = [value(each) for each in parameters]
    return cloud.client("dynamodb").execute_statement(Statement=statement, **more)


def test_an_item_is_inserted_once(cloud):
    made(cloud)

    answer = run(
        cloud, """INSERT INTO "things" VALUE {'id': 'a', 'x': ?, 'l': [1, 'b'], 's': <<1, 2>>, 'it''s': true}""", 5
    )

    assert answer["Items"] == []
    assert got(cloud, id="a") == item(id="a", x=5, l=[1, "b"], s={1, 2}, **{"it's": True})
    with refused("Duplicate primary key exists in table", "DuplicateItemException"):
        run(cloud, "INSERT INTO things VALUE {'id': 'a'}")


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("id = 'a' AND n = 1", [1]),
        ("id = 'a' AND n > 1", [2, 3]),
        ("id = 'a' AND n BETWEEN 1 AND 2 AND x = 'odd'", [1]),
        ("id = 'a' ORDER BY n DESC", [3, 2, 1, 0]),
        ("id IN ['a'] AND n IN (0, 3)", [0, 3]),
        ("x = 'odd'", [1, 3]),
        ("x <> 'odd' AND NOT n = 0", [2]),
        ("extra IS MISSING AND n < 2", [0, 1]),
        ("extra IS NOT MISSING", [2]),
        ("begins_with(x, 'ev') OR n = 1", [0, 1, 2]),
        ("size(x) = 4 and contains(\"x\", 'v')", [0, 2]),
        ("extra.deep[0] = 7", [2]),
    ],
)
def test_items_are_selected(cloud, where, found):
    made(cloud, key=("id", "n"))
    for number in range(4):
        put(cloud, id="a", n=number, x=("even", "odd")[number % 2], **({"extra": {"deep": [7]}} if number == 2 else {}))

    assert [int(each["n"]["N"]) for each in run(cloud, f'SELECT * FROM "things" WHERE {where}')["Items"]] == found


def test_a_selection_names_its_attributes_and_its_index(cloud):
    made(cloud, GlobalSecondaryIndexes=[index("by-colour", "colour")])
    put(cloud, id="a", colour="red", m={"x": 1})

    found = run(cloud, 'SELECT id, m.x FROM "things"."by-colour" WHERE colour = ?', "red")

    assert found["Items"] == [item(id="a", x=1)]


def test_a_selection_comes_page_by_page(cloud):
    made(cloud, key=("id", "n"))
    for number in range(5):
        put(cloud, id="a", n=number)
    select = "SELECT n FROM things WHERE id = 'a'"

    first = run(cloud, select, Limit=3)
    second = run(cloud, select, Limit=3, NextToken=first["NextToken"])

    assert [each["n"]["N"] for each in first["Items"] + second["Items"]] == ["0", "1", "2", "3", "4"]
    assert "NextToken" not in second


def test_an_item_is_updated_if_it_is_there(cloud):
    made(cloud)
    put(cloud, id="a", x=1, y=2, s={"p"}, l=[1])

    answer = run(
        cloud,
        "UPDATE things SET x = x + 1 SET s = set_add(s, <<'q'>>) SET l = list_append(l, [2]) REMOVE y WHERE id = ? "
        "RETURNING ALL NEW *",
        "a",
    )

    assert answer["Items"] == [item(id="a", x=2, s={"p", "q"}, l=[1, 2])]
    for where in ("id = 'b'", "id = 'a' AND x = 1"):
        with refused("The conditional request failed", "ConditionalCheckFailedException"):
            run(cloud, f"UPDATE things SET x = 5 WHERE {where}")


def test_an_item_is_deleted(cloud):
    made(cloud)
    put(cloud, id="a", x=1)

    answer = run(cloud, "DELETE FROM things WHERE id = 'a' AND x = 1 RETURNING ALL OLD *")

    assert answer["Items"] == [item(id="a", x=1)]
    assert got(cloud, id="a") is None
    run(cloud, "DELETE FROM things WHERE id = 'a'")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT", "Statement wasn't well formed, can't be processed: Expected identifier for simple path"),
        ("FETCH things", "Statement wasn't well formed, can't be processed: Expected data manipulation"),
        (
            "INSERT INTO things (id) VALUES ('a')",
            "Statement wasn't well formed, can't be processed: Unexpected term",
        ),
        ("UPDATE things-1 SET x = 1", "Statement wasn't well formed, can't be processed: Expected data manipulation"),
        ("SELECT * FROM things WHERE id = ?", "Number of parameters in request and statement don't match."),
        ("DELETE FROM things WHERE x = 1", "Where clause does not contain a mandatory equality on all key attributes"),
    ],
)
def test_a_statement_that_is_none_is_refused(cloud, statement, message):
    made(cloud)

    with refused(message):
        run(cloud, statement)


def test_a_table_that_is_not_there_has_no_items(cloud):
    with refused("Requested resource not found", "ResourceNotFoundException"):
        run(cloud, "SELECT * FROM things")


def test_a_batch_answers_for_each_statement(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a")

    wrote = dynamodb.batch_execute_statement(
        Statements=[
            {"Statement": "INSERT INTO things VALUE {'id': 'a'}"},
            {"Statement": "UPDATE things SET x = ? WHERE id = 'a'", "Parameters": [value(1)]},
        ]
    )["Responses"]
    read = dynamodb.batch_execute_statement(
        Statements=[{"Statement": f"SELECT * FROM things WHERE id = '{name}'"} for name in "ab"]
    )["Responses"]

    assert wrote[0]["Error"] == {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
    assert wrote[1] == {"TableName": "things"}
    assert read == [{"TableName": "things", "Item": item(id="a", x=1)}, {"TableName": "things"}]


def test_a_transaction_of_statements_is_all_or_nothing(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", x=1)

    def transact(*statements):
        return dynamodb.execute_transaction(TransactStatements=[{"Statement": each} for each in statements])

    assert transact("INSERT INTO things VALUE {'id': 'b'}", "UPDATE things SET x = 2 WHERE id = 'a'")["Responses"] == []
    assert got(cloud, id="a") == item(id="a", x=2)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as failing:
        transact(
            "INSERT INTO things VALUE {'id': 'c'}",
            "INSERT INTO things VALUE {'id': 'b'}",
            "EXISTS(SELECT * FROM things WHERE id = 'a' AND x = 1)",
        )
    reasons = [each["Code"] for each in failing.value.response["CancellationReasons"]]
    assert reasons == ["None", "DuplicateItem", "ConditionalCheckFailed"]
    assert got(cloud, id="c") is None
    read = transact("SELECT * FROM things WHERE id = 'b'", "SELECT * FROM things WHERE id = 'c'")
    assert read["Responses"] == [{"Item": item(id="b")}, {}]
