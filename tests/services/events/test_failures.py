"""When a target cannot take an event: again with a back-off, then to the dead-letter queue."""

import json

from tests.services.events.events import put, received, ruled
from tests.services.sns.topics import queue
from windtunnel.aws.errors import ApiError

DEAD = "arn:aws:sqs:us-east-1:000000000000:dead"


def test_a_target_that_is_gone_is_not_tried_again(cloud):
    dead, _ = queue(cloud, "dead")
    url = ruled(cloud, target={"DeadLetterConfig": {"Arn": DEAD}})
    cloud.client("sqs").delete_queue(QueueUrl=url)

    put(cloud)

    [message] = received(cloud, dead)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["source"] == "shop"
    assert attributes["RULE_ARN"].endswith(":rule/orders")
    assert attributes["TARGET_ARN"].endswith(":orders")
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes
    assert [entry.fact.queue for entry in cloud.records("EventDeadLetteredByRule")] == [DEAD]


def test_the_group_of_the_target_is_not_that_of_its_dead_letters(cloud):
    dead, _ = queue(cloud, "dead")
    target = {"SqsParameters": {"MessageGroupId": "all"}, "DeadLetterConfig": {"Arn": DEAD}}
    url = ruled(cloud, target=target, FifoQueue="true")
    cloud.client("sqs").delete_queue(QueueUrl=url)

    put(cloud)

    [message] = received(cloud, dead)
    assert "MessageGroupId" not in message["Attributes"]


def test_without_a_dead_letter_queue_the_loss_is_recorded(cloud):
    url = ruled(cloud)
    cloud.client("sqs").delete_queue(QueueUrl=url)

    put(cloud)

    [lost] = cloud.records("EventLostByRule")
    assert lost.fact.target.endswith(":orders")


def failing(cloud, monkeypatch, times):
    """The next sends to queues of rules fail, as if SQS were out of order."""
    home = cloud.inside.home("000000000000", "us-east-1")
    entry, left = home.call, [times]

    async def call(service, operation, wish, **how):
        if service == "sqs" and operation == "SendMessage" and "orders" in wish["QueueUrl"] and left[0]:
            left[0] -= 1
            raise ApiError("InternalError", "out of order", status=500)
        return await entry(service, operation, wish, **how)

    monkeypatch.setattr(home, "call", call)


def test_an_outage_is_waited_out(cloud, monkeypatch):
    url = ruled(cloud)
    failing(cloud, monkeypatch, 2)

    put(cloud)
    assert received(cloud, url) == []
    cloud.advance(minutes=1)

    assert len(received(cloud, url)) == 1
    assert [entry.fact.attempt for entry in cloud.records("TargetFailed")] == [1, 2]
    assert [entry.fact.attempt for entry in cloud.records("TargetInvoked")] == [3]


def test_attempts_come_to_an_end(cloud, monkeypatch):
    dead, _ = queue(cloud, "dead")
    policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3_600}
    ruled(cloud, target={"DeadLetterConfig": {"Arn": DEAD}, "RetryPolicy": policy})
    failing(cloud, monkeypatch, 100)

    put(cloud)
    cloud.advance(hours=1)

    [message] = received(cloud, dead)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert attributes["RETRY_ATTEMPTS"] == "2"
    assert len(cloud.records("TargetFailed")) == 3


def test_an_event_grows_too_old(cloud, monkeypatch):
    dead, _ = queue(cloud, "dead")
    ruled(cloud, target={"DeadLetterConfig": {"Arn": DEAD}, "RetryPolicy": {"MaximumEventAgeInSeconds": 60}})
    failing(cloud, monkeypatch, 10_000)

    put(cloud)
    cloud.advance(hours=1)

    [message] = received(cloud, dead)
    assert message["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumEventAgeInSeconds"


def test_an_event_hops_once(cloud):
    dead, _ = queue(cloud, "dead")
    events = cloud.client("events")
    for name in ("a", "b"):
        events.create_event_bus(Name=name)
        events.put_rule(Name="round", EventBusName=name, EventPattern='{"source": ["shop"]}')
    arn = "arn:aws:events:us-east-1:000000000000:event-bus/{}"
    for here, there in ("ab", "ba"):
        target = {"Id": "1", "Arn": arn.format(there), "DeadLetterConfig": {"Arn": DEAD}}
        events.put_targets(Rule="round", EventBusName=here, Targets=[target])

    put(cloud, EventBusName="a")

    [message] = received(cloud, dead)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "THIRD_ACCOUNT_HOP_DETECTED"
    assert [entry.fact.bus for entry in cloud.records("EventPut")] == ["a", "b"]
