"""Where the records of asynchronous invocations go, and what happens when they cannot."""

import json
import re

import pytest

from tests.services.lambda_.functions import ECHO, FAIL, create

QUEUE = "arn:aws:sqs:us-east-1:000000000000:records"
SHOW = "def handler(event, context):\n    print('GOT ' + event['requestContext']['condition'])\n"


def configured(cloud, source, **destinations):
    create(cloud, source)
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="fn",
        MaximumRetryAttempts=0,
        DestinationConfig={kind: {"Destination": arn} for kind, arn in destinations.items()},
    )


def send(cloud):
    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"order": 7}')
    cloud.settle()


def records(cloud, url):
    found = cloud.client("sqs").receive_message(QueueUrl=url, AttributeNames=["All"]).get("Messages", [])
    return [(json.loads(message["Body"]), message["Attributes"]) for message in found]


def test_a_success_is_recorded_with_its_answer(cloud):
    url = cloud.client("sqs").create_queue(QueueName="records")["QueueUrl"]
    configured(cloud, ECHO, OnSuccess=QUEUE)

    send(cloud)

    [(record, attributes)] = records(cloud, url)
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["functionArn"].endswith(":function:fn:$LATEST")
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert (record["requestPayload"], record["responsePayload"]) == ({"order": 7}, {"order": 7})
    assert re.fullmatch(r"Root=1-.+;Parent=.+;Sampled=0;Lineage=1:[0-9a-f]{8}:0", attributes["AWSTraceHeader"])


def test_a_failure_is_kept_in_a_bucket_under_the_name_of_the_function_and_its_time(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="failures")
    configured(cloud, FAIL, OnFailure="arn:aws:s3:::failures")

    send(cloud)

    [item] = s3.list_objects_v2(Bucket="failures")["Contents"]
    assert re.fullmatch(
        r"aws/lambda/async/fn/2026/01/01/2026-01-01T00\.00\.00-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", item["Key"]
    )
    record = json.load(s3.get_object(Bucket="failures", Key=item["Key"])["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responsePayload"]["errorMessage"] == "no"


def test_another_function_takes_the_record(cloud):
    create(cloud, SHOW, name="audit")
    configured(cloud, FAIL, OnFailure="arn:aws:lambda:us-east-1:000000000000:function:audit")

    send(cloud)

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/audit")["events"]
    assert "GOT RetriesExhausted\n" in [event["message"] for event in events]


def test_a_record_that_a_destination_refuses_is_recorded_as_lost(cloud):
    configured(cloud, FAIL, OnFailure=QUEUE)

    send(cloud)

    [failed] = cloud.records("DestinationDeliveryFailed")
    assert (failed.fact.target, failed.fact.kind) == (QUEUE, "DestinationDeliveryFailures")
    assert "NonExistentQueue" in failed.fact.why or "does not exist" in failed.fact.why
    assert cloud.records("EventLost")


def test_a_destination_that_is_not_there_is_a_failure_that_is_seen(cloud):
    configured(cloud, FAIL, OnFailure="arn:aws:s3:::archive")

    send(cloud)

    [failed] = cloud.records("DestinationDeliveryFailed")
    assert failed.fact.why.startswith("NoSuchBucket")


def test_a_dead_letter_queue_gets_what_the_destination_refused_too(cloud):
    dead = cloud.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    create(cloud, FAIL, DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"})
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="fn", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": QUEUE}}
    )

    send(cloud)

    [message] = cloud.client("sqs").receive_message(QueueUrl=dead, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == {"order": 7}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "no")
    assert len(attributes["RequestID"]) == 36


@pytest.mark.parametrize("way", ["destination", "dead letter"])
def test_a_target_that_fails_for_a_while_gets_the_record_later(cloud, way):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:failed"
    create(cloud, FAIL, **({"DeadLetterConfig": {"TargetArn": arn}} if way == "dead letter" else {}))
    config = {"OnFailure": {"Destination": arn}} if way == "destination" else {}
    aws = cloud.client("lambda")
    aws.put_function_event_invoke_config(FunctionName="fn", MaximumRetryAttempts=0, DestinationConfig=config)

    with cloud.fault("throttle", service="sqs", operation="SendMessage", count=3):
        aws.invoke(FunctionName="fn", InvocationType="Event", Payload="{}")
        cloud.settle()
        assert not sqs.receive_message(QueueUrl=url).get("Messages")
        cloud.advance(minutes=1)

    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert len(cloud.records("EventDeadLettered")) == 1
    assert cloud.records("EventLost") == []
