"""PutEvents and TestEventPattern: what is taken, what is refused, what a target gets."""

import json

import pytest

from tests.services.events.events import ORDER, arrived, put, ruled
from tests.services.lambda_.functions import ECHO, create
from tests.services.sns.test_topics import refusal
from tests.services.sns.topics import subscribed, topic

EVENT = {
    "id": "1", "account": "000000000000", "source": "shop", "time": "2024-05-01T10:00:00Z", "region": "us-east-1",
    "resources": [], "detail-type": "OrderPlaced", "detail": {"total": 7},
}  # fmt: skip


def test_an_event_has_the_envelope_of_eventbridge(cloud):
    url = ruled(cloud)

    answer = put(cloud, {**ORDER, "Resources": ["arn:aws:s3:::b"], "Time": 1_714_557_600})

    [event] = arrived(cloud, url)
    assert event == {
        "version": "0", "id": answer["Entries"][0]["EventId"], "detail-type": "OrderPlaced", "source": "shop",
        "account": "000000000000", "time": "2024-05-01T10:00:00Z", "region": "us-east-1",
        "resources": ["arn:aws:s3:::b"], "detail": {"total": 7, "items": ["a", "b"]},
    }  # fmt: skip


def test_a_refused_entry_does_not_stop_the_others(cloud):
    url = ruled(cloud)

    answer = put(
        cloud, {**ORDER, "Detail": "{"}, ORDER, {**ORDER, "Source": "aws.s3"}, {"Source": "shop", "Detail": "{}"}
    )

    assert answer["FailedEntryCount"] == 3
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
        "MalformedDetail",
        None,
        "NotAuthorizedForSourceException",
        "InvalidArgument",
    ]
    assert answer["Entries"][0]["ErrorMessage"] == "Detail is malformed."
    assert len(arrived(cloud, url)) == 1


@pytest.mark.parametrize("detail", ["text", '"text"', "[1]", '{"a": }'])
def test_a_detail_is_an_object(cloud, detail):
    assert put(cloud, {**ORDER, "Detail": detail})["Entries"][0]["ErrorCode"] == "MalformedDetail"


def test_an_event_for_a_bus_that_is_none_is_taken_and_gone(cloud):
    answer = put(cloud, EventBusName="none")

    assert answer["FailedEntryCount"] == 0
    assert answer["Entries"][0]["EventId"]


def test_more_than_a_mebibyte_is_refused(cloud):
    large = {**ORDER, "Detail": json.dumps({"text": "x" * 1_048_576})}

    assert refusal(cloud.client("events").put_events, Entries=[large])[0] == "ValidationException"


def test_rules_match_by_what_is_in_the_event(cloud):
    large = ruled(cloud, "large", {"detail": {"total": [{"numeric": [">", 100]}]}})
    either = ruled(cloud, "either", {"$or": [{"source": ["none"]}, {"detail": {"items": ["b"]}}]})

    put(cloud, ORDER, {**ORDER, "Detail": '{"total": 101}'})

    assert [event["detail"]["total"] for event in arrived(cloud, large)] == [101]
    assert [event["detail"]["total"] for event in arrived(cloud, either)] == [7]


def test_topics_functions_and_logs_get_events(cloud):
    events = cloud.client("events")
    create(cloud, "def handler(event, context):\n    print('GOT ' + event['detail-type'])\n")
    cloud.client("logs").create_log_group(logGroupName="/events/orders")
    arn = topic(cloud)
    url = subscribed(cloud, arn, "q", {"RawMessageDelivery": "true"})
    events.put_rule(Name="orders", EventPattern='{"source": ["shop"]}')
    place = "us-east-1:000000000000"
    targets = [arn, f"arn:aws:lambda:{place}:function:fn", f"arn:aws:logs:{place}:log-group:/events/orders"]
    events.put_targets(Rule="orders", Targets=[{"Id": str(n), "Arn": each} for n, each in enumerate(targets)])

    put(cloud)
    cloud.settle()

    assert arrived(cloud, url)[0]["source"] == "shop"
    logged = cloud.client("logs").filter_log_events
    assert "GOT OrderPlaced" in " ".join(e["message"] for e in logged(logGroupName="/aws/lambda/fn")["events"])
    assert json.loads(logged(logGroupName="/events/orders")["events"][0]["message"])["source"] == "shop"


