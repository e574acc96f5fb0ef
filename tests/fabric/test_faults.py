"""Faults on purpose: what each kind does to a call, which calls it strikes, and that the record tells."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create
from tests.services.sns.topics import queue, received, subscribed, topic
from windtunnel.fabric.faults import InvalidFault

ONCE = {"retries": {"total_max_attempts": 1}}


def sqs_of(cloud):
    """A client that does not try again by itself."""
    from botocore.config import Config

    return cloud.client("sqs", config=Config(**ONCE))


def send(cloud, url, body="job"):
    """The error's code and status; empty when it was taken."""
    try:
        sqs_of(cloud).send_message(QueueUrl=url, MessageBody=body)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return ()


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ({"kind": "refuse"}, ("ServiceUnavailable", 503)),
        ({"kind": "throttle"}, ("RequestThrottled", 403)),
        ({"kind": "error"}, ("InternalFailure", 500)),
        ({"kind": "error", "code": "OverLimit", "status": 400}, ("OverLimit", 400)),
    ],
)
def test_a_call_that_is_refused_does_nothing(cloud, fault, answer):
    url, _ = queue(cloud, "jobs")

    with cloud.fault(**fault, service="sqs", operation="SendMessage"):
        assert send(cloud, url) == answer
        assert received(cloud, url) == []
    assert send(cloud, url) == ()


def test_a_call_may_be_accepted_and_lost(cloud):
    url, _ = queue(cloud, "jobs")

    with cloud.fault("drop-after-accept", service="sqs", operation="SendMessage"):
        assert send(cloud, url) == ()

    assert received(cloud, url) == []


def test_only_calls_of_one_step_can_be_lost(cloud):
    create(cloud, ECHO)

    with (
        cloud.fault("drop-after-accept", service="lambda", operation="Invoke"),
        pytest.raises(ClientError, match="Dropping lambda:Invoke after it was accepted is not implemented"),
    ):
        cloud.client("lambda").invoke(FunctionName="fn")


def test_an_answer_may_be_lost_after_the_work_was_done(cloud):
    url, _ = queue(cloud, "jobs")

    with cloud.fault("lost-answer", service="sqs", operation="SendMessage"):
        assert send(cloud, url) == ("ServiceUnavailable", 503)

    assert [message["Body"] for message in received(cloud, url)] == ["job"]


def test_a_call_may_be_done_twice(cloud):
    url, _ = queue(cloud, "jobs")

    with cloud.fault("duplicate", service="sqs", operation="SendMessage"):
        send(cloud, url)

    assert [message["Body"] for message in received(cloud, url)] == ["job", "job"]


def test_a_call_may_be_late():
    from windtunnel.testing.running import RunningCloud

    with RunningCloud(time="auto") as cloud:
        url, _ = queue(cloud, "jobs")
        before, began = cloud.now, time.monotonic()

        with cloud.fault("delay", seconds=3600, service="sqs", operation="SendMessage"):
            assert send(cloud, url) == ()

        assert cloud.now - before >= 3600
        assert time.monotonic() - began < 60


def test_messages_of_a_standard_queue_may_come_out_of_order(cloud):
    url, _ = queue(cloud, "jobs")
    bodies = [str(number) for number in range(10)]
    for body in bodies:
        send(cloud, url, body)

    with cloud.fault("reorder", service="sqs", seed=3):
        came = [message["Body"] for message in received(cloud, url)]

    assert came != bodies and sorted(came) == bodies


def test_a_fifo_queue_keeps_its_order_even_then(cloud):
    url, _ = queue(cloud, "jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for number in range(10):
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="g")

    with cloud.fault("reorder", service="sqs"):
        assert [message["Body"] for message in received(cloud, url)] == [str(number) for number in range(10)]


def test_it_strikes_what_its_patterns_name(cloud):
    jobs, _ = queue(cloud, "jobs")
    other, _ = queue(cloud, "other")

    with cloud.fault("refuse", service="sqs", operation="Send*", resource="job*"):
        assert send(cloud, jobs) and not send(cloud, other)
        assert received(cloud, other)


def test_it_strikes_who_calls(cloud):
    source = (
        "import boto3, os\n"
        "def handler(event, context):\n"
        "    return boto3.client('sqs').get_queue_url(QueueName='jobs')['QueueUrl']\n"
    )
    queue(cloud, "jobs")
    cloud.listen()
    create(cloud, source, name="caller", Timeout=30)

    with cloud.fault("error", code="OverLimit", status=403, caller="*/caller"):
        answer = cloud.client("lambda").invoke(FunctionName="caller")
        cloud.client("sqs").get_queue_url(QueueName="jobs")

    assert "OverLimit" in json.loads(answer["Payload"].read())["errorMessage"]


def test_its_count_ends_it_and_the_record_tells_each_strike(cloud):
    url, _ = queue(cloud, "jobs")

    with cloud.fault("refuse", service="sqs", operation="SendMessage", count=2) as fault:
        taken = [not send(cloud, url) for _ in range(4)]

    assert taken == [False, False, True, True]
    struck = [entry.fact for entry in cloud.records("FaultInjected")]
    assert [(f.fault, f.fault_kind, f.service, f.operation) for f in struck] == [
        (fault.id, "refuse", "sqs", "SendMessage")
    ] * 2
    assert struck[0].resource == url


def test_the_same_seed_strikes_the_same_calls(cloud):
    url, _ = queue(cloud, "jobs")

    def strikes():
        with cloud.fault("refuse", service="sqs", operation="SendMessage", probability=0.5, seed=7):
            return [bool(send(cloud, url)) for _ in range(20)]

    first = strikes()
    assert first == strikes()
    assert 3 < sum(first) < 17


def test_a_hop_between_services_is_tried_again_until_the_fault_is_over(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "jobs")

    with cloud.fault("refuse", service="sqs", operation="SendMessage", count=12):
        cloud.client("sns").publish(TopicArn=arn, Message="hello")
        assert received(cloud, url) == []
        cloud.advance(minutes=5)

    [message] = received(cloud, url)
    assert json.loads(message["Body"])["Message"] == "hello"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "explode"}, "kind"),
        ({"kind": "refuse", "probability": 2.0}, "probability must be above 0"),
        ({"kind": "refuse", "count": -1}, "count must be 0"),
        ({"kind": "delay"}, "seconds must be given for delay"),
        ({"kind": "refuse", "seconds": 3.0}, "seconds must be given for delay, and only for it"),
        ({"kind": "refuse", "code": "X"}, "code and status are for error only"),
        ({"kind": "error", "status": 200}, "status must be between 400 and 599"),
        ({"kind": "reorder", "service": "sns"}, "reorder strikes sqs:ReceiveMessage"),
        ({"kind": "refuse", "wings": 2}, "wings"),
    ],
)
def test_a_fault_that_cannot_be_meant_is_refused(cloud, fields, words):
    with pytest.raises(InvalidFault, match=words), cloud.fault(**fields):
        pass


def test_time_goes_on_while_a_delivery_is_delayed(cloud):
    url, arn = queue(cloud, "jobs")
    cloud.client("scheduler").create_schedule(
        Name="once", ScheduleExpression="at(2026-01-01T00:01:00)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": "job"},
    )  # fmt: skip

    with cloud.fault("delay", seconds=30, service="sqs", operation="SendMessage"):
        cloud.advance(minutes=2)

    assert [message["Body"] for message in received(cloud, url)] == ["job"]
