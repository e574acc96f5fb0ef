"""Schedules and what arrives at their targets, for tests of the Scheduler."""

import json

from tests.services.sns.topics import queue, received

ROLE = "arn:aws:iam::000000000000:role/scheduler"
OFF = {"Mode": "OFF"}


def scheduled(cloud, expression, name="tick", target=None, window=OFF, **more):
    """A schedule with a new queue of its name for a target; the URL of the queue."""
    url, arn = queue(cloud, name)
    wish = {"Arn": arn, "RoleArn": ROLE, **(target or {})}
    scheduler = cloud.client("scheduler")
    scheduler.create_schedule(Name=name, ScheduleExpression=expression, FlexibleTimeWindow=window, Target=wish, **more)
    return url


def arrived(cloud, url):
    """The bodies of what came since the last time."""
    messages = received(cloud, url)
    for message in messages:
        cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


def logged(cloud, function):
    events = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    return "".join(event["message"] for event in events)


def times(cloud, url):
    return [json.loads(body)["time"] for body in arrived(cloud, url)]
