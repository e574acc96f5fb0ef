"""Event source mappings from DynamoDB Streams."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import create
from tests.services.lambda_streams.mapped import batches, events
from tests.services.sns.topics import queue, received

SEE = """
import json

def handler(event, context):
    print("SAW " + json.dumps(event))
    if any("poison" in json.dumps(r["dynamodb"]) for r in event["Records"]): raise ValueError("no")
"""


def table(cloud, view="NEW_AND_OLD_IMAGES"):
    """The client, and the ARN of the stream of a table."""
    client = cloud.client("dynamodb")
    made = client.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )["TableDescription"]
    return client, made["LatestStreamArn"]


def mapped(cloud, arn, **members):
    create(cloud, SEE, Timeout=30)
    wish = {"EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON", **members}
    return cloud.client("lambda").create_event_source_mapping(FunctionName="fn", **wish)


def put(client, *names, **attributes):
    for name in names:
        client.put_item(TableName="orders", Item={"id": {"S": name}, **attributes})


def names(cloud):
    """The ids of the records of each batch."""
    return [[record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]] for event in events(cloud)]


def test_a_function_gets_the_changes_of_a_table(cloud):
    client, arn = table(cloud)
    mapped(cloud, arn)

    put(client, "a", data={"B": b"foobar"})
    client.delete_item(TableName="orders", Key={"id": {"S": "a"}})

    inserted, removed = (record for event in events(cloud) for record in event["Records"])
    change = inserted["dynamodb"]
    assert (inserted["eventName"], removed["eventName"]) == ("INSERT", "REMOVE")
    assert (inserted["eventSource"], inserted["eventVersion"]) == ("aws:dynamodb", "1.1")
    assert (inserted["eventSourceARN"], inserted["awsRegion"]) == (arn, "us-east-1")
    assert change["ApproximateCreationDateTime"] == cloud.now
    assert change["Keys"] == {"id": {"S": "a"}}
    assert change["NewImage"] == {"id": {"S": "a"}, "data": {"B": "Zm9vYmFy"}}
    assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert change.keys() >= {"SequenceNumber", "SizeBytes"}
    assert removed["dynamodb"]["OldImage"] == change["NewImage"]


@pytest.mark.parametrize(("position", "expected"), [("TRIM_HORIZON", ["old", "new"]), ("LATEST", ["new"])])
def test_a_mapping_begins_where_it_was_told(cloud, position, expected):
    client, arn = table(cloud)
    put(client, "old")
    mapped(cloud, arn, StartingPosition=position)
    cloud.settle()

    put(client, "new")

    assert [name for batch in names(cloud) for name in batch] == expected


def test_a_filter_sees_the_change(cloud):
    client, arn = table(cloud)
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["order"]}}}}
    mapped(cloud, arn, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})

    put(client, "a", kind={"S": "order"})
    put(client, "b", kind={"S": "noise"})
    put(client, "a", kind={"S": "order"}, more={"N": "1"})

    assert names(cloud) == [["a"]]


def test_a_mapping_goes_on_after_a_silence_longer_than_an_iterator_lives(cloud):
    client, arn = table(cloud)
    put(client, "before")
    mapped(cloud, arn, StartingPosition="LATEST")
    cloud.advance(hours=1)

    put(client, "after")
    cloud.advance(hours=1)
    put(client, "later")

    assert names(cloud) == [["after"], ["later"]]


def test_a_poisoned_change_ends_in_the_destination(cloud):
    url, queue_arn = queue(cloud, "dead")
    client, arn = table(cloud)
    put(client, "a", "poison", "b")
    mapped(
        cloud, arn, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )  # fmt: skip
    cloud.advance(10)

    [message] = received(cloud, url)
    record = json.loads(message["Body"])
    info = record["DDBStreamBatchInfo"]
    assert names(cloud)[-1] == ["b"]
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert info["startSequenceNumber"] == info["endSequenceNumber"]
    assert info["approximateArrivalOfFirstRecord"] == "2026-01-01T00:00:00Z"
    assert (info["batchSize"], info["streamArn"]) == (1, arn)


def test_items_are_processed_side_by_side_and_each_in_its_order(cloud):
    client, arn = table(cloud)
    for number in range(3):
        put(client, *"abcdef", n={"N": str(number)})

    mapped(cloud, arn, BatchSize=1, ParallelizationFactor=5)

    found = [record["dynamodb"] for event in events(cloud) for record in event["Records"]]
    for name in "abcdef":
        numbers = [change["NewImage"]["n"]["N"] for change in found if change["Keys"]["id"]["S"] == name]
        assert numbers == ["0", "1", "2"]
    assert len(batches(cloud)) == 18


def test_items_that_expire_are_changes_of_dynamodb_itself(cloud):
    client, arn = table(cloud)
    client.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    put(client, "a", expires={"N": str(int(cloud.now) + 60)})
    mapped(cloud, arn, StartingPosition="LATEST")

    cloud.advance(days=3)

    [event] = events(cloud)
    assert event["Records"][0]["userIdentity"] == {"principalId": "dynamodb.amazonaws.com", "type": "Service"}


def test_a_stream_that_is_not_there_is_refused(cloud):
    create(cloud, SEE)
    _, arn = table(cloud)
    gone = arn.replace("orders", "others")

    with pytest.raises(ClientError) as failing:
        cloud.client("lambda").create_event_source_mapping(
            FunctionName="fn", EventSourceArn=gone, StartingPosition="LATEST"
        )

    error = failing.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameterValueException", f"Stream not found: {gone}")
