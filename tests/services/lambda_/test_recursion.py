"""Trace headers, and loops that are stopped."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import create

SHOW_TRACE = "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n"
LOOP = """
import os, boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="again")
"""


def invoked_with(cloud, trace):
    """A client that sends this trace header."""
    client = cloud.client("lambda")

    def add(params, **_):
        params["headers"]["X-Amzn-Trace-Id"] = trace

    client.meta.events.register("before-call.lambda.Invoke", add)
    return client


def traced(cloud, **members):
    create(cloud, SHOW_TRACE, **members)
    return json.loads(cloud.client("lambda").invoke(FunctionName="fn")["Payload"].read())


def test_every_invocation_has_a_trace_header(cloud):
    root, parent, sampled, lineage = traced(cloud).split(";")

    assert root.startswith("Root=1-")
    assert parent.startswith("Parent=")
    assert sampled == "Sampled=0"
    assert lineage.startswith("Lineage=1:")
    assert lineage.endswith(":0")


def test_active_tracing_samples(cloud):
    assert "Sampled=1" in traced(cloud, TracingConfig={"Mode": "Active"})


@pytest.mark.windtunnel(isolation="none")
def test_a_loop_through_a_queue_is_stopped_after_sixteen_invocations(cloud):
    cloud.listen()
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="loop", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:loop"
    create(cloud, LOOP, Timeout=30, Environment={"Variables": {"QUEUE": url}})
    cloud.client("lambda").create_event_source_mapping(FunctionName="fn", EventSourceArn=arn, BatchSize=1)

    sqs.send_message(QueueUrl=url, MessageBody="begin")
    cloud.advance(30)

    assert len(cloud.records("Invoked")) == 16
    assert cloud.records("RecursionStopped")[0].fact.invocations == 16


@pytest.mark.windtunnel(isolation="none")
def test_a_loop_through_a_bucket_is_stopped_too(cloud):
    cloud.listen()
    source = """
import boto3
def handler(event, context):
    s3 = boto3.client("s3")
    s3.put_object(Bucket="photos", Key=event["Records"][0]["s3"]["object"]["key"] + "x", Body=b"again")
"""
    function = create(cloud, source, Timeout=30)["FunctionArn"]
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="photos")
    rule = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )

    s3.put_object(Bucket="photos", Key="a", Body=b"begin")
    cloud.advance(5)

    assert len(cloud.records("Invoked")) == 16
    assert len(cloud.records("RecursionStopped")) == 1


@pytest.mark.windtunnel(isolation="none")
def test_a_loop_that_is_allowed_goes_on(cloud):
    cloud.listen()
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="loop", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    source = LOOP.replace("boto3.client", "if int(os.environ['_X_AMZN_TRACE_ID'].rsplit(':')[-1]) < 20: boto3.client")
    create(cloud, source, Timeout=30, Environment={"Variables": {"QUEUE": url}})
    cloud.client("lambda").put_function_recursion_config(FunctionName="fn", RecursiveLoop="Allow")
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="fn", EventSourceArn="arn:aws:sqs:us-east-1:000000000000:loop", BatchSize=1
    )

    sqs.send_message(QueueUrl=url, MessageBody="begin")
    cloud.advance(30)

    assert len(cloud.records("Invoked")) == 21
    assert cloud.records("RecursionStopped") == []


def test_a_direct_loop_is_refused_and_an_event_of_it_dead_lettered(cloud):
    dead = cloud.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    create(cloud, SHOW_TRACE, DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"})
    mark = traced_mark(cloud)
    client = invoked_with(cloud, f"Root=1-00000000-{'0' * 24};Lineage=1:{mark}:15")

    with pytest.raises(ClientError) as failing:
        client.invoke(FunctionName="fn")
    client.invoke(FunctionName="fn", InvocationType="Event")
    cloud.settle()

    assert failing.value.response["Error"]["Code"] == "RecursiveInvocationException"
    assert len(cloud.client("sqs").receive_message(QueueUrl=dead)["Messages"]) == 1


def traced_mark(cloud):
    header = json.loads(cloud.client("lambda").invoke(FunctionName="fn")["Payload"].read())
    return header.rsplit(":", 2)[1]
