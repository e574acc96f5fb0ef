"""Faults that strike requests to the outside: of SNS to a subscribed address, of EventBridge to an API destination."""

import pytest

from tests.services.events.events import put
from tests.services.events.test_api_destinations import destined, endpoint  # noqa: F401
from tests.services.sns.topics import queue, received, topic

HOST = "127.0.0.1"


@pytest.fixture
def subscribed(cloud, endpoint):  # noqa: F811
    """The ARN of a topic that posts what is published."""
    arn = topic(cloud)
    cloud.client("sns").subscribe(TopicArn=arn, Protocol="http", Endpoint=endpoint.url)
    cloud.settle()
    token = endpoint.requests[0][3].split('"Token" : "')[1].split('"')[0]
    cloud.client("sns").confirm_subscription(TopicArn=arn, Token=token)
    endpoint.requests.clear()
    return arn


def publish(cloud, arn):
    cloud.client("sns").publish(TopicArn=arn, Message="hello")
    cloud.settle()


@pytest.mark.parametrize(
    "fault", [{"kind": "refuse"}, {"kind": "throttle"}, {"kind": "error"}, {"kind": "error", "status": 503}]
)
def test_a_fault_answers_instead_of_the_host_and_the_delivery_is_tried_again(cloud, subscribed, endpoint, fault):  # noqa: F811
    with cloud.fault(**fault, service="http", resource=HOST, count=1):
        publish(cloud, subscribed)
        assert endpoint.requests == []

        cloud.advance(20)

    assert len(endpoint.requests) == 1
    [struck] = cloud.records("FaultInjected")
    assert (struck.fact.service, struck.fact.operation, struck.fact.resource) == ("http", "POST", HOST)


def test_a_delay_beyond_the_time_limit_is_a_failure(cloud, subscribed, endpoint):  # noqa: F811
    with cloud.fault("delay", service="http", seconds=16, count=1):
        publish(cloud, subscribed)
        assert not cloud.records("NotificationFailed")
        cloud.advance(16)

    [failed] = cloud.records("NotificationFailed")
    assert "did not answer within 15 seconds" in failed.fact.error


def test_a_lost_answer_brings_the_notification_twice(cloud, subscribed, endpoint):  # noqa: F811
    with cloud.fault("lost-answer", service="http", resource=HOST, count=1):
        publish(cloud, subscribed)
        cloud.advance(20)

    assert len(endpoint.requests) == 2


def test_a_doubled_request_comes_twice_and_one_that_is_dropped_never(cloud, subscribed, endpoint):  # noqa: F811
    with cloud.fault("duplicate", service="http", count=1):
        publish(cloud, subscribed)
    assert len(endpoint.requests) == 2

    with cloud.fault("drop-after-accept", service="http", count=1):
        publish(cloud, subscribed)
    assert len(endpoint.requests) == 2
    assert not cloud.records("NotificationFailed")


def test_another_host_is_not_struck(cloud, subscribed, endpoint):  # noqa: F811
    with cloud.fault("refuse", service="http", resource="hooks.example.com"):
        publish(cloud, subscribed)

    assert len(endpoint.requests) == 1


def test_a_fault_on_an_api_destination_leads_to_the_dead_letter_queue(cloud, endpoint):  # noqa: F811
    dead, dead_arn = queue(cloud, "dead")
    target = {"DeadLetterConfig": {"Arn": dead_arn}, "RetryPolicy": {"MaximumRetryAttempts": 0}}
    destined(cloud, endpoint.url, target=target)

    with cloud.fault("error", service="http", status=500, resource=HOST, caller="*:api-destination/*"):
        put(cloud)
        cloud.settle()

    assert len(received(cloud, dead)) == 1
    assert endpoint.requests == []
