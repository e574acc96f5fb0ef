"""Event source mappings from Kinesis: what becomes of batches that fail."""

import json

import pytest

from tests.services.kinesis.streams import FIRST_SHARD, arn, put, stream
from tests.services.lambda_.functions import create
from tests.services.lambda_streams.mapped import FAIL_ON_POISON, REPORT_POISON, batches, mapped, seen
from tests.services.sns.topics import queue, received


def dead(cloud):
    """The URL of a queue for discarded batches, and what makes it the mapping's destination."""
    url, queue_arn = queue(cloud, "dead")
    return url, {"DestinationConfig": {"OnFailure": {"Destination": queue_arn}}}


def discarded(cloud, url):
    cloud.settle()
    return [json.loads(message["Body"]) for message in received(cloud, url)]


def test_a_failed_batch_is_tried_again_with_a_growing_pause(cloud):
    client, _ = mapped(cloud, then=FAIL_ON_POISON)
    put(client, "poison")
    assert len(batches(cloud)) == 1

    counts = []
    for seconds in (1, 2, 4, 8):
        cloud.advance(seconds)
        counts.append(len(batches(cloud)))

    assert counts == [2, 3, 4, 5]


def test_a_failed_batch_holds_up_its_shard(cloud):
    client, mapping = mapped(cloud, then=FAIL_ON_POISON, BatchSize=1)
    put(client, "poison", "behind")
    cloud.advance(60)

    assert {tuple(batch) for batch in seen(cloud)} == {("poison",)}
    last = cloud.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"]
    assert last == "PROBLEM: Function call failed"