def test_a_bus_passes_events_on_to_another(cloud):
    for region in ("us-east-1", "eu-west-1"):
        cloud.client("events", region=region).create_event_bus(Name="hub")
    url = ruled(cloud, "local", bus="hub")
    events, abroad = cloud.client("events"), cloud.client("events", region="eu-west-1")
    abroad_url = cloud.client("sqs", region="eu-west-1").create_queue(QueueName="abroad")["QueueUrl"]
    abroad.put_rule(Name="all", EventBusName="hub", EventPattern='{"account": ["000000000000"]}')
    abroad.put_targets(
        Rule="all", EventBusName="hub", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:000000000000:abroad"}]
    )
    events.put_rule(Name="on", EventPattern='{"source": ["shop"]}')
    hubs = [f"arn:aws:events:{region}:000000000000:event-bus/hub" for region in ("us-east-1", "eu-west-1")]
    events.put_targets(Rule="on", Targets=[{"Id": str(n), "Arn": arn} for n, arn in enumerate(hubs)])

    answer = put(cloud)

    [event] = arrived(cloud, url)
    assert (event["id"], event["region"]) == (answer["Entries"][0]["EventId"], "us-east-1")
    found = cloud.client("sqs", region="eu-west-1").receive_message(QueueUrl=abroad_url)["Messages"]
    far = json.loads(found[0]["Body"])
    assert {**far, "id": event["id"]} == event
    assert far["id"] != event["id"]


def test_a_fifo_queue_gets_the_group_of_the_target(cloud):
    url = ruled(cloud, target={"SqsParameters": {"MessageGroupId": "all"}}, FifoQueue="true")

    put(cloud)

    [message] = cloud.client("sqs").receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "all"


def test_the_result_of_a_function_becomes_an_event(cloud):
    url = ruled(cloud, "results", {"source": ["lambda"]})
    create(cloud, ECHO)
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnSuccess": {"Destination": bus}}
    )

    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"order": 7}')
    cloud.settle()

    [event] = arrived(cloud, url)
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["detail"]["responsePayload"] is not None
    assert event["resources"] == [bus, "arn:aws:lambda:us-east-1:000000000000:function:fn:$LATEST"]


def test_a_pattern_can_be_tried(cloud):
    tried = cloud.client("events").test_event_pattern

    assert tried(EventPattern='{"detail": {"total": [7]}}', Event=json.dumps(EVENT))["Result"] is True
    assert tried(EventPattern='{"detail": {"total": [8]}}', Event=json.dumps(EVENT))["Result"] is False
    assert refusal(tried, EventPattern='{"source": ["x"]}', Event="text") == (
        "ValidationException",
        "Parameter Event is not valid.",
    )
    assert refusal(tried, EventPattern='{"source": ["x"]}', Event='{"id": "1"}')[0] == "ValidationException"
    assert refusal(tried, EventPattern='{"source": []}', Event=json.dumps(EVENT)) == (
        "InvalidEventPatternException",
        "Event pattern is not valid. Reason: Empty arrays are not allowed\n"
        ' at [Source: (String)"{"source": []}"; line: 1, column: 14]',
    )


def test_what_came_and_where_it_went_is_recorded(cloud):
    ruled(cloud)
    put(cloud)
    put(cloud, Source="nobody")

    matched, unmatched = cloud.records("EventPut")
    assert matched.fact.rules == ("arn:aws:events:us-east-1:000000000000:rule/orders",)
    assert unmatched.fact.rules == ()
    assert [entry.fact.attempt for entry in cloud.records("TargetInvoked")] == [1]
