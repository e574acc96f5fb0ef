"""Kinesis streams as subscribers of log groups."""

import gzip
import json

from tests.services.kinesis.streams import arn, iterator, stream


def test_log_events_go_to_a_stream_zipped_and_under_the_name_of_their_log_stream(cloud):
    client, logs = stream(cloud), cloud.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    role = "arn:aws:iam::000000000000:role/r"
    logs.put_subscription_filter(
        logGroupName="g", filterName="f", filterPattern="ERROR", destinationArn=arn(), roleArn=role
    )

    events = [{"timestamp": int(cloud.now * 1000), "message": text} for text in ("ERROR no", "fine")]
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    cloud.settle()

    [record] = client.get_records(ShardIterator=iterator(client))["Records"]
    content = json.loads(gzip.decompress(record["Data"]))
    assert record["PartitionKey"] == "s"
    assert content["messageType"] == "DATA_MESSAGE"
    assert [event["message"] for event in content["logEvents"]] == ["ERROR no"]
