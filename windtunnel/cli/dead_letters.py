"""Dead-letter queues of a running cloud: which there are, whose letters they keep, and where a letter can go again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from windtunnel.cli import remote
from windtunnel.cli.main import Problem

PEEK_PASSES = 200
HIDDEN_S = 60


class Source(NamedTuple):
    """Whose letters go to a queue: `kind` is queue, function, subscription, rule or schedule; `again` the ARN they were for."""

    kind: str
    name: str
    dead: str
    again: str


def sources(endpoint: str) -> list[Source]:
    """Everything that names a dead-letter queue, or a queue for what failed."""
    return [
        *_of_queues(endpoint),
        *_of_functions(endpoint),
        *_of_topics(endpoint),
        *_of_rules(endpoint),
        *_of_schedules(endpoint),
    ]


@contextmanager
def letters(endpoint: str, url: str) -> Iterator[list[dict[str, Any]]]:
    """What is visible in a queue, oldest first; back in it at the end, unless deleted. A look counts as a receive, as on AWS."""
    sqs = remote.client("sqs", endpoint)
    found: dict[str, dict[str, Any]] = {}
    for _ in range(PEEK_PASSES):
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_S, MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )  # fmt: skip
        if not (messages := answer.get("Messages")):
            break
        found |= {message["MessageId"]: message for message in messages}
    left = sorted(found.values(), key=lambda message: int(message["Attributes"]["SentTimestamp"]))
    try:
        yield left
    finally:
        for message in left:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def hand_over(endpoint: str, arn: str, message: dict[str, Any]) -> None:
    """Send a letter to the queue, topic, function or bus. Raises Problem for an ARN of anything else."""
    kind = arn.split(":")[2]
    body, attributes = _original(message), message.get("MessageAttributes", {})
    if kind == "sqs":
        sqs = remote.client("sqs", endpoint)
        wish: dict[str, Any] = {"QueueUrl": sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]}
        if arn.endswith(".fifo"):
            wish["MessageGroupId"] = message["Attributes"].get("MessageGroupId", "redrive")
        sqs.send_message(**wish, MessageBody=body, MessageAttributes=attributes)
    elif kind == "lambda":
        remote.client("lambda", endpoint).invoke(FunctionName=arn, InvocationType="Event", Payload=body)
    elif kind == "sns":
        remote.client("sns", endpoint).publish(TopicArn=arn, Message=body, MessageAttributes=attributes)
    elif kind == "events":
        event = json.loads(body)
        entry = {
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "EventBusName": arn,
        }
        [answer] = remote.client("events", endpoint).put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in answer:
            raise Problem(f"{answer['ErrorCode']}: {answer['ErrorMessage']}")
    else:
        raise Problem(f"A letter cannot be sent to {arn}. Possible are a queue, a topic, a function, a bus.")


def _original(message: dict[str, Any]) -> str:
    """What was to be delivered: a failure record of Lambda has it inside, everything else is it."""
    try:
        record = json.loads(message["Body"])
        if {"requestContext", "requestPayload"} <= record.keys():
            return json.dumps(record["requestPayload"])
    except (ValueError, AttributeError):
        pass
    return str(message["Body"])


def _of_queues(endpoint: str) -> Iterator[Source]:
    sqs = remote.client("sqs", endpoint)
    for page in sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1000}):
        for url in page.get("QueueUrls", ()):
            known = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy", "QueueArn"])["Attributes"]
            if "RedrivePolicy" in known:
                dead = json.loads(known["RedrivePolicy"])["deadLetterTargetArn"]
                yield Source("queue", known["QueueArn"].rpartition(":")[2], dead, known["QueueArn"])


def _of_functions(endpoint: str) -> Iterator[Source]:
    client = remote.client("lambda", endpoint)
    for function in client.get_paginator("list_functions").paginate().search("Functions"):
        name, arn = function["FunctionName"], function["FunctionArn"]
        if dead := function.get("DeadLetterConfig", {}).get("TargetArn"):
            yield Source("function", name, dead, arn)
        for config in client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]:
            if dead := config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"):
                yield Source("function", name, dead, config["FunctionArn"])


def _of_topics(endpoint: str) -> Iterator[Source]:
    sns = remote.client("sns", endpoint)
    for subscription in sns.get_paginator("list_subscriptions").paginate().search("Subscriptions"):
        if not subscription["SubscriptionArn"].startswith("arn:"):
            continue
        known = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
        if policy := known.get("RedrivePolicy"):
            topic = subscription["TopicArn"].rpartition(":")[2]
            yield Source("subscription", topic, json.loads(policy)["deadLetterTargetArn"], subscription["Endpoint"])


def _of_rules(endpoint: str) -> Iterator[Source]:
    events = remote.client("events", endpoint)
    for bus in events.list_event_buses()["EventBuses"]:
        for rule in events.list_rules(EventBusName=bus["Name"])["Rules"]:
            for target in events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus["Name"])["Targets"]:
                if dead := target.get("DeadLetterConfig", {}).get("Arn"):
                    yield Source("rule", rule["Name"], dead, target["Arn"])


def _of_schedules(endpoint: str) -> Iterator[Source]:
    scheduler = remote.client("scheduler", endpoint)
    for listed in scheduler.get_paginator("list_schedules").paginate().search("Schedules"):
        target = scheduler.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])["Target"]
        if dead := target.get("DeadLetterConfig", {}).get("Arn"):
            yield Source("schedule", listed["Name"], dead, target["Arn"])
