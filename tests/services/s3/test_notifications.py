"""Events of buckets, and where they arrive."""

import json

import pytest

from tests.services.lambda_.functions import create
from tests.services.s3.asking import refused

QUEUE = "arn:aws:sqs:us-east-1:000000000000:events"


@pytest.fixture
def received(cloud):
    """What arrived in the queue since the last look."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]

    def look():
        cloud.settle()
        messages = []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                messages.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    return look


def wish(events, **more):
    return {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": events, **more}]}


def test_a_stored_object_is_told_to_the_queue(s3, bucket, received):
    configuration = wish(["s3:ObjectCreated:*"], Id="rule-1")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    assert [message["Event"] for message in received()] == ["s3:TestEvent"]

    s3.put_object(Bucket=bucket, Key="a b/é.txt", Body=b"hello world")

    [message] = received()
    [record] = message["Records"]
    assert (record["eventName"], record["eventSource"], record["eventVersion"]) == (
        "ObjectCreated:Put",
        "aws:s3",
        "2.1",
    )
    assert (record["awsRegion"], record["eventTime"]) == ("us-east-1", "2026-01-01T00:00:00.000Z")
    assert record["s3"]["configurationId"] == "rule-1"
    assert record["s3"]["bucket"]["arn"] == "arn:aws:s3:::things"
    thing = record["s3"]["object"]
    assert (thing["key"], thing["size"]) == ("a+b/%C3%A9.txt", 11)
    assert thing["eTag"] == "5eb63bbbe01eeed093cb22bb8f5acdc3"


def test_each_change_has_its_event(s3, bucket, received):
    configuration = wish(["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"])
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=configuration, SkipDestinationValidation=True
    )

    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": []})
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_object(Bucket=bucket, Key="absent")

    names = [message["Records"][0]["eventName"] for message in received()]
    assert sorted(names) == ["ObjectCreated:Copy", "ObjectCreated:Put", "ObjectRemoved:Delete", "ObjectTagging:Put"]


def test_deleting_in_a_versioned_bucket_tells_of_the_marker(s3, versioned, received):
    s3.put_object(Bucket=versioned, Key="a", Body=b"x")
    s3.put_bucket_notification_configuration(
        Bucket=versioned,
        NotificationConfiguration=wish(["s3:ObjectRemoved:*"]),
        SkipDestinationValidation=True,
    )

    marker = s3.delete_object(Bucket=versioned, Key="a")["VersionId"]

    [message] = received()
    assert message["Records"][0]["eventName"] == "ObjectRemoved:DeleteMarkerCreated"
    assert message["Records"][0]["s3"]["object"]["versionId"] == marker


def test_prefix_and_suffix_choose(s3, bucket, received):
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".txt"}]
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration=wish(["s3:ObjectCreated:Put"], Filter={"Key": {"FilterRules": rules}}),
        SkipDestinationValidation=True,
    )

    for key in ("in/a.txt", "in/a.jpg", "out/a.txt"):
        s3.put_object(Bucket=bucket, Key=key)

    keys = [message["Records"][0]["s3"]["object"]["key"] for message in received()]
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"][0]
    assert keys == ["in/a.txt"]
    assert [rule["Name"] for rule in kept["Filter"]["Key"]["FilterRules"]] == ["Prefix", "Suffix"]


@pytest.mark.windtunnel(isolation="inline")
def test_a_function_is_invoked_with_the_event(cloud, s3, bucket, tmp_path):
    noted = tmp_path / "noted"
    source = f"import json\ndef handler(event, context):\n    open({str(noted)!r}, 'w').write(json.dumps(event))\n"
    arn = create(cloud, source)["FunctionArn"]
    rule = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )

    s3.put_object(Bucket=bucket, Key="photo.jpg", Body=b"x")
    cloud.settle()

    [record] = json.loads(noted.read_text())["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "photo.jpg")


def test_a_destination_must_be_there(s3, bucket):
    error, _ = refused(
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration=wish(["s3:ObjectCreated:*"]),
    )

    assert error["Code"] == "InvalidArgument"
    assert error["Message"] == "Unable to validate the following destination configurations"
    assert s3.get_bucket_notification_configuration(Bucket=bucket).keys() == {"ResponseMetadata"}


def test_rules_that_make_no_sense_are_refused(s3, bucket):
    wrong_name = {"Key": {"FilterRules": [{"Name": "INVALID", "Value": "x"}]}}
    name, _ = refused(
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration=wish(["s3:ObjectCreated:*"], Filter=wrong_name),
    )
    topic, _ = refused(
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration={
            "TopicConfigurations": [{"TopicArn": "invalid-topic", "Events": ["s3:ObjectCreated:*"]}]
        },
    )

    assert (name["ArgumentName"], name["ArgumentValue"]) == ("FilterRule.Name", "INVALID")
    assert (topic["Message"], topic["ArgumentName"]) == ("The ARN could not be parsed", "Topic")


def test_an_event_that_nobody_takes_is_written_down(cloud, s3, bucket):
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration=wish(["s3:ObjectCreated:*"]),
        SkipDestinationValidation=True,
    )

    s3.put_object(Bucket=bucket, Key="a")
    cloud.settle()

    [sent] = cloud.records("NotificationSent")
    assert (sent.fact.event, sent.fact.target, sent.fact.error) == ("ObjectCreated:Put", QUEUE, "QueueDoesNotExist")


def test_a_notification_is_tried_again_until_its_queue_takes_it(cloud, s3, bucket, received):
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=wish(["s3:ObjectCreated:*"]), SkipDestinationValidation=True
    )
    with cloud.fault("refuse", service="sqs", operation="SendMessage", count=3):
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        assert received() == []

        cloud.advance(minutes=1)

    assert len(received()) == 1
    assert [bool(entry.fact.error) for entry in cloud.records("NotificationSent")] == [True, True, True, False]


def on_bus(cloud, s3, bucket):
    """The events of the bucket that EventBridge gets, as they are when asked for."""
    from tests.services.events.events import arrived, ruled

    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    url = ruled(cloud, "things", {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})

    def look():
        cloud.settle()
        return arrived(cloud, url)

    return look


def test_eventbridge_is_told_of_every_change(cloud, s3, bucket):
    look = on_bus(cloud, s3, bucket)
    s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"hello")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/a b.txt")
    s3.put_object_tagging(Bucket=bucket, Key="copy", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket=bucket, Key="copy")
    s3.delete_object(Bucket=bucket, Key="copy")

    events = sorted(look(), key=lambda event: event["detail"]["request-id"])
    by_type = {(event["detail-type"], event["detail"].get("reason")): event for event in events}

    assert set(by_type) == {
        ("Object Created", "PutObject"), ("Object Created", "CopyObject"), ("Object Tags Added", None),
        ("Object Tags Deleted", None), ("Object Deleted", "DeleteObject"),
    }  # fmt: skip
    made = by_type["Object Created", "PutObject"]
    assert (made["source"], made["resources"], made["region"]) == ("aws.s3", [f"arn:aws:s3:::{bucket}"], "us-east-1")
    detail = made["detail"]
    assert (detail["version"], detail["bucket"], detail["requester"]) == ("0", {"name": bucket}, "000000000000")
    assert (detail["object"]["key"], detail["object"]["size"]) == ("a b.txt", 5)
    assert detail["object"]["etag"] == "5d41402abc4b2a76b9719d911017c592"
    gone = by_type["Object Deleted", "DeleteObject"]["detail"]
    assert gone["deletion-type"] == "Permanently Deleted"
    assert set(gone["object"]) == {"key", "sequencer"}


def test_a_delete_marker_is_told_as_one(cloud, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    look = on_bus(cloud, s3, bucket)

    s3.delete_object(Bucket=bucket, Key="a")

    [event] = look()
    assert event["detail"]["deletion-type"] == "Delete Marker Created"
    assert event["detail"]["object"]["version-id"]


def test_the_bus_is_shown_in_the_configuration(cloud, s3, bucket):
    on_bus(cloud, s3, bucket)

    assert s3.get_bucket_notification_configuration(Bucket=bucket)["EventBridgeConfiguration"] == {}


def test_a_notification_survives_a_restart(started):
    from tests.services.sns.topics import queue
    from tests.services.sns.topics import received as messages

    cloud = started()
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="things")
    url, _ = queue(cloud, "events")
    s3.put_bucket_notification_configuration(
        Bucket="things", NotificationConfiguration=wish(["s3:ObjectCreated:*"]), SkipDestinationValidation=True
    )
    with cloud.fault("refuse", service="sqs", operation="SendMessage"):
        s3.put_object(Bucket="things", Key="a", Body=b"x")
        cloud.settle()
    cloud = started()

    cloud.advance(minutes=1)

    assert len(messages(cloud, url)) == 1
