"""SQS as older SDKs speak it: forms in, XML out."""

from __future__ import annotations

from urllib.parse import urlencode
from xml.etree import ElementTree

from windtunnel.aws import models
from windtunnel.aws.errors import ApiError
from windtunnel.gateway.identify import Identify, Target
from windtunnel.gateway.messages import Request
from windtunnel.gateway.protocols import codec

XMLNS = "{http://queue.amazonaws.com/doc/2012-11-05/}"


def read(path: str = "/", **form: str) -> tuple[Target, dict[str, object]]:
    headers = {"host": "localhost:4566", "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    fields = {"Version": "2012-11-05", **{name.replace("__", "."): value for name, value in form.items()}}
    request = Request("POST", path, "", headers, urlencode(fields).encode())
    target = Identify()(request)
    assert isinstance(target, Target)
    return target, codec(target.protocol).parse(target.operation, request, target.labels)


def test_attributes_and_tags_are_numbered_pairs() -> None:
    target, params = read(
        Action="CreateQueue",
        QueueName="jobs",
        Attribute__1__Name="DelaySeconds",
        Attribute__1__Value="5",
        Tag__1__Key="team",
        Tag__1__Value="blue",
    )

    assert (target.operation.service.name, target.operation.name, target.protocol) == ("sqs", "CreateQueue", "query")
    assert params == {"QueueName": "jobs", "Attributes": {"DelaySeconds": "5"}, "tags": {"team": "blue"}}


def test_a_message_may_have_attributes() -> None:
    _, params = read(
        Action="SendMessage",
        QueueUrl="http://localhost:4566/000000000000/jobs",
        MessageBody="b",
        MessageAttribute__1__Name="kind",
        MessageAttribute__1__Value__DataType="Binary",
        MessageAttribute__1__Value__BinaryValue="AP8=",
    )

    assert params["MessageAttributes"] == {"kind": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}


def test_the_queue_may_be_named_by_the_path() -> None:
    _, params = read("/000000000000/jobs", Action="ReceiveMessage", AttributeName__1="All", WaitTimeSeconds="2")

    assert params == {
        "QueueUrl": "http://localhost:4566/000000000000/jobs",
        "AttributeNames": ["All"],
        "WaitTimeSeconds": 2,
    }


def test_a_list_of_one_needs_no_number() -> None:
    _, params = read("/000000000000/jobs", Action="ReceiveMessage", AttributeName="All")

    assert params["AttributeNames"] == ["All"]


def test_a_batch_is_a_numbered_list_of_entries() -> None:
    _, params = read(
        Action="DeleteMessageBatch",
        QueueUrl="u",
        DeleteMessageBatchRequestEntry__2__Id="two",
        DeleteMessageBatchRequestEntry__1__Id="one",
        DeleteMessageBatchRequestEntry__1__ReceiptHandle="r",
    )

    assert params["Entries"] == [{"Id": "one", "ReceiptHandle": "r"}, {"Id": "two"}]


def test_received_messages_are_flat_elements() -> None:
    operation = models.load("sqs").operations["ReceiveMessage"]
    message = {
        "MessageId": "m",
        "Body": "a < b",
        "Attributes": {"SenderId": "me"},
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
    }

    response = codec("query").answer(operation, {"Messages": [message]}, "id")

    root = ElementTree.fromstring(response.body)
    found = root.find(f"{XMLNS}ReceiveMessageResult/{XMLNS}Message")
    assert root.tag == f"{XMLNS}ReceiveMessageResponse"
    assert found is not None
    assert found.findtext(f"{XMLNS}Body") == "a < b"
    assert found.findtext(f"{XMLNS}Attribute/{XMLNS}Name") == "SenderId"
    assert found.findtext(f"{XMLNS}MessageAttribute/{XMLNS}Value/{XMLNS}StringValue") == "x"
    assert root.findtext(f"{XMLNS}ResponseMetadata/{XMLNS}RequestId") == "id"


def test_an_error_has_its_old_code() -> None:
    service = models.load("sqs")

    response = codec("query").fault(service, None, ApiError("QueueDoesNotExist", "No such queue."), "id")

    assert response.status == 400
    assert b"<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in response.body  # type: ignore[operator]


def test_in_json_the_old_code_stands_in_a_header() -> None:
    service = models.load("sqs")

    response = codec("json").fault(service, None, ApiError("QueueDoesNotExist", "No such queue."), "id")

    assert response.header("x-amzn-query-error") == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert b'"__type":"com.amazonaws.sqs#QueueDoesNotExist"' in response.body  # type: ignore[operator]
