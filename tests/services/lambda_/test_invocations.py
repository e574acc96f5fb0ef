"""Invoking functions, now and later."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, FAIL, create


def queue(cloud, name, **attributes):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={k: str(v) for k, v in attributes.items()})["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"


def messages(cloud, url):
    return (
        cloud.client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        .get("Messages", [])
    )


def test_the_answer_of_the_function_comes_back(cloud):
    create(cloud, ECHO)

    answer = cloud.client("lambda").invoke(FunctionName="fn", Payload=b'{"a": [1, 2]}')

    assert json.loads(answer["Payload"].read()) == {"a": [1, 2]}
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"


def test_an_error_of_the_function_is_an_answer(cloud):
    create(cloud, FAIL)

    answer = cloud.client("lambda").invoke(FunctionName="fn")

    assert answer["FunctionError"] == "Unhandled"
    error = json.loads(answer["Payload"].read())
    assert error["errorType"] == "ValueError"
    assert error["errorMessage"] == "no"


def test_the_end_of_the_log_comes_along_when_asked_for(cloud):
    create(cloud, "def handler(e, c):\n    print('hello')\n")

    log = base64.b64decode(cloud.client("lambda").invoke(FunctionName="fn", LogType="Tail")["LogResult"]).decode()

    assert log.splitlines()[0].startswith("START RequestId: ")
    assert "hello" in log
    assert "\tMax Memory Used: " in log


def test_the_context_says_how_the_function_was_invoked(cloud):
    create(cloud, "def handler(e, c):\n    return [c.invoked_function_arn, c.function_version]\n", Publish=True)
    cloud.client("lambda").create_alias(FunctionName="fn", Name="live", FunctionVersion="1")

    arn, version = json.loads(cloud.client("lambda").invoke(FunctionName="fn:live")["Payload"].read())

    assert arn.endswith(":function:fn:live")
    assert version == "1"


def test_a_payload_that_is_no_json_is_refused(cloud):
    create(cloud, ECHO)

    with pytest.raises(ClientError, match="Could not parse request body into json") as failing:
        cloud.client("lambda").invoke(FunctionName="fn", Payload=b"{nonsense")

    assert failing.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_a_dry_run_runs_nothing(cloud):
    create(cloud, ECHO)

    assert cloud.client("lambda").invoke(FunctionName="fn", InvocationType="DryRun")["StatusCode"] == 204
    assert cloud.records("Invoked") == []


def test_reserved_concurrency_of_zero_stops_a_function(cloud):
    create(cloud, ECHO)
    cloud.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)

    with pytest.raises(ClientError) as failing:
        cloud.client("lambda").invoke(FunctionName="fn")

    assert failing.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert failing.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_failed_event_is_retried_after_one_minute_and_two_more_and_then_dead_lettered(cloud):
    url, arn = queue(cloud, "dead")
    create(cloud, FAIL, DeadLetterConfig={"TargetArn": arn})
    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"order": 7}')

    cloud.advance(59)
    assert len(cloud.records("Invoked")) == 1
    cloud.advance(1)
    assert len(cloud.records("Invoked")) == 2
    cloud.advance(120)
    assert len(cloud.records("Invoked")) == 3

    [message] = messages(cloud, url)
    assert json.loads(message["Body"]) == {"order": 7}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_an_event_for_a_function_that_reserves_nothing_goes_to_its_dead_letter_queue_at_once(cloud):
    url, arn = queue(cloud, "dead")
    create(cloud, ECHO, DeadLetterConfig={"TargetArn": arn})
    cloud.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)

    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"order": 7}')
    cloud.settle()

    [message] = messages(cloud, url)
    assert json.loads(message["Body"]) == {"order": 7}


def test_an_event_without_anywhere_to_go_is_recorded_as_lost(cloud):
    create(cloud, FAIL)
    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event")

    cloud.advance(minutes=4)

    [lost] = cloud.records("EventLost")
    assert "neither a dead-letter queue nor a failure destination" in lost.fact.why


def test_a_success_goes_to_its_destination(cloud):
    url, arn = queue(cloud, "done")
    create(cloud, ECHO)
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )

    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"n": 1}')
    cloud.settle()

    body = json.loads(messages(cloud, url)[0]["Body"])
    assert body["requestContext"]["condition"] == "Success"
    assert body["requestPayload"] == body["responsePayload"] == {"n": 1}


def test_a_throttled_event_waits_until_there_is_room(cloud):
    create(cloud, ECHO, Publish=True)
    lam = cloud.client("lambda")
    lam.put_provisioned_concurrency_config(FunctionName="fn", Qualifier="1", ProvisionedConcurrentExecutions=1)
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
    lam.invoke(FunctionName="fn", InvocationType="Event")
    cloud.advance(minutes=10)
    assert cloud.records("Invoked") == []

    lam.delete_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")
    cloud.advance(minutes=5)

    assert len(cloud.records("Invoked")) == 1


COLLECT = """
import json