def test_a_batch_is_given_up_after_its_last_retry(cloud):
    url, destination = dead(cloud)
    client, _ = mapped(cloud, then=FAIL_ON_POISON, BatchSize=2, MaximumRetryAttempts=1, **destination)
    answers = put(client, "poison", "with it", "behind")
    cloud.advance(10)

    [record] = discarded(cloud, url)
    request = record["requestContext"].pop("requestId")
    invoked = {entry.cause for entry in cloud.records("Invoked")}
    assert request in invoked
    assert seen(cloud)[-1] == ["with it", "behind"]
    assert record == {
        "requestContext": {
            "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:fn",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:01.000Z",
        "KinesisBatchInfo": {
            "shardId": FIRST_SHARD,
            "startSequenceNumber": answers[0]["SequenceNumber"],
            "endSequenceNumber": answers[0]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00.000Z",
            "approximateArrivalOfLastRecord": "2026-01-01T00:00:00.000Z",
            "batchSize": 1,
            "streamArn": arn(),
        },
    }


def test_a_bucket_gets_the_payload_too(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="dead")
    destination = {"OnFailure": {"Destination": "arn:aws:s3:::dead"}}
    client, mapping = mapped(cloud, then=FAIL_ON_POISON, MaximumRetryAttempts=0, DestinationConfig=destination)
    [answer] = put(client, "poison")
    cloud.settle()

    [entry] = s3.list_objects_v2(Bucket="dead")["Contents"]
    record = json.loads(s3.get_object(Bucket="dead", Key=entry["Key"])["Body"].read())

    assert entry["Key"].startswith(f"aws/lambda/{mapping['UUID']}/{FIRST_SHARD}/2026/01/01/2026-01-01T00.00.00-")
    [whole] = json.loads(record["payload"])["Records"]
    assert whole["kinesis"]["sequenceNumber"] == answer["SequenceNumber"]
    assert record["KinesisBatchInfo"]["batchSize"] == 1


def test_a_topic_gets_discarded_batches(cloud):
    url, queue_arn = queue(cloud, "dead")
    topic = cloud.client("sns").create_topic(Name="dead")["TopicArn"]
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"}
    )
    destination = {"OnFailure": {"Destination": topic}}
    client, _ = mapped(cloud, then=FAIL_ON_POISON, MaximumRetryAttempts=0, DestinationConfig=destination)

    put(client, "poison")

    assert discarded(cloud, url)[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_batch_without_a_destination_is_lost_and_said_to_be(cloud):
    client, _ = mapped(cloud, then=FAIL_ON_POISON, MaximumRetryAttempts=0)

    put(client, "poison")
    cloud.settle()

    [entry] = cloud.records("BatchDiscarded")
    assert (entry.fact.condition, entry.fact.target, entry.fact.size) == ("RetryAttemptsExhausted", "", 1)


def test_a_destination_that_is_gone_does_not_hold_up_the_shard(cloud):
    destination = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:none"}}
    client, _ = mapped(cloud, then=FAIL_ON_POISON, BatchSize=1, MaximumRetryAttempts=0, DestinationConfig=destination)

    put(client, "poison", "behind")

    assert seen(cloud) == [["poison"], ["behind"]]
    assert len(cloud.records("DestinationDeliveryFailed")) == 1


def test_a_bisected_batch_ends_with_the_poisoned_record_in_the_destination(cloud):
    url, destination = dead(cloud)
    client = stream(cloud)
    answers = put(client, "a", "b", "poison", "d")
    mapped(cloud, then=FAIL_ON_POISON, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1, **destination)
    cloud.advance(10)

    [record] = discarded(cloud, url)
    info = record["KinesisBatchInfo"]
    assert seen(cloud) == [["a", "b", "poison", "d"], ["a", "b"], ["poison", "d"], ["poison"], ["poison"], ["d"]]
    assert (info["batchSize"], info["startSequenceNumber"]) == (1, answers[2]["SequenceNumber"])
    assert record["requestContext"]["approximateInvokeCount"] == 2


def test_records_are_discarded_when_they_are_too_old(cloud):
    url, destination = dead(cloud)
    client = stream(cloud)
    [old] = put(client, "old")
    cloud.advance(61)
    put(client, "new")

    mapped(cloud, MaximumRecordAgeInSeconds=60, **destination)

    [record] = discarded(cloud, url)
    assert seen(cloud) == [["new"]]
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert "responseContext" not in record
    assert record["KinesisBatchInfo"]["startSequenceNumber"] == old["SequenceNumber"]


def test_a_batch_is_retried_until_its_records_are_too_old(cloud):
    url, destination = dead(cloud)
    client, _ = mapped(cloud, then=FAIL_ON_POISON, MaximumRecordAgeInSeconds=60, **destination)
    put(client, "poison")
    cloud.advance(59)
    assert discarded(cloud, url) == []

    cloud.advance(61)

    [record] = discarded(cloud, url)
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == len(batches(cloud))


def test_a_batch_is_dropped_when_the_stream_has_forgotten_it(cloud):
    client, _ = mapped(cloud, then=FAIL_ON_POISON, BatchSize=1)
    put(client, "poison")
    cloud.advance(hours=23)
    put(client, "new")
    assert seen(cloud)[-1] == ["poison"]

    cloud.advance(hours=1, minutes=2)

    assert seen(cloud)[-1] == ["new"]


@pytest.mark.parametrize("size", [1, 3])
def test_a_function_reports_from_where_on_its_batch_has_failed(cloud, size):
    url, destination = dead(cloud)
    client = stream(cloud)
    answers = put(client, "a", "b", "c", "d", "e", "poison")
    mapped(
        cloud, then=REPORT_POISON, BatchSize=size, MaximumRetryAttempts=3,
        FunctionResponseTypes=["ReportBatchItemFailures"], **destination,
    )  # fmt: skip
    cloud.advance(60)

    [record] = discarded(cloud, url)
    poisoned = [batch for batch in seen(cloud) if "poison" in batch]
    assert poisoned[-4:] == [["poison"]] * 4
    assert len(poisoned) == 4 + (size > 1)
    assert record["requestContext"]["approximateInvokeCount"] == 4
    assert record["responseContext"]["functionError"] is None
    assert record["KinesisBatchInfo"]["startSequenceNumber"] == answers[5]["SequenceNumber"]


@pytest.mark.parametrize("answer", ["None", "{}", "{'batchItemFailures': []}", "{'batchItemFailures': None}"])
def test_a_report_without_failures_is_a_success(cloud, answer):
    client, _ = mapped(cloud, then=f"return {answer}", FunctionResponseTypes=["ReportBatchItemFailures"])

    put(client, "a")

    assert [fact.error for fact in batches(cloud)] == [""]


@pytest.mark.parametrize("answer", [
    "'text'", "{'batchItemFailures': [{'itemIdentifier': ''}]}", "{'batchItemFailures': [{'itemIdentifier': None}]}",
    "{'batchItemFailures': [{'wrong': '1'}]}", "{'batchItemFailures': 'all'}",
])  # fmt: skip
def test_a_report_that_makes_no_sense_fails_the_whole_batch(cloud, answer):
    client, _ = mapped(cloud, then=f"return {answer}", FunctionResponseTypes=["ReportBatchItemFailures"])

    put(client, "a")

    [fact] = batches(cloud)
    assert (fact.error, len(fact.failed)) == ("InvalidAnswer", 1)


def test_throttles_do_not_count_as_retries(cloud):
    client, _ = mapped(cloud, MaximumRetryAttempts=0)
    aws = cloud.client("lambda")
    aws.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    put(client, "a")
    cloud.advance(20)
    assert seen(cloud) == []

    aws.delete_function_concurrency(FunctionName="fn")
    cloud.advance(60)

    assert seen(cloud) == [["a"]]
    assert cloud.records("BatchDiscarded") == []


def test_a_mapping_survives_that_its_function_is_mended(cloud):
    client, _ = mapped(cloud, then=FAIL_ON_POISON)
    put(client, "poison")
    cloud.settle()
    cloud.client("lambda").delete_function(FunctionName="fn")
    cloud.advance(10)

    create(cloud, "def handler(event, context):\n    print('SAW ' + __import__('json').dumps(event))\n")
    cloud.advance(60)

    assert seen(cloud)[-1] == ["poison"]
    assert batches(cloud)[-1].error == ""


def test_a_record_that_is_too_large_for_a_function_is_given_up(cloud):
    url, destination = dead(cloud)
    client, _ = mapped(cloud, MaximumRetryAttempts=1, **destination)
    client.update_max_record_size(StreamARN=arn(), MaxRecordSizeInKiB=10240)

    client.put_record(StreamName="orders", Data=b"x" * 7_000_000, PartitionKey="k")
    cloud.advance(10)

    [record] = discarded(cloud, url)
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
