"""Publishing, and what arrives: in queues, in functions, over HTTP."""

import base64
import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.services.lambda_.functions import create
from tests.services.sns.test_topics import refusal
from tests.services.sns.topics import envelopes, queue, received, subscribed, topic

ATTRIBUTES = {
    "size": {"DataType": "Number", "StringValue": "19.12"},
    "blob": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
}


def test_a_message_fans_out_to_every_queue(cloud):
    arn = topic(cloud)
    urls = [subscribed(cloud, arn, f"q{number}") for number in range(3)]

    answer = cloud.client("sns").publish(TopicArn=arn, Message="hello", Subject="hi", MessageAttributes=ATTRIBUTES)

    for url in urls:
        [envelope] = envelopes(cloud, url)
        assert envelope["Type"] == "Notification"
        assert envelope["MessageId"] == answer["MessageId"]
        assert (envelope["Message"], envelope["Subject"], envelope["TopicArn"]) == ("hello", "hi", arn)
        assert envelope["MessageAttributes"] == {
            "size": {"Type": "Number", "Value": "19.12"},
            "blob": {"Type": "Binary", "Value": "AgME"},
        }


def test_a_raw_delivery_is_the_message_itself(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "q", {"RawMessageDelivery": "true"})

    cloud.client("sns").publish(TopicArn=arn, Message="hello", MessageAttributes=ATTRIBUTES)

    [message] = received(cloud, url)
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == ATTRIBUTES


def test_a_message_may_bring_a_body_for_each_protocol(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    url = subscribed(cloud, arn, "q", {"RawMessageDelivery": "true"})

    sns.publish(TopicArn=arn, Message='{"default": "any", "sqs": "for queues"}', MessageStructure="json")

    assert [m["Body"] for m in received(cloud, url)] == ["for queues"]
    for message, says in (
        ("{", "JSON message body failed to parse"),
        ('{"sqs": "x"}', "No default entry in JSON message body"),
    ):
        refused = refusal(sns.publish, TopicArn=arn, Message=message, MessageStructure="json")
        assert refused == ("InvalidParameter", f"Invalid parameter: Message Structure - {says}")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": "x" * 262_145}, "Message too long"),
        ({"Message": "x", "Subject": ""}, "Subject"),
        ({"Message": "x", "MessageDeduplicationId": "1"}, "MessageDeduplicationId Reason: The request includes"),
    ],
)
def test_a_message_that_is_none_is_refused(cloud, wish, says):
    code, message = refusal(cloud.client("sns").publish, TopicArn=topic(cloud), **wish)

    assert code == "InvalidParameter"
    assert message.startswith(f"Invalid parameter: {says}")


def test_a_signature_verifies_with_the_certificate_that_it_names(cloud):
    endpoint = cloud.listen()
    for version, algorithm in (("1", hashes.SHA1()), ("2", hashes.SHA256())):
        arn = topic(cloud, f"signed{version}", SignatureVersion=version)
        url = subscribed(cloud, arn, f"q{version}")
        cloud.client("sns").publish(TopicArn=arn, Message="hello", Subject="hi")

        [envelope] = envelopes(cloud, url)
        assert envelope["SigningCertURL"].startswith(endpoint)
        with urllib.request.urlopen(envelope["SigningCertURL"]) as answer:
            key = x509.load_pem_x509_certificate(answer.read()).public_key()
        names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
        key.verify(base64.b64decode(envelope["Signature"]), text.encode(), padding.PKCS1v15(), algorithm)


def test_a_function_gets_the_notification_as_an_event(cloud):
    arn = topic(cloud, SignatureVersion="2")
    url, queue_arn = queue(cloud, "results")
    create(cloud, "def handler(event, context):\n    return event\n", name="fn")
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnSuccess": {"Destination": queue_arn}}
    )
    function = "arn:aws:lambda:us-east-1:000000000000:function:fn"
    cloud.client("sns").subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function)

    cloud.client("sns").publish(TopicArn=arn, Message="hello", Subject="hi")
    cloud.settle()

    [record] = json.loads(received(cloud, url)[0]["Body"])["requestPayload"]["Records"]
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Message"], record["Sns"]["Subject"], record["Sns"]["MessageAttributes"]) == (
        "hello",
        "hi",
        {},
    )
    assert {"SigningCertUrl", "UnsubscribeUrl", "Signature"} <= record["Sns"].keys()
    assert record["Sns"]["SignatureVersion"] == "1"  # as on AWS, whatever the topic says


def test_a_queue_that_is_gone_is_not_tried_again_and_the_dead_letter_queue_keeps_the_message(cloud):
    arn = topic(cloud)
    dead, dead_arn = queue(cloud, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn})
    url = subscribed(cloud, arn, "q", {"RedrivePolicy": policy, "RawMessageDelivery": "true"})
    cloud.client("sqs").delete_queue(QueueUrl=url)

    cloud.client("sns").publish(TopicArn=arn, Message="hello", MessageAttributes=ATTRIBUTES)

    [message] = received(cloud, dead)
    assert (message["Body"], message["MessageAttributes"]) == ("hello", ATTRIBUTES)


def test_a_message_that_nobody_can_keep_is_recorded_as_lost(cloud):
    arn = topic(cloud)
    cloud.client("sqs").delete_queue(QueueUrl=subscribed(cloud, arn, "q"))

    cloud.client("sns").publish(TopicArn=arn, Message="hello")

    assert "QueueDoesNotExist" in cloud.records("NotificationLost")[0].fact.error


