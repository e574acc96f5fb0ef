"""Event source mappings as their API shows them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create

STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000"


@pytest.fixture
def mapping(cloud):
    create(cloud, ECHO)
    cloud.client("sqs").create_queue(QueueName="jobs")
    return cloud.client("lambda").create_event_source_mapping(
        FunctionName="fn", EventSourceArn="arn:aws:sqs:us-east-1:000000000000:jobs", Tags={"team": "blue"}
    )


def test_tags_of_a_mapping_are_added_and_taken_away(cloud, mapping):
    aws = cloud.client("lambda")
    arn = mapping["EventSourceMappingArn"]

    aws.tag_resource(Resource=arn, Tags={"stage": "test"})
    aws.untag_resource(Resource=arn, TagKeys=["team"])

    assert aws.list_tags(Resource=arn)["Tags"] == {"stage": "test"}


@pytest.mark.parametrize(("change", "state"), [({"BatchSize": 5}, "Updating"), ({"Enabled": True}, "Updating"),
                                               ({"Enabled": False}, "Disabling")])  # fmt: skip
def test_a_change_says_what_it_does(cloud, mapping, change, state):
    changed = cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], **change)

    assert changed["State"] == state


@pytest.mark.parametrize(("position", "problem"), [
    ({}, "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."),
    ({"StartingPosition": "AT_TIMESTAMP"}, f"Unsupported starting position for arn type: {STREAM}"),
])  # fmt: skip
def test_a_stream_needs_a_starting_position_that_it_has(cloud, position, problem):
    create(cloud, ECHO)

    with pytest.raises(ClientError) as failing:
        cloud.client("lambda").create_event_source_mapping(FunctionName="fn", EventSourceArn=STREAM, **position)

    error = failing.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"].endswith(problem)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:dead"}}),
        ("BisectBatchOnFunctionError", True),
        ("MaximumRetryAttempts", 2),
        ("MaximumRecordAgeInSeconds", 60),
        ("ParallelizationFactor", 2),
        ("TumblingWindowInSeconds", 10),
    ],
)
def test_a_queue_takes_nothing_that_belongs_to_streams(cloud, mapping, member, value):
    with pytest.raises(ClientError) as failing:
        cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], **{member: value})

    error = failing.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"] == f"Unsupported {member} parameter for given event source mapping type."


def test_a_mapping_from_a_stream_shows_the_defaults_of_aws(cloud):
    create(cloud, ECHO)
    cloud.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
    aws = cloud.client("lambda")

    made = aws.create_event_source_mapping(FunctionName="fn", EventSourceArn=arn, StartingPosition="LATEST")
    shown = aws.get_event_source_mapping(UUID=made["UUID"])

    for answer in (made, shown):
        del answer["ResponseMetadata"], answer["LastModified"]
    assert made == {**shown, "State": "Creating"}
    assert shown == {
        "UUID": made["UUID"],
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{made['UUID']}",
        "EventSourceArn": arn,
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:fn",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "StartingPosition": "LATEST",
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "TumblingWindowInSeconds": 0,
        "DestinationConfig": {"OnFailure": {}},
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "State": "Enabled",
        "StateTransitionReason": "User action",
    }


def kinesis_mapping(cloud, **members):
    create(cloud, ECHO)
    cloud.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    wish = {"EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/orders", "StartingPosition": "LATEST"}
    return cloud.client("lambda").create_event_source_mapping(FunctionName="fn", **{**wish, **members})


def test_a_stream_is_mapped_to_a_function_once(cloud):
    made = kinesis_mapping(cloud)

    with pytest.raises(ClientError) as failing:
        cloud.client("lambda").create_event_source_mapping(
            FunctionName="fn", EventSourceArn=made["EventSourceArn"], StartingPosition="TRIM_HORIZON"
        )

    assert failing.value.response["Error"] == {
        "Code": "ResourceConflictException",
        "Message": f'The event source arn (" {made["EventSourceArn"]} ") and function (" fn ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {made['UUID']}",
    }


@pytest.mark.parametrize(("members", "problem"), [
    ({"EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/none"}, "Stream not found: arn:aws:kinesis"),
    ({"EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/none:1"}, "Stream not found: arn:aws"),
    ({"ScalingConfig": {"MaximumConcurrency": 5}}, "Unsupported ScalingConfig parameter"),
    ({"ProvisionedPollerConfig": {"MinimumPollers": 5}}, "Unsupported ProvisionedPollerConfig parameter"),
    ({"StartingPosition": "AT_TIMESTAMP"}, "Need to specify a timestamp"),
    ({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 2e9}, "cannot be in the future"),
    ({"StartingPositionTimestamp": 1e9}, "StartingPositionTimestamp is only valid for AT_TIMESTAMP"),
    ({"MaximumRecordAgeInSeconds": 59}, "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"),
    ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}, "is invalid"),
    ({"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:000000000000:q"}}}, "Unsupported OnSuccess"),
])  # fmt: skip
def test_a_mapping_that_a_stream_cannot_have_is_refused(cloud, members, problem):
    with pytest.raises(ClientError) as failing:
        kinesis_mapping(cloud, **members)

    error = failing.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert problem in error["Message"]


def test_a_mapping_from_a_stream_is_changed_member_by_member(cloud):
    made = kinesis_mapping(cloud, MaximumRetryAttempts=5)
    aws = cloud.client("lambda")

    aws.update_event_source_mapping(UUID=made["UUID"], ParallelizationFactor=4, BisectBatchOnFunctionError=True)

    shown = aws.get_event_source_mapping(UUID=made["UUID"])
    assert (shown["ParallelizationFactor"], shown["BisectBatchOnFunctionError"]) == (4, True)
    assert (shown["MaximumRetryAttempts"], shown["StartingPosition"]) == (5, "LATEST")


def test_a_deleted_mapping_is_gone(cloud):
    made = kinesis_mapping(cloud)
    aws = cloud.client("lambda")

    assert aws.delete_event_source_mapping(UUID=made["UUID"])["State"] == "Deleting"

    assert aws.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_queue_has_pollers_of_its_own(cloud, mapping):
    aws = cloud.client("lambda")

    aws.update_event_source_mapping(UUID=mapping["UUID"], ProvisionedPollerConfig={"MinimumPollers": 5})
    shown = aws.get_event_source_mapping(UUID=mapping["UUID"])
    assert shown["ProvisionedPollerConfig"] == {"MinimumPollers": 5, "MaximumPollers": 200}

    aws.update_event_source_mapping(UUID=mapping["UUID"], ProvisionedPollerConfig={})
    assert "ProvisionedPollerConfig" not in aws.get_event_source_mapping(UUID=mapping["UUID"])


@pytest.mark.parametrize(("members", "problem"), [
    ({"ProvisionedPollerConfig": {"MinimumPollers": 1}}, "MinimumPollers must be greater than or equal to 2"),
    ({"ProvisionedPollerConfig": {"MinimumPollers": 9, "MaximumPollers": 5}}, "must be less than or equal to MaximumPollers"),
    (
        {"ProvisionedPollerConfig": {"MinimumPollers": 2}, "ScalingConfig": {"MaximumConcurrency": 5}},
        "can not be specified together",
    ),
])  # fmt: skip
def test_pollers_that_a_queue_cannot_have_are_refused(cloud, mapping, members, problem):
    with pytest.raises(ClientError, match=problem):
        cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], **members)


def test_provisioned_pollers_bring_more_batches_at_once(cloud):
    source = "import time\ndef handler(event, context):\n    time.sleep(1)\n"
    create(cloud, source, Timeout=30)
    url = cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    for number in range(12):
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))

    cloud.client("lambda").create_event_source_mapping(
        FunctionName="fn", EventSourceArn="arn:aws:sqs:us-east-1:000000000000:jobs", BatchSize=1,
        ProvisionedPollerConfig={"MinimumPollers": 2, "MaximumPollers": 2},
    )  # fmt: skip
    cloud.settle()

    assert len({entry.fact.environment for entry in cloud.records("Invoked")}) == 12


def test_metrics_of_a_mapping_are_shown(cloud, mapping):
    aws = cloud.client("lambda")

    aws.update_event_source_mapping(UUID=mapping["UUID"], MetricsConfig={"Metrics": ["EventCount"]})

    assert aws.get_event_source_mapping(UUID=mapping["UUID"])["MetricsConfig"] == {"Metrics": ["EventCount"]}


def test_kafka_is_refused_by_name_after_what_aws_would_refuse(cloud):
    create(cloud, ECHO)
    aws = cloud.client("lambda")
    wish = {"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}, "Topics": ["topic"]}

    with pytest.raises(ClientError, match="Required 'sourceAccessConfigurations' parameter is missing."):
        aws.create_event_source_mapping(FunctionName="fn", **wish)
    access = [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:000000000000:secret:s"}]
    with pytest.raises(ClientError, match="is not implemented by windtunnel"):
        aws.create_event_source_mapping(FunctionName="fn", SourceAccessConfigurations=access, **wish)


def test_an_event_source_is_a_stream_or_a_queue(cloud):
    create(cloud, ECHO)
    arn = "arn:aws:s3:::photos"

    with pytest.raises(ClientError, match="Unsupported source arn : arn:aws:s3:::photos"):
        cloud.client("lambda").create_event_source_mapping(FunctionName="fn", EventSourceArn=arn)


def test_a_queue_has_no_starting_position(cloud, mapping):
    arn = "arn:aws:sqs:us-east-1:000000000000:jobs"

    with pytest.raises(ClientError, match="StartingPosition is not valid for SQS event sources"):
        cloud.client("lambda").create_event_source_mapping(
            FunctionName="fn", EventSourceArn=arn, StartingPosition="LATEST"
        )


@pytest.mark.parametrize(("window", "shown"), [(0, False), (1, True)])
def test_a_record_without_attributes_has_a_null_checksum_only_behind_a_window(cloud, window, shown):
    create(cloud, "import json\n\ndef handler(event, context):\n    print('SAW ' + json.dumps(event['Records'][0]))\n")
    url = cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="fn",
        EventSourceArn="arn:aws:sqs:us-east-1:000000000000:jobs",
        MaximumBatchingWindowInSeconds=window,
    )

    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="plain")
    cloud.advance(5)

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/fn", filterPattern="SAW")["events"]
    [record] = [json.loads(event["message"].partition("SAW ")[2]) for event in events]
    assert ("md5OfMessageAttributes" in record) is shown
    assert record.get("md5OfMessageAttributes") is None
