"""Pipes and what comes out of them, for tests."""

import json

from tests.services.sns.topics import queue, received

ROLE = "arn:aws:iam::000000000000:role/pipes"


def piped(cloud, source, target, name="p", **members):
    """A pipe; its ARN."""
    wish = {"Name": name, "Source": source, "Target": target, "RoleArn": ROLE, **members}
    return cloud.client("pipes").create_pipe(**wish)["Arn"]


def from_queue(cloud, target, source="in", **members):
    """A pipe from a new queue; the queue's URL."""
    url, arn = queue(cloud, source, VisibilityTimeout=30)
    piped(cloud, arn, target, **members)
    return url


def to_queue(cloud, name="out", **members):
    """A pipe from a new queue to another; the URLs of both."""
    url, arn = queue(cloud, name)
    return from_queue(cloud, arn, **members), url


def send(cloud, url, *bodies):
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body if isinstance(body, str) else json.dumps(body))
    cloud.settle()


def came(cloud, url):
    """The bodies of what came since the last time, as JSON where they are."""
    found = []
    for message in received(cloud, url):
        cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        try:
            found.append(json.loads(message["Body"]))
        except ValueError:
            found.append(message["Body"])
    return found


def filters(*patterns):
    return {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}}
