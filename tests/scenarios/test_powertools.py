"""An application built on Powertools for AWS Lambda, which it has from the public layer, as its users write it."""

import base64
import gzip
import http.client
import json
from pathlib import Path

import boto3
import pytest

from tests.cli.upped import Up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def app():
    try:
        up = Up(Path(__file__).parent / "powertools")
    except RuntimeError as problem:
        pytest.skip(f"the layer cannot be had here: {problem}")
    yield up
    up.stop()


def client(app, name):
    return boto3.client(
        name, endpoint_url=f"http://127.0.0.1:{app.port}", region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip


def invoke(app, name, event):
    """The answer, the error, the log."""
    answer = client(app, "lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode().splitlines()
    return json.loads(answer["Payload"].read()), answer.get("FunctionError"), log


def request(app, path, host="", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    connection.request("POST" if body else "GET", path, body, {**headers, **({"Host": host} if host else {})})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def place(app, kind):
    """The host and the path at which an API or a URL answers."""
    if kind == "linked":
        url = client(app, "lambda").get_function_url_config(FunctionName="linked")["FunctionUrl"]
        return url.split("/")[2], ""
    name = {"rest": "ServerlessRestApi", "http": "ServerlessHttpApi"}[kind]
    return "", "/_api/" + app.says(f"API {name}").rpartition("/_api/")[2] + ("Prod" if kind == "rest" else "").rstrip(
        "/"
    )


def test_logger_metrics_and_tracer_write_what_they_write_on_aws(app):
    answer, error, log = invoke(app, "observed", {"id": "7", "price": 3})

    records = [json.loads(line) for line in log if line.startswith("{")]
    [order] = [each for each in records if each.get("message") == "an order"]
    metrics = {m["Name"] for each in records if "_aws" in each for m in each["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert (answer, error) == ({"price": 6, "left": True}, None)
    assert (order["correlation_id"], order["customer"], order["service"]) == ("7", "c1", "shop")
    assert order["function_request_id"] and order["xray_trace_id"].startswith("1-")
    assert metrics >= {"Orders"}

    answer, error, _ = invoke(app, "observed", {"id": "7", "price": 3, "fails": True})

    assert (answer["errorType"], error) == ("ValueError", "Unhandled")


@pytest.mark.parametrize("kind", ["rest", "http", "linked"])
def test_each_event_handler_routes_answers_and_compresses(app, kind):
    host, path = place(app, kind)
    path = path.rstrip("/")

    found = request(app, f"{path}/orders/7?a=b", host)
    missing = request(app, f"{path}/orders/none", host)
    made = request(app, f"{path}/orders", host, b'{"a": 1}', **{"Content-Type": "application/json"})
    large = request(app, f"{path}/large", host, **{"Accept-Encoding": "gzip"})

    assert (found[0], json.loads(found[2])) == (200, {"id": "7", "q": {"a": "b"}})
    assert (missing[0], json.loads(missing[2])) == (404, {"statusCode": 404, "message": "no such order"})
    assert (made[0], made[1]["x-made"], json.loads(made[2])) == (201, "yes", {"a": 1})
    content = base64.b64decode(large[2]) if kind == "rest" else large[2]  # a REST API without binary media types
    assert json.loads(gzip.decompress(content)) == {"text": "x" * 5_000}


def test_of_a_batch_only_the_message_that_failed_comes_back_and_dies(app):
    sqs = client(app, "sqs")
    jobs, failed = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("jobs", "failed"))

    entries = [{"Id": str(n), "MessageBody": json.dumps({"n": n, "fails": n == 1})} for n in range(3)]
    sqs.send_message_batch(QueueUrl=jobs, Entries=entries)
    dead = sqs.receive_message(QueueUrl=failed, WaitTimeSeconds=20, MaxNumberOfMessages=10)["Messages"]

    assert [json.loads(message["Body"])["n"] for message in dead] == [1]
    left = sqs.get_queue_attributes(QueueUrl=jobs, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_events_are_parsed_validated_and_typed(app):
    parsed, error, _ = invoke(app, "parsed", {"id": "3", "items": ["a"]})
    refused, refusal, _ = invoke(app, "parsed", {"id": "x"})
    validated, _, _ = invoke(app, "validated", {"id": 3})
    invalid, _, _ = invoke(app, "validated", {})
    typed, _, _ = invoke(app, "typed", {"Records": [{"body": "a"}, {"body": "b"}]})

    assert (parsed, error) == ({"id": 3, "items": ["a"]}, None)
    assert (refused["errorType"], refusal) == ("ValidationError", "Unhandled")
    assert (validated, typed) == (3, ["a", "b"])
    assert invalid["errorType"] == "SchemaValidationError"


def test_an_object_is_streamed_from_s3(app):
    client(app, "s3").put_object(Bucket="parts", Key="a.gz", Body=gzip.compress(b"one\ntwo\n"))

    assert invoke(app, "streamed", {"bucket": "parts", "key": "a.gz"})[:2] == (["one", "two"], None)


def test_a_payment_is_made_once_however_often_its_event_comes(app):
    first, error, _ = invoke(app, "once", {"order": "1"})
    again, _, _ = invoke(app, "once", {"order": "1"})
    other, _, _ = invoke(app, "once", {"order": "2"})

    assert error is None
    assert again == first != other

    _, error, _ = invoke(app, "once", {"order": "3", "fails": True})
    made, after, _ = invoke(app, "once", {"order": "3"})

    assert (error, after) == ("Unhandled", None)
    assert made["payment"]
