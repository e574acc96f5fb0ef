"""Functions that read a Kinesis stream, and what they saw, for tests of event source mappings."""

import base64
import json

from tests.services.kinesis.streams import arn, stream
from tests.services.lambda_.functions import create

SEE = """
import base64, json

def handler(event, context):
    print("SAW " + json.dumps(event))
    texts = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    {then}
"""
FAIL_ON_POISON = "if any('poison' in t for t in texts): raise ValueError('no')"
REPORT_POISON = (
    "return {'batchItemFailures': [{'itemIdentifier': r['kinesis']['sequenceNumber']} "
    "for r, t in zip(event['Records'], texts) if 'poison' in t]}"
)


def mapped(cloud, then="return None", shards=1, name="fn", source=None, **members):
    """The client of Kinesis with a stream `orders`, and the mapping of a function that remembers what it saw."""
    create(cloud, SEE.replace("{then}", then), name=name, Timeout=30)
    client = cloud.client("kinesis")
    if source is None and "orders" not in client.list_streams()["StreamNames"]:
        stream(cloud, shards=shards)
    wish = {"EventSourceArn": source or arn(), "StartingPosition": "TRIM_HORIZON", **members}
    return client, cloud.client("lambda").create_event_source_mapping(FunctionName=name, **wish)


def lines(cloud, name="fn"):
    """What the function has printed."""
    cloud.settle()
    logs = cloud.client("logs")
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
        return [event["message"] for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def events(cloud, name="fn"):
    """The events that the function was invoked with, in order."""
    return [json.loads(line.partition("SAW ")[2]) for line in lines(cloud, name) if "SAW " in line]


def text(record):
    return base64.b64decode(record["kinesis"]["data"]).decode()


def seen(cloud, name="fn"):
    """The texts of the records of each batch."""
    return [[text(record) for record in event["Records"]] for event in events(cloud, name)]


def batches(cloud):
    """The facts of the batches, in order."""
    cloud.settle()
    return [entry.fact for entry in cloud.records("BatchProcessed")]
