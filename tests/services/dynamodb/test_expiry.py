"""Time to live: items go when their time has come."""

import pytest

from tests.services.dynamodb.tables import got, made, put, records, refused


def living(cloud, **more):
    dynamodb = made(cloud, **more)
    dynamodb.update_time_to_live(
        TableName="things", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    return dynamodb


def test_an_item_goes_when_its_time_has_come(cloud):
    living(cloud, stream="NEW_AND_OLD_IMAGES")
    put(cloud, id="a", until=int(cloud.now) + 60)
    put(cloud, id="b", until=int(cloud.now) + 120)

    cloud.advance(59)
    assert got(cloud, id="a")
    cloud.advance(1)

    assert got(cloud, id="a") is None
    assert got(cloud, id="b")
    removed = records(cloud)[-1]
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    [fact] = cloud.records("ItemExpired")
    assert fact.fact.table == "things"


def test_an_item_that_got_more_time_has_it(cloud):
    living(cloud)
    put(cloud, id="a", until=int(cloud.now) + 60)
    put(cloud, id="a", until=int(cloud.now) + 90)

    cloud.advance(89)
    assert got(cloud, id="a")
    cloud.advance(1)

    assert got(cloud, id="a") is None


@pytest.mark.parametrize("until", ["1767225660", None, {"a": 1}, 1])
def test_an_item_without_a_number_or_with_an_ancient_one_stays(cloud, until):
    living(cloud)
    put(cloud, id="a", until=until)

    cloud.advance(hours=1)

    assert got(cloud, id="a")


def test_items_that_were_there_before_go_too(cloud):
    dynamodb = made(cloud)
    put(cloud, id="a", until=int(cloud.now) + 60)
    put(cloud, id="b", until=int(cloud.now) - 60)
    dynamodb.update_time_to_live(
        TableName="things", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    cloud.settle()
    assert got(cloud, id="b") is None

    cloud.advance(minutes=1)

    assert got(cloud, id="a") is None


def test_time_to_live_is_switched_once(cloud):
    dynamodb = living(cloud)
    on = {"Enabled": True, "AttributeName": "until"}
    off = {"Enabled": False, "AttributeName": "until"}

    with refused("TimeToLive is already enabled"):
        dynamodb.update_time_to_live(TableName="things", TimeToLiveSpecification=on)
    with refused("TimeToLive is active on a different AttributeName: current AttributeName is until"):
        dynamodb.update_time_to_live(
            TableName="things", TimeToLiveSpecification={"Enabled": False, "AttributeName": "other"}
        )
    described = dynamodb.describe_time_to_live(TableName="things")["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    assert (
        dynamodb.update_time_to_live(TableName="things", TimeToLiveSpecification=off)["TimeToLiveSpecification"] == off
    )
    with refused("TimeToLive is already disabled"):
        dynamodb.update_time_to_live(TableName="things", TimeToLiveSpecification=off)
    put(cloud, id="a", until=int(cloud.now) + 60)
    cloud.advance(hours=1)
    assert got(cloud, id="a")
