"""Tables, indexes, pages and streams agree with a plain model, whatever was done to the items."""

import random

import pytest

from tests.services.dynamodb.tables import index, item, made, records, values

COLOURS = ("red", "green", "blue", None)


def pages(call, **wish):
    found = []
    while True:
        page = call(**wish)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        wish["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def sorted_items(items):
    return sorted(items, key=lambda each: (each["id"]["S"], int(each["n"]["N"])))


@pytest.mark.parametrize("seed", range(3))
def test_after_many_changes_everything_is_where_it_belongs(cloud, seed):
    chance = random.Random(seed)
    dynamodb = made(
        cloud,
        key=("id", "n"),
        stream="NEW_AND_OLD_IMAGES",
        GlobalSecondaryIndexes=[index("by-colour", "colour", "weight")],
        LocalSecondaryIndexes=[index("by-weight", "id", "weight", projection="KEYS_ONLY")],
    )
    model = {}
    for _ in range(250):
        key = (chance.choice("abc"), chance.randrange(-20, 20))
        keyed = item(id=key[0], n=key[1])
        act = chance.random()
        if act < 0.6:
            colour = chance.choice(COLOURS)
            more = {"weight": f"w{chance.randrange(8)}"} if chance.random() < 0.8 else {}
            new = item(id=key[0], n=key[1], **({"colour": colour} if colour else {}), **more)
            dynamodb.put_item(TableName="things", Item=new)
            model[key] = new
        elif act < 0.8:
            dynamodb.update_item(
                TableName="things", Key=keyed, UpdateExpression="SET colour = :c REMOVE weight",
                ExpressionAttributeValues=values(c="red"),
            )  # fmt: skip
            left = {name: each for name, each in model.get(key, keyed).items() if name != "weight"}
            model[key] = {**left, **item(colour="red")}
        else:
            dynamodb.delete_item(TableName="things", Key=keyed)
            model.pop(key, None)

    everything = pages(dynamodb.scan, TableName="things", Limit=7)
    assert sorted_items(everything) == sorted_items(model.values())
    assert len(everything) == len(model)
    for forward in (True, False):
        for name in "abc":
            found = pages(
                dynamodb.query, TableName="things", KeyConditionExpression="id = :i AND n BETWEEN :l AND :h", Limit=3,
                ExpressionAttributeValues=values(i=name, l=-5, h=9), ScanIndexForward=forward,
            )  # fmt: skip
            wanted = sorted_items(each for key, each in model.items() if key[0] == name and -5 <= key[1] <= 9)
            assert found == (wanted if forward else wanted[::-1])
        for colour in COLOURS[:3]:
            found = pages(
                dynamodb.query, TableName="things", IndexName="by-colour", KeyConditionExpression="colour = :c", Limit=4,
                ExpressionAttributeValues=values(c=colour), ScanIndexForward=forward,
            )  # fmt: skip
            wanted = [m for m in model.values() if m.get("colour") == {"S": colour} and "weight" in m]
            assert sorted_items(found) == sorted_items(wanted)
            weights = [each["weight"]["S"] for each in found]
            assert weights == sorted(weights, reverse=not forward)
    local = pages(dynamodb.scan, TableName="things", IndexName="by-weight", Limit=5)
    assert len(local) == sum("weight" in each for each in model.values())
    table = dynamodb.describe_table(TableName="things")["Table"]
    assert table["ItemCount"] == len(model)
    assert table["TableSizeBytes"] > 0

    replayed = {}
    for record in records(cloud):
        change = record["dynamodb"]
        key = (change["Keys"]["id"]["S"], int(change["Keys"]["n"]["N"]))
        assert replayed.get(key) == change.get("OldImage")
        replayed.pop(key, None)
        if "NewImage" in change:
            replayed[key] = change["NewImage"]
    assert replayed == model
