"""Event source mappings as their API shows them."""

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
