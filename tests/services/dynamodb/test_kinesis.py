"""Changes on their way to Kinesis streams."""

import json

import pytest

from tests.services.dynamodb.tables import item, made, put, refused
from windtunnel.aws.errors import ApiError

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"


class TakingStream:
    """Stands where Kinesis is, in one home: takes records, or refuses as many as it is told to."""

    def __init__(self, home):
        self.records = []
        self.refusals = 0
        self._call = home.call
        home.call = self.call

    async def call(self, service, operation, params, **more):
        if service != "kinesis":
            return await self._call(service, operation, params, **more)
        if params["StreamARN"] != ARN:
            raise ApiError("ResourceNotFoundException", "no such stream")
        if operation == "PutRecord":
            if self.refusals:
                self.refusals -= 1
                raise ApiError("ProvisionedThroughputExceededException", "slow down")
            self.records.append((json.loads(params["Data"]), params["PartitionKey"]))
        return {}


@pytest.fixture
def stream(cloud):
    return TakingStream(cloud.inside.home("000000000000", "us-east-1"))


def enabled(cloud, **more):
    dynamodb = made(cloud, **more)
    answer = dynamodb.enable_kinesis_streaming_destination(TableName="things", StreamArn=ARN)
    assert answer["DestinationStatus"] == "ENABLING"
    return dynamodb


def test_changes_go_to_the_stream(cloud, stream):
    enabled(cloud, stream="KEYS_ONLY")
    put(cloud, id="test")
    put(cloud, id="test", b=b"\x00")
    cloud.settle()

    [first, key], [second, same] = stream.records
    assert first.keys() == {
        "awsRegion", "dynamodb", "eventID", "eventName", "eventSource", "recordFormat", "tableName", "userIdentity",
    }  # fmt: skip
    assert (first["eventName"], first["recordFormat"], first["tableName"]) == ("INSERT", "application/json", "things")
    assert first["dynamodb"] == {
        "ApproximateCreationDateTime": int(cloud.now * 1000), "Keys": item(id="test"), "NewImage": item(id="test"),
        "SizeBytes": 12,
    }  # fmt: skip
    assert second["dynamodb"]["NewImage"]["b"] == {"B": "AA=="}
    assert second["dynamodb"]["OldImage"] == item(id="test")
    assert key == same


def test_a_stream_that_refuses_gets_the_change_later(cloud, stream):
    enabled(cloud)
    stream.refusals = 2
    put(cloud, id="a")
    cloud.settle()
    assert not stream.records

    cloud.advance(10)

    assert len(stream.records) == 1


def test_a_destination_is_enabled_and_disabled_once(cloud, stream):
    dynamodb = enabled(cloud)
    with refused(
        "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be "
        "DISABLED or ENABLE_FAILED to perform ENABLE operation."
    ):
        dynamodb.enable_kinesis_streaming_destination(TableName="things", StreamArn=ARN)
    described = dynamodb.describe_kinesis_streaming_destination(TableName="things")
    assert described["KinesisDataStreamDestinations"] == [{"StreamArn": ARN, "DestinationStatus": "ACTIVE"}]

    answer = dynamodb.disable_kinesis_streaming_destination(TableName="things", StreamArn=ARN)

    assert answer["DestinationStatus"] == "DISABLING"
    described = dynamodb.describe_kinesis_streaming_destination(TableName="things")
    assert described["KinesisDataStreamDestinations"][0]["DestinationStatus"] == "DISABLED"
    put(cloud, id="a")
    cloud.settle()
    assert not stream.records
    with refused(
        "Table is not in a valid state to disable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to "
        "perform DISABLE operation."
    ):
        dynamodb.disable_kinesis_streaming_destination(TableName="things", StreamArn=ARN)


def test_a_stream_that_is_not_there_is_no_destination(cloud, stream):
    dynamodb = made(cloud)
    other = ARN.replace("changes", "nothing")

    with refused(f"Requested resource not found: Kinesis stream: {other} not found", "ResourceNotFoundException"):
        dynamodb.enable_kinesis_streaming_destination(TableName="things", StreamArn=other)


def test_times_can_be_finer(cloud, stream):
    dynamodb = enabled(cloud)
    finer = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    dynamodb.update_kinesis_streaming_destination(
        TableName="things", StreamArn=ARN, UpdateKinesisStreamingConfiguration=finer
    )
    put(cloud, id="a")
    cloud.settle()

    [[record, _]] = stream.records
    assert record["dynamodb"]["ApproximateCreationDateTime"] == int(cloud.now * 1_000_000)
    assert record["dynamodb"]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"
