"""What flows through pipes from queues: filtered, enriched, transformed, delivered, tried again."""

import json

import pytest

from tests.services.events.events import arrived, ruled
from tests.services.events.test_api_destinations import connected, endpoint  # noqa: F401
from tests.services.lambda_.functions import ECHO, FAIL, create
from tests.services.pipes.piping import came, filters, from_queue, send, to_queue
from tests.services.sns.topics import queue, received, subscribed, topic


def logged(cloud, function="fn"):
    events = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    return [json.loads(event["message"][4:]) for event in events if event["message"].startswith("GOT ")]


SAYS = "import json\n\ndef handler(event, context):\n    print('GOT', json.dumps(event))\n"


def test_a_message_goes_through_as_the_event_that_it_is(cloud):
    source, target = to_queue(cloud)

    send(cloud, source, "hello")

    [event] = came(cloud, target)
    assert (event["body"], event["eventSource"]) == ("hello", "aws:sqs")
    assert event["eventSourceARN"] == "arn:aws:sqs:us-east-1:000000000000:in"
    assert received(cloud, source) == []


def test_a_message_that_no_filter_wants_is_deleted(cloud):
    source, target = to_queue(cloud, SourceParameters=filters({"body": {"kind": ["tea"]}}))

    send(cloud, source, {"kind": "tea"}, {"kind": "ink"}, "no json")
    cloud.advance(minutes=2)

    assert [json.loads(event["body"]) for event in came(cloud, target)] == [{"kind": "tea"}]
    assert received(cloud, source) == []


@pytest.mark.parametrize(
    ("template", "body", "result"),
    [
        ('{"id": <$.body.id>, "by": "<aws.pipes.pipe-name>"}', {"id": 7}, {"id": 7, "by": "p"}),
        ('{"text": "order <$.body.id> of <$.body.who>"}', {"id": 7, "who": 'A"B'}, {"text": 'order 7 of A"B'}),
        ("<$.body>", {"id": 7}, {"id": 7}),
        ("<$.body>", "plain", "plain"),
        ("order <$.body.id> is here", {"id": 7}, "order 7 is here"),
        ('{"all": <$.body>, "first": <$.body.items[0].n>}', {"items": [{"n": 1}]}, {"all": {"items": [{"n": 1}]}, "first": 1}),
        ('{"none": <$.body.missing>}', {}, {"none": ""}),
        ('{"from": <aws.pipes.source-arn>}', {}, {"from": "arn:aws:sqs:us-east-1:000000000000:in"}),
    ],
)  # fmt: skip
def test_an_input_template_makes_the_message(cloud, template, body, result):
    source, target = to_queue(cloud, TargetParameters={"InputTemplate": template})

    send(cloud, source, body)

    assert came(cloud, target) == [result]


def test_a_template_that_makes_no_json_leaves_the_message_in_its_queue(cloud):
    source, target = to_queue(cloud, TargetParameters={"InputTemplate": '{"a": <$.body> <$.body>}'})

    send(cloud, source, {"id": 7})

    assert came(cloud, target) == []
    [batch] = cloud.records("BatchProcessed")
    assert "gives no JSON" in batch.fact.error


