"""Who starts machines, and whom they tell: EventBridge, its Scheduler, Pipes, CloudWatch Logs."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.events.events import ORDER, arrived, put, ruled
from tests.services.pipes.piping import came, from_queue, send
from tests.services.scheduler.schedules import ROLE as SCHEDULER
from tests.services.sns.topics import queue, received
from tests.services.stepfunctions.machines import ROLE, ended, flow, made, run, started
from tests.services.stepfunctions.test_machines import PASS

CHANGE = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}


def only_execution(cloud, machine):
    [found] = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return ended(cloud, found["executionArn"])


def test_a_rule_starts_an_execution_with_the_event(cloud):
    machine = made(cloud, PASS)
    events = cloud.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    transformer = {"InputPathsMap": {"t": "$.detail.total"}, "InputTemplate": '{"total": <t>}'}
    events.put_targets(
        Rule="r", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE, "InputTransformer": transformer}]
    )

    put(cloud, ORDER)
    cloud.settle()

    assert only_execution(cloud, machine)["output"] == {"total": 7}


def test_a_machine_as_a_target_needs_a_role(cloud):
    machine = made(cloud, PASS)
    events = cloud.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))

    with pytest.raises(ClientError, match="RoleArn is required for target"):
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": machine}])


def test_an_event_for_a_machine_that_is_gone_is_dead_lettered(cloud):
    machine = made(cloud, PASS)
    url, arn = queue(cloud, "dead")
    events = cloud.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(
        Rule="r", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": arn}}]
    )
    cloud.client("stepfunctions").delete_state_machine(stateMachineArn=machine)

    put(cloud, ORDER)
    cloud.settle()

    [message] = received(cloud, url)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


def test_a_schedule_starts_an_execution(cloud):
    machine = made(cloud, PASS)
    target = {"Arn": machine, "RoleArn": SCHEDULER, "Input": '{"by": "schedule"}'}
    cloud.client("scheduler").create_schedule(
        Name="s", ScheduleExpression="at(2026-01-01T00:10:00)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )

    cloud.advance(minutes=10)

    assert only_execution(cloud, machine)["output"] == {"by": "schedule"}


def test_a_pipe_starts_an_execution_for_its_batch(cloud):
    machine = made(cloud, PASS)
    parameters = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    source = from_queue(cloud, machine, TargetParameters=parameters)

    send(cloud, source, "hello")

    assert [event["body"] for event in only_execution(cloud, machine)["output"]] == ["hello"]


def test_a_pipe_waits_for_an_express_machine_and_keeps_what_it_failed_at(cloud):
    machine = made(cloud, flow(A={"Type": "Fail", "Error": "E"}), type="EXPRESS")
    source = from_queue(cloud, machine)

    send(cloud, source, "hello")
    cloud.advance(31)

    assert [each.fact.status for each in cloud.records("ExecutionEnded")][:2] == ["FAILED", "FAILED"]


def test_an_express_machine_enriches_a_pipe(cloud):
    enrich = flow(A={"Type": "Map", "ItemProcessor": flow(B={"Type": "Pass", "Parameters": {"seen.$": "$.body"}})})
    machine = made(cloud, enrich, type="EXPRESS")
    url, arn = queue(cloud, "out")
    source = from_queue(cloud, arn, Enrichment=machine)

    send(cloud, source, "hello")

    assert came(cloud, url) == [{"seen": "hello"}]


def test_the_default_bus_is_told_when_an_execution_begins_and_ends(cloud):
    url = ruled(cloud, "changes", CHANGE)
    found = run(cloud, PASS, {"a": 1})

    begun, over = arrived(cloud, url)
    assert (begun["detail"]["status"], begun["detail"]["stopDate"], begun["detail"]["output"]) == (
        "RUNNING",
        None,
        None,
    )
    assert over["resources"] == [found["executionArn"]]
    assert over["detail"] == {
        "executionArn": found["executionArn"],
        "stateMachineArn": found["stateMachineArn"],
        "name": found["name"],
        "status": "SUCCEEDED",
        "startDate": 1767225600000,
        "stopDate": 1767225600000,
        "input": '{"a": 1}',
        "output": '{"a": 1}',
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "inputDetails": {"included": True},
        "outputDetails": {"included": True},
        "error": None,
        "cause": None,
    }


def group(cloud, name="/aws/vendedlogs/states/m"):
    cloud.client("logs").create_log_group(logGroupName=name)
    return f"arn:aws:logs:us-east-1:000000000000:log-group:{name}:*"


def logging(arn, level, data=True):
    return {
        "level": level,
        "includeExecutionData": data,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
    }


def lines(cloud, name="/aws/vendedlogs/states/m"):
    found = cloud.client("logs").filter_log_events(logGroupName=name)["events"]
    return [json.loads(event["message"]) for event in found]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_machine_logs_every_event_of_its_executions(cloud, kind):
    arn = made(cloud, PASS, type=kind, loggingConfiguration=logging(group(cloud), "ALL"))
    execution = started(cloud, arn, {"a": 1})

    found = lines(cloud)

    assert [each["type"] for each in found] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert found[-1] == {
        "id": "4",
        "type": "ExecutionSucceeded",
        "details": {"output": '{"a": 1}', "outputDetails": {"truncated": False}},
        "redrive_count": "0",
        "previous_event_id": "3",
        "event_timestamp": "1767225600000",
        "execution_arn": execution,
    }


def test_a_machine_logs_no_more_than_its_level_and_no_data_unless_asked(cloud):
    failing = flow(A={"Type": "Fail", "Error": "E"})
    arn = group(cloud)
    run(cloud, failing, name="e", loggingConfiguration=logging(arn, "ERROR", data=False))
    assert [each["type"] for each in lines(cloud)] == ["FailStateEntered", "ExecutionFailed"]
    assert "input" not in lines(cloud)[0]["details"]

    run(cloud, failing, name="f", loggingConfiguration=logging(arn, "FATAL"))

    assert [each["type"] for each in lines(cloud)][2:] == ["ExecutionFailed"]


@pytest.mark.parametrize(
    "wish, words",
    [
        ({"level": "ALL"}, "Must specify exactly one Log Destination."),
        (logging("arn:aws:logs:us-east-1:000000000000:log-group:none:*", "ALL"), "Log Destination not found."),
    ],
)
def test_a_logging_configuration_that_leads_nowhere_is_refused(cloud, wish, words):
    with pytest.raises(ClientError) as caught:
        made(cloud, PASS, loggingConfiguration=wish)

    assert caught.value.response["Error"] == {
        "Code": "InvalidLoggingConfiguration",
        "Message": f"Invalid Logging Configuration: {words}",
    }


def test_a_machine_that_is_made_again_logs_as_it_says_now(cloud):
    client = cloud.client("stepfunctions")
    arn = group(cloud)
    run(cloud, PASS, loggingConfiguration=logging(arn, "ALL"))
    client.delete_state_machine(stateMachineArn=client.list_state_machines()["stateMachines"][0]["stateMachineArn"])

    run(cloud, PASS)

    assert len(lines(cloud)) == 4
