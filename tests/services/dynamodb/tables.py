"""Tables and what is in them, for tests of DynamoDB."""

from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

TYPES = {"id": "S", "n": "N", "b": "B"}


def made(cloud, name="things", key=("id",), stream="", **more):
    """A table on demand whose key attributes have the types of `TYPES`, S where they are not there; the client."""
    dynamodb = cloud.client("dynamodb")
    names = [*key]
    for index in (*more.get("GlobalSecondaryIndexes", ()), *more.get("LocalSecondaryIndexes", ())):
        names += [each["AttributeName"] for each in index["KeySchema"] if each["AttributeName"] not in names]
    if stream:
        more["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream}
    if "ProvisionedThroughput" not in more:
        more.setdefault("BillingMode", "PAY_PER_REQUEST")
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": TYPES.get(each, "S")} for each in names],
        KeySchema=schema(*key),
        **more,
    )
    return dynamodb


def schema(*names):
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds, strict=False)]


def index(name, *key, projection="ALL", included=()):
    shown = {"ProjectionType": projection}
    if included:
        shown["NonKeyAttributes"] = list(included)
    return {"IndexName": name, "KeySchema": schema(*key), "Projection": shown}


def value(plain):
    """A plain value as DynamoDB spells it."""
    if isinstance(plain, dict):
        return {"M": item(**plain)}
    if isinstance(plain, list):
        return {"L": [value(each) for each in plain]}
    if isinstance(plain, bool):
        return {"BOOL": plain}
    if plain is None:
        return {"NULL": True}
    if isinstance(plain, (int, float)):
        return {"N": str(plain)}
    if isinstance(plain, bytes):
        return {"B": plain}
    if isinstance(plain, (set, frozenset)):
        kind = {str: "SS", bytes: "BS"}.get(type(next(iter(plain))), "NS")
        return {kind: sorted(str(each) if kind == "NS" else each for each in plain)}
    return {"S": plain}


def item(**attributes):
    return {name: value(plain) for name, plain in attributes.items()}


def put(cloud, table="things", **attributes):
    return cloud.client("dynamodb").put_item(TableName=table, Item=item(**attributes))


def got(cloud, table="things", **key):
    return cloud.client("dynamodb").get_item(TableName=table, Key=item(**key)).get("Item")


def values(**plain):
    """For ExpressionAttributeValues."""
    return {f":{name}": value(each) for name, each in plain.items()}


def stream_of(cloud, table="things"):
    return cloud.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]


def iterator(cloud, arn, kind="TRIM_HORIZON", **more):
    streams = cloud.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    wish = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind, **more}
    return streams.get_shard_iterator(**wish)["ShardIterator"]


def records(cloud, table="things", arn=""):
    arn = arn or stream_of(cloud, table)
    return cloud.client("dynamodbstreams").get_records(ShardIterator=iterator(cloud, arn))["Records"]


@contextmanager
def refused(message, code="ValidationException"):
    """The call inside fails with exactly this message and code."""
    with pytest.raises(ClientError) as failing:
        yield failing
    error = failing.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)
