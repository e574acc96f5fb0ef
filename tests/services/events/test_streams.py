"""Kinesis streams as targets of rules."""

import json

import pytest

from tests.services.events.events import put, ruled
from tests.services.kinesis.streams import arn, iterator, stream


@pytest.mark.parametrize(
    ("path", "key"), [("$.detail.total", "7"), ("$.source", "shop"), ("$.detail.missing", None), (None, None)]
)
def test_a_stream_gets_the_event_under_the_partition_key_that_its_target_names(cloud, path, key):
    client = stream(cloud)
    ruled(cloud, target={"Arn": arn(), **({"KinesisParameters": {"PartitionKeyPath": path}} if path else {})})

    put(cloud)
    cloud.settle()

    [record] = client.get_records(ShardIterator=iterator(client))["Records"]
    event = json.loads(record["Data"])
    assert event["detail-type"] == "OrderPlaced"
    assert record["PartitionKey"] == (key or event["id"])


def test_an_event_waits_while_the_stream_is_too_busy_for_it(cloud):
    client = stream(cloud)
    ruled(cloud, target={"Arn": arn()})
    for _ in range(2):
        client.put_records(StreamName="orders", Records=[{"Data": b"x", "PartitionKey": "k"}] * 500)

    put(cloud)
    cloud.advance(2)

    assert len(client.get_records(ShardIterator=iterator(client))["Records"]) == 1001


def test_events_for_a_stream_that_is_gone_are_lost(cloud):
    ruled(cloud, target={"Arn": arn()})

    put(cloud)
    cloud.settle()

    assert len(cloud.records("EventLostByRule")) == 1