def handler(event, context):
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"] if r["body"] == "bad"]}
"""


def test_a_queue_invokes_its_function_and_deletes_what_was_processed(cloud):
    url, arn = queue(cloud, "jobs")
    create(cloud, ECHO)
    cloud.client("lambda").create_event_source_mapping(FunctionName="fn", EventSourceArn=arn)

    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="good")
    cloud.advance(60)

    [batch] = cloud.records("BatchProcessed")
    assert (batch.fact.size, batch.fact.failed) == (1, ())
    assert messages(cloud, url) == []


def test_only_reported_messages_come_back(cloud):
    url, arn = queue(cloud, "jobs", VisibilityTimeout=30)
    create(cloud, COLLECT)
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="fn", EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"], Enabled=False
    )
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(["good", "bad", "good"])]
    cloud.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    [mapping] = cloud.client("lambda").list_event_source_mappings(FunctionName="fn")["EventSourceMappings"]

    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    cloud.settle()
    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    cloud.advance(30)

    assert [m["Body"] for m in messages(cloud, url)] == ["bad"]


def test_a_failed_batch_comes_back_as_a_whole_and_ends_in_the_dead_letter_queue(cloud):
    dead_url, dead_arn = queue(cloud, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(cloud, "jobs", VisibilityTimeout=30, RedrivePolicy=policy)
    create(cloud, FAIL)
    cloud.client("lambda").create_event_source_mapping(FunctionName="fn", EventSourceArn=arn)

    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="poison")
    cloud.advance(minutes=3)

    assert [m["Body"] for m in messages(cloud, dead_url)] == ["poison"]


def test_what_a_filter_refuses_is_deleted_unseen(cloud):
    url, arn = queue(cloud, "jobs")
    create(cloud, ECHO)
    pattern = json.dumps({"body": {"kind": ["order"]}})
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="fn", EventSourceArn=arn, FilterCriteria={"Filters": [{"Pattern": pattern}]}
    )

    cloud.client("sqs").send_message(QueueUrl=url, MessageBody='{"kind": "advert"}')
    cloud.advance(60)

    assert cloud.records("Invoked") == []
    assert messages(cloud, url) == []


def test_a_queue_that_shows_messages_sooner_than_the_function_ends_is_refused(cloud):
    _, arn = queue(cloud, "jobs", VisibilityTimeout=2)
    create(cloud, ECHO)

    with pytest.raises(
        ClientError, match="Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds"
    ):
        cloud.client("lambda").create_event_source_mapping(FunctionName="fn", EventSourceArn=arn)


def test_an_unknown_interpreter_is_said_by_name(cloud):
    create(cloud, ECHO, Runtime="java21", Handler="x.Y")

    with pytest.raises(ClientError, match="java21"):
        cloud.client("lambda").invoke(FunctionName="fn")
