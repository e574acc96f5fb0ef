"""What schedules call, what they say, and what becomes of a call that fails."""

import json

from tests.services.events.events import ruled
from tests.services.lambda_.functions import create
from tests.services.scheduler.schedules import OFF, ROLE, arrived, logged, scheduled
from tests.services.sns.topics import queue, received

ONCE = {"ScheduleExpression": "at(2020-01-01T00:00:00)", "FlexibleTimeWindow": OFF}


def once(cloud, arn, name="once", **target):
    """A schedule whose time is over already: due at once."""
    wish = {"Arn": arn, "RoleArn": ROLE, **target}
    cloud.client("scheduler").create_schedule(Name=name, Target=wish, **ONCE)
    cloud.settle()


def test_context_attributes_are_filled_in(cloud):
    words = "arn time execution-id attempt"
    text = "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.execution-id> <aws.scheduler.attempt-number>"
    url = scheduled(cloud, "at(2020-01-01T00:00:00)", target={"Input": text})
    cloud.settle()

    [body] = arrived(cloud, url)

    said = dict(zip(words.split(), body.split(), strict=True))
    assert said["arn"] == "arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick"
    assert (said["time"], said["attempt"], len(said["execution-id"])) == ("2020-01-01T00:00:00Z", "1", 16)


def test_a_function_is_invoked_asynchronously_with_the_input(cloud):
    arn = create(cloud, "def handler(event, context):\n    print('got', event)\n")["FunctionArn"]

    once(cloud, arn, Input='{"n": 7}')

    assert "got {'n': 7}" in logged(cloud, "fn")


def test_a_bus_gets_an_event_of_the_given_kind(cloud):
    url = ruled(cloud, pattern={"source": ["shop"]})
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"

    once(cloud, bus, Input='{"total": 7}', EventBridgeParameters={"Source": "shop", "DetailType": "Nightly"})

    [event] = [json.loads(body) for body in arrived(cloud, url)]
    assert (event["detail-type"], event["detail"]) == ("Nightly", {"total": 7})


def test_a_fifo_queue_gets_the_group(cloud):
    url, arn = queue(cloud, "jobs.fifo", FifoQueue="true")

    once(cloud, arn, Input="go", SqsParameters={"MessageGroupId": "g"})

    [message] = received(cloud, url)
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("go", "g")


def test_a_stream_gets_a_record_under_the_partition_key(cloud):
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName="ticks", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="ticks")["StreamDescriptionSummary"]["StreamARN"]

    once(cloud, arn, Input="tick", KinesisParameters={"PartitionKey": "k"})

    shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(StreamName="ticks", **shard)["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert (record["Data"], record["PartitionKey"]) == (b"tick", "k")


def test_a_universal_target_calls_any_operation(cloud):
    url, _ = queue(cloud, "jobs")
    body = {"queueUrl": url, "MessageBody": "at <aws.scheduler.scheduled-time>"}

    once(cloud, "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input=json.dumps(body))

    assert arrived(cloud, url) == ["at 2020-01-01T00:00:00Z"]


def test_a_universal_target_invokes_a_function_with_its_payload(cloud):
    create(cloud, "def handler(event, context):\n    print('got', event)\n", name="work")
    call = {"FunctionName": "work", "InvocationType": "Event", "Payload": '{"n": 7}'}

    once(cloud, "arn:aws:scheduler:::aws-sdk:lambda:invoke", Input=json.dumps(call))

    assert "got {'n': 7}" in logged(cloud, "work")


def test_what_the_target_refuses_goes_to_the_dead_letter_queue_with_its_reason(cloud):
    dead, arn = queue(cloud, "dead")
    gone = "arn:aws:sqs:us-east-1:000000000000:gone"

    once(cloud, gone, Input="job", DeadLetterConfig={"Arn": arn})

    [message] = received(cloud, dead)
    texts = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == "job"
    assert texts["ERROR_CODE"].endswith("NonExistentQueue") or texts["ERROR_CODE"] == "QueueDoesNotExist"
    assert (texts["TARGET_ARN"], texts["RETRY_ATTEMPTS"], texts["IS_PAYLOAD_TRUNCATED"]) == (gone, "0", "false")
    assert texts["SCHEDULE_ARN"].endswith("schedule/default/once")
    assert texts["SCHEDULED_TIME"] == "2020-01-01T00:00:00Z"


def test_a_call_that_fails_for_good_is_recorded_as_lost(cloud):
    once(cloud, "arn:aws:sqs:us-east-1:000000000000:gone", Input="job")

    [lost] = cloud.records("ScheduleLost")
    assert lost.fact.schedule.endswith("/once")


def test_a_throttled_target_is_tried_again_until_it_takes_the_call(cloud):
    arn = create(cloud, "def handler(event, context):\n    print('got', event)\n")["FunctionArn"]
    call = {"FunctionName": arn, "InvocationType": "RequestResponse", "Payload": "7"}
    aws = cloud.client("lambda")
    aws.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=0)
    once(cloud, "arn:aws:scheduler:::aws-sdk:lambda:invoke", Input=json.dumps(call))
    assert cloud.records("ScheduleFailed")[-1].fact.next_at

    aws.delete_function_concurrency(FunctionName=arn)
    cloud.advance(minutes=5)

    [invoked] = cloud.records("ScheduleInvoked")
    assert invoked.fact.attempt == len(cloud.records("ScheduleFailed")) + 1


def test_retries_end_with_their_number(cloud):
    dead, dead_arn = queue(cloud, "dead")
    arn = create(cloud, "def handler(event, context): pass\n")["FunctionArn"]
    cloud.client("lambda").put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=0)
    call = {"FunctionName": arn, "Payload": "7"}
    policy = {"MaximumRetryAttempts": 2}
    universal = "arn:aws:scheduler:::aws-sdk:lambda:invoke"
    once(cloud, universal, Input=json.dumps(call), RetryPolicy=policy, DeadLetterConfig={"Arn": dead_arn})

    cloud.advance(minutes=5)

    [message] = received(cloud, dead)
    texts = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (texts["EXHAUSTED_RETRY_CONDITION"], texts["RETRY_ATTEMPTS"]) == ("MaximumRetryAttempts", "2")
