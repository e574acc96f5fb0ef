"""Rules and what arrives at their targets, for tests of EventBridge."""

import json

from tests.services.sns.topics import queue, received

ORDER = {"Source": "shop", "DetailType": "OrderPlaced", "Detail": '{"total": 7, "items": ["a", "b"]}'}


def ruled(cloud, name="orders", pattern=None, bus="default", target=None, **of_queue):
    """A rule with a new queue of its name for a target; the URL of the queue."""
    events = cloud.client("events")
    url, arn = queue(cloud, name + (".fifo" if of_queue.get("FifoQueue") else ""), **of_queue)
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern or {"source": ["shop"]}))
    answer = events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "1", "Arn": arn, **(target or {})}])
    assert answer["FailedEntryCount"] == 0
    return url


def put(cloud, *entries, **more):
    return cloud.client("events").put_events(Entries=list(entries) or [{**ORDER, **more}])


def bodies(cloud, url):
    return [message["Body"] for message in received(cloud, url)]


def arrived(cloud, url):
    return [json.loads(body) for body in bodies(cloud, url)]