class Listener:
    """An HTTP endpoint that answers as told and keeps what it was sent."""

    def __init__(self, statuses):
        listener = self
        self.got, self.statuses = [], list(statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.got.append((dict(self.headers), body.decode()))
                self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener():
    made = Listener([])
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_an_http_endpoint_confirms_by_the_url_that_it_is_sent(cloud, listener):
    cloud.listen()
    sns, arn = cloud.client("sns"), topic(cloud)
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=listener.url)
    cloud.settle()
    headers, body = listener.got[0]
    confirmation = json.loads(body)

    urllib.request.urlopen(confirmation["SubscribeURL"]).read()
    sns.publish(TopicArn=arn, Message="hello")
    cloud.settle()

    assert headers["x-amz-sns-message-type"] == confirmation["Type"] == "SubscriptionConfirmation"
    headers, body = listener.got[1]
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-subscription-arn"].startswith(arn)
    assert json.loads(body)["Message"] == "hello"


def test_an_http_endpoint_is_told_which_subscription_has_ended(cloud, listener):
    sns, arn = cloud.client("sns"), topic(cloud)
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=listener.url)
    cloud.settle()
    token = json.loads(listener.got[0][1])["Token"]
    subscription = sns.confirm_subscription(TopicArn=arn, Token=token)["SubscriptionArn"]

    sns.unsubscribe(SubscriptionArn=subscription)
    cloud.settle()

    assert "x-amz-sns-subscription-arn" not in listener.got[0][0]
    headers, body = listener.got[1]
    assert headers["x-amz-sns-message-type"] == json.loads(body)["Type"] == "UnsubscribeConfirmation"
    assert headers["x-amz-sns-subscription-arn"] == subscription


def test_an_http_endpoint_that_fails_is_tried_again_as_the_policy_says(cloud, listener):
    sns, arn = cloud.client("sns"), topic(cloud)
    dead, dead_arn = queue(cloud, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn})
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=listener.url, Attributes={"RedrivePolicy": policy})
    cloud.settle()
    sns.confirm_subscription(TopicArn=arn, Token=json.loads(listener.got[0][1])["Token"])
    listener.statuses = [500, 503, 500, 500]

    sns.publish(TopicArn=arn, Message="hello")
    cloud.advance(59)
    before = len(listener.got)
    cloud.advance(2)

    assert (before, len(listener.got)) == (4, 5), "one attempt and three retries, twenty seconds apart"
    assert [each["Message"] for each in envelopes(cloud, dead)] == ["hello"]


def test_an_sms_goes_to_the_inbox(cloud):
    sns = cloud.client("sns")

    sns.publish(PhoneNumber="+15551234567", Message="your code")

    letter = cloud.records("LetterSent")[0].fact
    assert (letter.protocol, letter.address, letter.text) == ("sms", "+15551234567", "your code")
    assert refusal(sns.publish, PhoneNumber="12", Message="x")[1] == (
        "Invalid parameter: PhoneNumber Reason: 12 is not valid to publish to"
    )


def test_a_batch_publishes_each_entry_and_says_which_failed(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    url = subscribed(cloud, arn, "q")

    answer = sns.publish_batch(
        TopicArn=arn,
        PublishBatchRequestEntries=[{"Id": "1", "Message": "a"}, {"Id": "2", "Message": "b", "Subject": ""}],
    )

    assert [each["Id"] for each in answer["Successful"]] == ["1"]
    assert [(each["Id"], each["Code"], each["SenderFault"]) for each in answer["Failed"]] == [
        ("2", "InvalidParameter", True)
    ]
    assert [each["Message"] for each in envelopes(cloud, url)] == ["a"]


def test_a_fifo_topic_keeps_order_and_drops_duplicates_for_five_minutes(cloud):
    sns = cloud.client("sns")
    arn = topic(cloud, "orders.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    url = subscribed(cloud, arn, "q.fifo", {"RawMessageDelivery": "true"}, FifoQueue="true")

    first = sns.publish(TopicArn=arn, Message="a", MessageGroupId="g")
    again = sns.publish(TopicArn=arn, Message="a", MessageGroupId="g")
    second = sns.publish(TopicArn=arn, Message="b", MessageGroupId="g")
    cloud.advance(301)
    later = sns.publish(TopicArn=arn, Message="a", MessageGroupId="g")

    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert int(first["SequenceNumber"]) < int(second["SequenceNumber"]) < int(later["SequenceNumber"])
    assert [m["Body"] for m in received(cloud, url)] == ["a", "b", "a"]
    assert refusal(sns.publish, TopicArn=arn, Message="a")[1] == (
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    )


def test_the_trace_travels_with_the_message(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "q")
    sns = cloud.client("sns")
    trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    sns.meta.events.register(
        "before-sign.sns.Publish", lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", trace)
    )

    sns.publish(TopicArn=arn, Message="hello")

    assert received(cloud, url)[0]["Attributes"]["AWSTraceHeader"] == trace


def test_the_dead_letter_topic_of_a_function_gets_its_failed_event(cloud):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "q")
    create(cloud, "def handler(e, c):\n    raise ValueError('no')\n", name="fn", DeadLetterConfig={"TargetArn": arn})

    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"n": 1}')
    cloud.advance(minutes=4)

    [envelope] = envelopes(cloud, url)
    assert json.loads(envelope["Message"]) == {"n": 1}
    assert envelope["MessageAttributes"]["ErrorMessage"]["Value"] == "no"
