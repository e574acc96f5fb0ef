"""Kinesis as the SDKs for Java speak it: X-Amz-Target with a CBOR body, times in milliseconds."""

import cbor2
import pytest

from windtunnel.gateway.messages import Request

START = 1_767_225_600_000


@pytest.fixture
def ask(cloud):
    """Sends a call as the SDK for Java would, and reads the answer."""

    def send(operation, body):
        scope = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0"
        headers = [
            ("Host", "kinesis.us-east-1.amazonaws.com"),
            ("Authorization", scope),
            ("X-Amz-Target", f"Kinesis_20131202.{operation}"),
            ("Content-Type", "application/x-amz-cbor-1.1"),
        ]
        data = body if isinstance(body, bytes) else cbor2.dumps(body)
        request = Request("POST", "/", "", headers, data, False, "127.0.0.1")

        async def handled():
            answer = cloud.inside.front.handle(request)
            return await answer if hasattr(answer, "__await__") else answer

        response = cloud.run(handled)
        found = dict(response.headers)
        assert found["Content-Type"] == "application/x-amz-cbor-1.1"
        seconds = {1: lambda value, *_: ("milliseconds", value)}
        return response.status, cbor2.loads(response.body, semantic_decoders=seconds) if response.body else None

    return send


def test_records_are_put_and_read(ask):
    ask("CreateStream", {"StreamName": "orders", "ShardCount": 1})

    status, put = ask("PutRecord", {"StreamName": "orders", "Data": b"\x00\xff", "PartitionKey": "k"})
    place = {"StreamName": "orders", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    _, begin = ask("GetShardIterator", place)
    _, read = ask("GetRecords", begin)

    [record] = read["Records"]
    assert status == 200
    assert record["Data"] == b"\x00\xff"
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert record["ApproximateArrivalTimestamp"] == ("milliseconds", START)


def test_times_are_milliseconds(ask, cloud):
    ask("CreateStream", {"StreamName": "orders", "ShardCount": 1})
    ask("PutRecord", {"StreamName": "orders", "Data": b"old", "PartitionKey": "k"})
    cloud.advance(10)
    ask("PutRecord", {"StreamName": "orders", "Data": b"new", "PartitionKey": "k"})
    place = {"StreamName": "orders", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_TIMESTAMP"}

    _, begin = ask("GetShardIterator", {**place, "Timestamp": cbor2.CBORTag(1, START + 5_000)})
    _, read = ask("GetRecords", begin)

    assert [record["Data"] for record in read["Records"]] == [b"new"]


def test_an_error_is_cbor_too(ask):
    status, error = ask("DescribeStream", {"StreamName": "none"})

    assert status == 400
    assert error["__type"].endswith("ResourceNotFoundException")
    assert error["message"] == "Stream none under account 000000000000 not found."


def test_what_is_no_cbor_is_refused(ask):
    status, error = ask("DescribeStream", b"\xff\xff")

    assert status == 400
    assert error["__type"].endswith("SerializationException")
