"""Topics, queues and what arrives, for tests of SNS."""

import json


def queue(cloud, name, **attributes):
    """A queue; its URL and ARN."""
    values = {key: str(value) for key, value in attributes.items()}
    url = cloud.client("sqs").create_queue(QueueName=name, Attributes=values)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"


def topic(cloud, name="orders", **attributes):
    return cloud.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]


def subscribed(cloud, arn, name, attributes=None, **of_queue):
    """The URL of a new queue that gets what is published to the topic."""
    url, queue_arn = queue(cloud, name, **of_queue)
    cloud.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes or {})
    return url


def received(cloud, url):
    answer = cloud.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )
    return answer.get("Messages", [])


def envelopes(cloud, url):
    return [json.loads(message["Body"]) for message in received(cloud, url)]
