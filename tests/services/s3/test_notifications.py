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
