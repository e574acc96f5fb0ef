"""Sending, receiving and deleting messages."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def queue(sqs, name="jobs", **attributes):
    return sqs.create_queue(QueueName=name, Attributes={k: str(v) for k, v in attributes.items()})["QueueUrl"]


def bodies(sqs, url, **how):
    return [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **how).get("Messages", [])]


def code_of(failing):
    return failing.value.response["Error"]["Code"]


def test_an_undeleted_message_comes_back_when_its_visibility_timeout_ends(cloud, sqs):
    url = queue(sqs, VisibilityTimeout=30)
    sqs.send_message(QueueUrl=url, MessageBody="resize")
    first = sqs.receive_message(QueueUrl=url)["Messages"][0]

    cloud.advance(29)
    assert not sqs.receive_message(QueueUrl=url).get("Messages")

    cloud.advance(1)
    again = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert again["MessageId"] == first["MessageId"]
    assert again["ReceiptHandle"] != first["ReceiptHandle"]


def test_a_deleted_message_does_not_come_back(cloud, sqs):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="resize")
    message = sqs.receive_message(QueueUrl=url)["Messages"][0]

    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    cloud.advance(hours=1)
    assert bodies(sqs, url) == []


def test_deleting_twice_is_a_success(sqs):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="resize")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)

    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)


def test_a_delayed_message_is_hidden_until_its_delay_has_passed(cloud, sqs):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)

    assert bodies(sqs, url) == []
    cloud.advance(60)
    assert bodies(sqs, url) == ["later"]


@pytest.mark.windtunnel(time="auto")
def test_a_long_poll_ends_empty_when_its_time_is_over(sqs, cloud):
    url = queue(sqs)
    before = cloud.now

    assert bodies(sqs, url, WaitTimeSeconds=20) == []

    assert cloud.now == before + 20


@pytest.mark.windtunnel(time="auto")
def test_a_long_poll_is_woken_when_a_delay_ends(sqs, cloud):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="soon", DelaySeconds=5)
    before = cloud.now

    assert bodies(sqs, url, WaitTimeSeconds=20) == ["soon"]

    assert cloud.now == before + 5


def test_messages_older_than_the_retention_period_are_gone(cloud, sqs):
    url = queue(sqs, MessageRetentionPeriod=60)
    sqs.send_message(QueueUrl=url, MessageBody="old")

    cloud.advance(61)

    assert bodies(sqs, url) == []


def test_a_message_received_too_often_goes_to_the_dead_letter_queue(cloud, sqs):
    dead = queue(sqs, "dead")
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 2}
    url = queue(sqs, VisibilityTimeout=1, RedrivePolicy=json.dumps(policy))
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        assert bodies(sqs, url) == ["poison"]
        cloud.advance(1)

    assert bodies(sqs, url) == []

    moved = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"][0]
    assert moved["Body"] == "poison"
    assert moved["Attributes"]["DeadLetterQueueSourceArn"] == "arn:aws:sqs:us-east-1:000000000000:jobs"


def test_messages_go_back_from_the_dead_letter_queue(cloud, sqs):
    dead = queue(sqs, "dead")
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    url = queue(sqs, VisibilityTimeout=1, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    bodies(sqs, url)
    cloud.advance(1)
    bodies(sqs, url)
    assert (
        sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]
        == "3"
    )

    sqs.start_message_move_task(SourceArn=arn)
    cloud.advance(1)

    assert sorted(bodies(sqs, url)) == ["0", "1", "2"]
    assert sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["Status"] == "COMPLETED"


def test_attributes_and_their_checksum_come_along(sqs):
    url = queue(sqs)
    attributes = {
        "kind": {"DataType": "String", "StringValue": "png"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }

    sent = sqs.send_message(QueueUrl=url, MessageBody="resize", MessageAttributes=attributes)

    message = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]


def test_only_wanted_attributes_are_shown(sqs):
    url = queue(sqs)
    attribute = {"DataType": "String", "StringValue": "x"}
    sqs.send_message(QueueUrl=url, MessageBody="m", MessageAttributes={"a.one": attribute, "b": attribute})

    message = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["a.*"], AttributeNames=["SenderId"])["Messages"][
        0
    ]

    assert list(message["MessageAttributes"]) == ["a.one"]
    assert list(message["Attributes"]) == ["SenderId"]


def test_each_entry_of_a_batch_succeeds_or_fails_by_itself(sqs):
    url = queue(sqs)
    bad = {"kind": {"DataType": "Colour", "StringValue": "red"}}

    answer = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b", "MessageAttributes": bad}],
    )

    assert [entry["Id"] for entry in answer["Successful"]] == ["1"]
    assert answer["Failed"][0]["Id"] == "2"
    assert answer["Failed"][0]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "AWS.SimpleQueueService.EmptyBatchRequest"),
        ([{"Id": "a b", "MessageBody": "x"}], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ([{"Id": "a", "MessageBody": "x"}] * 2, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        (
            [{"Id": str(n), "MessageBody": "x"} for n in range(11)],
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(sqs, entries, code):
    url = queue(sqs)

    with pytest.raises(ClientError) as failing:
        sqs.send_message_batch(QueueUrl=url, Entries=entries)

    assert code_of(failing) == code


def test_a_message_above_the_limit_is_refused(sqs):
    url = queue(sqs, MaximumMessageSize=1024)

    with pytest.raises(ClientError, match="Message must be shorter than 1024 bytes") as failing:
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1025)

    assert code_of(failing) == "InvalidParameterValue"


def test_characters_that_xml_does_not_know_are_refused(sqs):
    with pytest.raises(ClientError) as failing:
        sqs.send_message(QueueUrl=queue(sqs), MessageBody="\x00")

    assert code_of(failing) == "InvalidMessageContents"


def test_a_foreign_receipt_handle_is_refused(sqs):
    with pytest.raises(ClientError) as failing:
        sqs.delete_message(QueueUrl=queue(sqs), ReceiptHandle="nonsense")

    assert code_of(failing) == "ReceiptHandleIsInvalid"


def test_visibility_can_be_given_up_at_once(sqs):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="resize")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]

    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)

    assert bodies(sqs, url) == ["resize"]


def test_a_first_in_first_out_queue_keeps_the_order_of_each_group(cloud, sqs):
    url = queue(sqs, "jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for group, body in (("a", "a1"), ("b", "b1"), ("a", "a2")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)

    first = sqs.receive_message(QueueUrl=url)["Messages"][0]

    assert first["Body"] == "a1"
    assert bodies(sqs, url) == ["b1"], "group a waits for a1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert bodies(sqs, url) == ["a2"]


def test_a_duplicate_within_five_minutes_is_not_added(cloud, sqs):
    url = queue(sqs, "jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    first = sqs.send_message(QueueUrl=url, MessageBody="once", MessageGroupId="g")
    again = sqs.send_message(QueueUrl=url, MessageBody="once", MessageGroupId="g")

    assert again["MessageId"] == first["MessageId"]
    assert len(bodies(sqs, url)) == 1
    cloud.advance(minutes=6)
    assert sqs.send_message(QueueUrl=url, MessageBody="once", MessageGroupId="g")["MessageId"] != first["MessageId"]


def test_the_cost_of_receiving_does_not_depend_on_the_depth(cloud):
    """Counted in looks at the index, not in time."""
    sqs = cloud.client("sqs")
    url = queue(sqs)
    for _ in range(50):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": "x"} for n in range(10)])
    messages = cloud.inside.home("000000000000", "us-east-1").service("sqs").nouns["Messages"].messages
    part = messages._parts["jobs"]

    for _ in range(20):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)

    assert len(part.heap) <= 3 * 500
