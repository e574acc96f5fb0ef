"""What SQS refuses, in its words."""

import base64
import json

import pytest

from tests.services.sns.test_topics import refusal


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def queue(sqs, name="jobs", **attributes):
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


@pytest.mark.parametrize("name", [".a", "a.", "a..b", "a b", "AWS.a", "amazon.a", "a" * 257])
def test_names_of_message_attributes_have_rules(sqs, name):
    attributes = {name: {"DataType": "String", "StringValue": "v"}}

    code, problem = refusal(sqs.send_message, QueueUrl=queue(sqs), MessageBody="m", MessageAttributes=attributes)

    assert code == "InvalidParameterValue"
    assert problem.startswith("Message (user) attribute name")


def test_a_number_must_be_one(sqs):
    attributes = {"total": {"DataType": "Number.int", "StringValue": "many"}}

    refused = refusal(sqs.send_message, QueueUrl=queue(sqs), MessageBody="m", MessageAttributes=attributes)

    problem = "Can't cast the value of message (user) attribute 'total' to a number."
    assert refused == ("InvalidParameterValue", problem)


@pytest.mark.parametrize(
    ("member", "value"),
    [("MessageGroupId", "größe"), ("MessageGroupId", "g" * 129), ("MessageDeduplicationId", "a b")],
)
def test_groups_and_deduplication_ids_are_short_and_plain(sqs, member, value):
    url = queue(sqs, "jobs.fifo", FifoQueue="true")
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d", member: value}

    refused = refusal(sqs.send_message, QueueUrl=url, MessageBody="m", **ids)

    reason = f"{member} can only include alphanumeric and punctuation characters. 1 to 128 in length."
    problem = f"Value {value} for parameter {member} is invalid. Reason: {reason}"
    assert refused == ("InvalidParameterValue", problem)


def test_only_some_actions_can_be_shared(sqs):
    wish = {"QueueUrl": queue(sqs), "Label": "all", "AWSAccountIds": ["111122223333"]}

    refused = refusal(sqs.add_permission, **wish, Actions=["SendMessage", "DeleteQueue"])

    reason = "Only the queue owner is allowed to invoke this action."
    problem = f"Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: {reason}"
    assert refused == ("InvalidParameterValue", problem)
    many = refusal(sqs.add_permission, **wish, Actions=["SendMessage"] * 8)
    assert many == ("OverLimit", "8 Actions were found, maximum allowed is 7.")


@pytest.mark.parametrize("number", [0, 1001])
def test_a_page_of_queues_has_a_limit(sqs, number):
    refused = refusal(sqs.list_queues, MaxResults=number)

    reason = "Must be between 1 and 1000, if provided."
    problem = f"Value {number} for parameter MaxResults is invalid. Reason: {reason}"
    assert refused == ("InvalidParameterValue", problem)


def test_a_token_of_a_listing_must_be_one(sqs):
    assert refusal(sqs.list_queues, NextToken="?") == ("InvalidParameterValue", "Invalid or expired next token.")


def test_a_dead_letter_queue_that_is_not_there_is_refused_as_it_was_given(sqs):
    arn = "arn:aws:sqs:us-east-1:000000000000:none"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})

    refused = refusal(sqs.create_queue, QueueName="jobs", Attributes={"RedrivePolicy": policy})

    reason = "Dead letter target does not exist."
    problem = f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"
    assert refused == ("InvalidParameterValue", problem)


def test_a_move_of_an_unknown_queue_cannot_be_cancelled(sqs):
    source = {"taskId": "t", "sourceArn": "arn:aws:sqs:us-east-1:000000000000:none"}
    handle = base64.b64encode(json.dumps(source).encode()).decode()

    refused = refusal(sqs.cancel_message_move_task, TaskHandle=handle)

    problem = "The resource that you specified for the SourceArn parameter doesn't exist."
    assert refused == ("ResourceNotFoundException", problem)