def test_a_function_gets_the_batch_as_a_list(cloud):
    arn = create(cloud, SAYS)["FunctionArn"]
    source = from_queue(cloud, arn, SourceParameters={"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1}})
    for body in ("a", "b"):
        cloud.client("sqs").send_message(QueueUrl=source, MessageBody=body)

    cloud.advance(seconds=2)

    assert [[event["body"] for event in batch] for batch in logged(cloud)] == [["a", "b"]]


def test_a_function_that_fails_gets_the_message_again(cloud):
    arn = create(cloud, FAIL)["FunctionArn"]
    source = from_queue(cloud, arn)

    send(cloud, source, "a")
    cloud.advance(seconds=65)

    assert [entry.fact.error for entry in cloud.records("BatchProcessed")] == ["FunctionError"] * 3


def test_a_function_may_report_what_it_could_not_process(cloud):
    code = "def handler(event, context):\n    return {'batchItemFailures': [{'itemIdentifier': e['messageId']} for e in event if e['body'] == 'b']}\n"
    arn = create(cloud, code)["FunctionArn"]
    source = from_queue(cloud, arn, SourceParameters={"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1}})
    for body in ("a", "b"):
        cloud.client("sqs").send_message(QueueUrl=source, MessageBody=body)
    cloud.advance(seconds=2)
    cloud.client("pipes").stop_pipe(Name="p")

    cloud.advance(seconds=60)

    assert [message["Body"] for message in received(cloud, source)] == ["b"]


def test_a_function_may_be_left_to_itself(cloud):
    arn = create(cloud, SAYS)["FunctionArn"]
    source = from_queue(
        cloud, arn, TargetParameters={"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    )

    send(cloud, source, "a")

    assert len(cloud.records("EventAccepted")) == 1
    assert [event["body"] for event in logged(cloud)[0]] == ["a"]


ENRICH = "def handler(event, context):\n    return [{'n': int(e['body']) * 2} for e in event if e['body'] != '0']\n"


def test_an_enrichment_answers_with_what_goes_on(cloud):
    enrichment = create(cloud, ENRICH)["FunctionArn"]
    source, target = to_queue(cloud, Enrichment=enrichment)

    send(cloud, source, "1", "0", "2")

    assert sorted(event["n"] for event in came(cloud, target)) == [2, 4]
    assert received(cloud, source) == []
    assert sorted(entry.fact.taken for entry in cloud.records("PipeEnriched")) == [0, 1, 1]


def test_an_enrichment_gets_what_its_template_makes(cloud):
    enrichment = create(cloud, ECHO)["FunctionArn"]
    source, target = to_queue(
        cloud, Enrichment=enrichment, EnrichmentParameters={"InputTemplate": '{"n": <$.body.n>}'},
        TargetParameters={"InputTemplate": '{"got": <$.n>}'},
    )  # fmt: skip

    send(cloud, source, {"n": 7})

    assert came(cloud, target) == [{"got": 7}]


def test_an_enrichment_that_fails_leaves_the_message_in_its_queue(cloud):
    source, target = to_queue(cloud, Enrichment=create(cloud, FAIL)["FunctionArn"])

    send(cloud, source, "a")
    cloud.client("pipes").stop_pipe(Name="p")
    cloud.advance(minutes=1)

    assert came(cloud, target) == []
    assert [message["Body"] for message in received(cloud, source)] == ["a"]


def test_an_api_destination_enriches_and_receives(cloud, endpoint):  # noqa: F811
    endpoint.answers = [(200, {}, b'{"price": 12}'), (200, {}, b"")]
    events = cloud.client("events")
    wish = {"ConnectionArn": connected(cloud), "HttpMethod": "POST"}
    price = events.create_api_destination(Name="price", InvocationEndpoint=f"{endpoint.url}/price/*", **wish)
    hook = events.create_api_destination(Name="hook", InvocationEndpoint=f"{endpoint.url}/hook", **wish)
    source = from_queue(
        cloud, hook["ApiDestinationArn"], Enrichment=price["ApiDestinationArn"],
        EnrichmentParameters={"HttpParameters": {"PathParameterValues": ["$.body.item"]}},
    )  # fmt: skip

    send(cloud, source, {"item": "tea"})

    asked, told = endpoint.requests
    assert (asked[1], asked[2]["X-Key"]) == ("/price/tea", "s3cret")
    assert (told[1], json.loads(told[3])) == ("/hook", {"price": 12})


def test_a_bus_gets_an_event_with_the_names_that_paths_find(cloud):
    url = ruled(cloud, pattern={"source": ["shop"]})
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    own = {"Source": "shop", "DetailType": "$.body.kind"}
    source = from_queue(
        cloud, bus, TargetParameters={"EventBridgeEventBusParameters": own, "InputTemplate": "<$.body>"}
    )

    send(cloud, source, {"kind": "Placed", "n": 7})

    [event] = arrived(cloud, url)
    assert (event["detail-type"], event["detail"]) == ("Placed", {"kind": "Placed", "n": 7})


def test_a_topic_a_fifo_queue_a_stream_and_a_log_get_each_event(cloud):
    told = subscribed(cloud, topic(cloud), "told", {"RawMessageDelivery": "true"})
    fifo, fifo_arn = queue(cloud, "out.fifo", FifoQueue="true")
    kinesis, logs = cloud.client("kinesis"), cloud.client("logs")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    logs.create_log_group(logGroupName="g")
    template = {"InputTemplate": "<$.body>"}
    of_fifo = {"SqsQueueParameters": {"MessageGroupId": "$.body.group", "MessageDeduplicationId": "$.messageId"}}
    targets = {
        "a": ("arn:aws:sns:us-east-1:000000000000:orders", {}),
        "b": (fifo_arn, of_fifo),
        "c": (
            "arn:aws:kinesis:us-east-1:000000000000:stream/s",
            {"KinesisStreamParameters": {"PartitionKey": "$.body.group"}},
        ),
        "d": (
            "arn:aws:logs:us-east-1:000000000000:log-group:g",
            {"CloudWatchLogsParameters": {"LogStreamName": "pipes"}},
        ),
    }
    for name, (arn, own) in targets.items():
        source = from_queue(cloud, arn, name, name=name, TargetParameters={**template, **own})
        send(cloud, source, {"group": "g1"})

    assert came(cloud, told) == [{"group": "g1"}]
    assert received(cloud, fifo)[0]["Attributes"]["MessageGroupId"] == "g1"
    place = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(StreamName="s", **place)["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert (json.loads(record["Data"]), record["PartitionKey"]) == ({"group": "g1"}, "g1")
    [line] = logs.get_log_events(logGroupName="g", logStreamName="pipes")["events"]
    assert json.loads(line["message"]) == {"group": "g1"}


def test_only_what_the_target_did_not_take_comes_again(cloud):
    source, target = to_queue(cloud, SourceParameters={"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1}})
    for body in ("a", "b"):
        cloud.client("sqs").send_message(QueueUrl=source, MessageBody=body)

    with cloud.fault("refuse", service="sqs", operation="SendMessage", resource="out", count=1):
        cloud.advance(seconds=2)
    assert [event["body"] for event in came(cloud, target)] == ["b"]

    cloud.advance(seconds=31)
    assert [event["body"] for event in came(cloud, target)] == ["a"]


def test_the_trace_goes_on_behind_the_pipe(cloud):
    source, target = to_queue(cloud)
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    cloud.client("sqs").send_message(QueueUrl=source, MessageBody="a", MessageSystemAttributes=system)
    cloud.settle()

    [message] = received(cloud, target)
    assert message["Attributes"]["AWSTraceHeader"].startswith("Root=1-5759e988-bd862e3fe1be46a994272793")


def test_a_pipe_goes_on_after_a_restart(started):
    cloud = started()
    source, target = to_queue(cloud)
    cloud = started()

    send(cloud, source, "a")

    assert [event["body"] for event in came(cloud, target)] == ["a"]


def test_a_pipe_says_why_nothing_goes_through_until_something_does(cloud):
    pipes = cloud.client("pipes")
    source, target = to_queue(cloud)

    with cloud.fault("refuse", service="sqs", operation="SendMessage", resource="out", count=1):
        send(cloud, source, "a")
        assert pipes.describe_pipe(Name="p")["StateReason"] == "PROBLEM: ServiceUnavailable"
    cloud.advance(seconds=31)

    assert [event["body"] for event in came(cloud, target)] == ["a"]
    assert "StateReason" not in pipes.describe_pipe(Name="p")


def test_a_pipe_says_that_its_source_is_gone(cloud):
    source, _ = to_queue(cloud)
    cloud.client("sqs").delete_queue(QueueUrl=source)

    cloud.advance(seconds=30)

    assert "does not exist" in cloud.client("pipes").describe_pipe(Name="p")["StateReason"]
