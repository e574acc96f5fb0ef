"""Executions: started, stopped, listed, described; Standard and Express."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.machines import ROLE, ended, events, flow, made, run, started, told
from tests.services.stepfunctions.test_machines import PASS, refused

WAIT = flow(A={"Type": "Wait", "Seconds": 60})


def test_the_same_name_with_the_same_input_is_the_same_execution_while_it_runs(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, WAIT)
    first = client.start_execution(stateMachineArn=arn, name="e", input='{"a":1}')

    assert (
        client.start_execution(stateMachineArn=arn, name="e", input='{"a":1}')["executionArn"] == first["executionArn"]
    )
    assert refused(client.start_execution, stateMachineArn=arn, name="e", input='{"a":2}') == (
        "ExecutionAlreadyExists",
        f"Execution Already Exists: '{first['executionArn']}'",
    )
    cloud.advance(60)
    assert (
        refused(client.start_execution, stateMachineArn=arn, name="e", input='{"a":1}')[0] == "ExecutionAlreadyExists"
    )


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "Invalid execution input."),
        (
            "not some json",
            "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        ),
        ("{'not': 'json'}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
    ],
)
def test_an_input_that_is_no_json_is_refused(cloud, text, words):
    call = cloud.client("stepfunctions").start_execution

    assert refused(call, stateMachineArn=made(cloud, PASS), input=text) == (
        "InvalidExecutionInput",
        f"Invalid State Machine Execution Input: '{words}'",
    )


@pytest.mark.parametrize("text", ["1", '"text"', "null"])
def test_any_json_is_an_input(cloud, text):
    execution = cloud.client("stepfunctions").start_execution(stateMachineArn=made(cloud, PASS), input=text)[
        "executionArn"
    ]
    cloud.settle()

    assert ended(cloud, execution)["output"] == json.loads(text)


def test_a_stopped_execution_is_aborted(cloud):
    client = cloud.client("stepfunctions")
    execution = started(cloud, made(cloud, WAIT))

    client.stop_execution(executionArn=execution, error="E", cause="enough")
    cloud.advance(60)

    found = ended(cloud, execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "E", "enough")
    assert told(cloud, execution)[-1] == "3<-2 ExecutionAborted"


def test_a_machine_has_a_time_limit(cloud):
    execution = started(cloud, made(cloud, {**WAIT, "TimeoutSeconds": 10}))

    cloud.advance(10)

    found = ended(cloud, execution)
    assert found["status"] == "TIMED_OUT"
    assert "error" not in found
    assert told(cloud, execution)[-1].endswith("ExecutionTimedOut")


def test_executions_are_listed_the_newest_first_and_by_their_status(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, WAIT)
    for name in ("a", "b", "c"):
        started(cloud, arn, name=name)
    client.stop_execution(executionArn=client.list_executions(stateMachineArn=arn)["executions"][1]["executionArn"])

    def names(**wish):
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=arn, **wish)
        return [[each["name"] for each in page["executions"]] for page in pages]

    assert names(PaginationConfig={"PageSize": 2}) == [["c", "b"], ["a"]]
    assert names(statusFilter="RUNNING") == [["c", "a"]]
    assert names(statusFilter="ABORTED") == [["b"]]


def test_the_history_comes_in_pages_and_backwards(cloud):
    client = cloud.client("stepfunctions")
    execution = started(cloud, made(cloud, PASS), {"a": 1})

    first = client.get_execution_history(executionArn=execution, maxResults=3)
    rest = client.get_execution_history(executionArn=execution, maxResults=3, nextToken=first["nextToken"])
    backwards = client.get_execution_history(executionArn=execution, reverseOrder=True)

    assert [each["id"] for each in first["events"] + rest["events"]] == [1, 2, 3, 4]
    assert "nextToken" not in rest
    assert [each["id"] for each in backwards["events"]] == [4, 3, 2, 1]


def test_the_history_without_data_keeps_to_itself_what_went_through(cloud):
    execution = started(cloud, made(cloud, PASS), {"a": 1})

    found = cloud.client("stepfunctions").get_execution_history(executionArn=execution, includeExecutionData=False)

    assert "input" not in found["events"][0]["executionStartedEventDetails"]


def test_a_failed_execution_can_be_redriven_and_a_successful_one_cannot(cloud):
    failed = run(cloud, flow(A={"Type": "Fail"}))
    succeeded = run(cloud, PASS, name="n")

    assert (failed["redriveStatus"], failed["redriveCount"]) == ("REDRIVABLE", 0)
    assert succeeded["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"


def test_what_does_not_exist_is_told(cloud):
    client = cloud.client("stepfunctions")
    none = "arn:aws:states:us-east-1:000000000000:execution:m:e"

    assert refused(client.describe_execution, executionArn=none) == (
        "ExecutionDoesNotExist",
        f"Execution Does Not Exist: '{none}'",
    )
    assert refused(client.list_executions, stateMachineArn="nonsense") == (
        "StateMachineDoesNotExist",
        "State Machine Does Not Exist: 'nonsense'",
    )


def test_an_express_machine_answers_at_once(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, flow(A={"Type": "Pass", "Result": {"b": 2}}), type="EXPRESS")

    found = client.start_sync_execution(stateMachineArn=arn, input='{"a": 1}', name="e")

    assert (found["status"], found["output"], found["input"], found["name"]) == (
        "SUCCEEDED",
        '{"b":2}',
        '{"a": 1}',
        "e",
    )
    assert found["billingDetails"] == {"billedDurationInMilliseconds": 100, "billedMemoryUsedInMB": 64}
    assert found["executionArn"].startswith("arn:aws:states:us-east-1:000000000000:express:m:e:")


def test_a_failed_express_execution_says_why(cloud):
    arn = made(cloud, flow(A={"Type": "Fail", "Error": "E", "Cause": "c"}), type="EXPRESS")

    found = cloud.client("stepfunctions").start_sync_execution(stateMachineArn=arn)

    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "E", "c")
    assert "output" not in found


@pytest.mark.windtunnel(time="auto")
def test_a_synchronous_execution_may_wait(cloud):
    arn = made(cloud, flow(A={"Type": "Wait", "Seconds": 20}), type="EXPRESS")

    found = cloud.client("stepfunctions").start_sync_execution(stateMachineArn=arn)

    assert found["billingDetails"]["billedDurationInMilliseconds"] == 20_000


def test_express_executions_have_no_history_and_are_not_listed(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, PASS, type="EXPRESS")
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]

    for call in (client.describe_execution, client.get_execution_history, client.stop_execution):
        assert refused(call, executionArn=execution) == (
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: express'",
        )
    assert refused(client.list_executions, stateMachineArn=arn) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )


def test_a_standard_machine_is_not_run_synchronously(cloud):
    call = cloud.client("stepfunctions").start_sync_execution

    assert refused(call, stateMachineArn=made(cloud, PASS))[0] == "StateMachineTypeNotSupported"


def test_the_flight_record_knows_executions_and_their_transitions(cloud):
    run(cloud, flow(A={"Type": "Pass", "Next": "B"}, B={"Type": "Fail", "Error": "E"}))

    [begun] = cloud.records("ExecutionStarted")
    [over] = cloud.records("ExecutionEnded")
    assert [each.fact.state for each in cloud.records("StateEntered")] == ["A", "B"]
    assert begun.fact.execution == over.fact.execution
    assert (over.fact.status, over.fact.error, over.fact.events) == ("FAILED", "E", 5)


def test_the_trace_header_travels_with_the_execution(cloud):
    client = cloud.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=made(cloud, PASS), traceHeader="Root=1-2-3")["executionArn"]

    assert client.describe_execution(executionArn=execution)["traceHeader"] == "Root=1-2-3"


def test_a_machine_of_another_role_needs_nothing_more(cloud):
    with pytest.raises(ClientError):
        cloud.client("stepfunctions").start_execution(stateMachineArn=f"{ROLE}")
    assert events(cloud, started(cloud, made(cloud, PASS)))[0]["details"]["roleArn"] == ROLE


def test_a_failed_execution_is_redriven_from_the_state_that_failed(cloud):
    client = cloud.client("stepfunctions")
    url = "https://sqs.us-east-1.amazonaws.com/000000000000/late"
    send = {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": url, "MessageBody.$": "$.n"}}
    definition = flow(
        A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}, B={"Type": "Task", **send, "ResultPath": None}
    )
    execution = started(cloud, made(cloud, definition), {"n": "1"})
    assert ended(cloud, execution)["status"] == "FAILED"
    cloud.client("sqs").create_queue(QueueName="late")

    client.redrive_execution(executionArn=execution)
    cloud.settle()

    found = ended(cloud, execution)
    assert (found["status"], found["redriveCount"], found["output"]) == ("SUCCEEDED", 1, {"n": "1"})
    assert "error" not in found
    assert told(cloud, execution)[-7:-4] == ["9<-8 ExecutionRedriven", "10<-9 TaskStateEntered", "11<-10 TaskScheduled"]
    [listed] = client.list_executions(stateMachineArn=found["stateMachineArn"], redriveFilter="REDRIVEN")["executions"]
    assert listed["redriveCount"] == 1


def test_a_successful_execution_is_not_redriven_nor_an_old_one(cloud):
    client = cloud.client("stepfunctions")
    succeeded = run(cloud, PASS)["executionArn"]
    failed = run(cloud, flow(A={"Type": "Fail"}), name="f")["executionArn"]
    cloud.advance(days=15)

    for execution in (succeeded, failed):
        assert refused(client.redrive_execution, executionArn=execution)[0] == "ExecutionNotRedrivable"


def test_a_redrive_leaves_what_was_done_of_a_map_and_of_branches(cloud):
    """Only what did not succeed is done again."""
    url = "https://sqs.us-east-1.amazonaws.com/000000000000/late"
    send = {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": url, "MessageBody": "b"}}
    rule = {"Variable": "$", "NumericEquals": 2, "Next": "S"}
    inner = flow(
        first="C", C={"Type": "Choice", "Choices": [rule], "Default": "D"}, D={"Type": "Pass"},
        S={"Type": "Task", **send, "ResultPath": None},
    )  # fmt: skip
    branches = [
        flow(M={"Type": "Map", "ItemProcessor": inner, "ItemsPath": "$.items"}),
        flow(P={"Type": "Pass", "Result": "done"}),
    ]
    execution = started(cloud, made(cloud, flow(A={"Type": "Parallel", "Branches": branches})), {"items": [1, 2, 3]})
    assert ended(cloud, execution)["status"] == "FAILED"
    cloud.client("sqs").create_queue(QueueName="late")
    before = len(told(cloud, execution))

    cloud.client("stepfunctions").redrive_execution(executionArn=execution)
    cloud.settle()

    assert ended(cloud, execution)["output"] == [[1, 2, 3], "done"]
    entered = [
        each["details"]["name"] for each in events(cloud, execution)[before:] if each["type"].endswith("StateEntered")
    ]
    assert set(entered) <= {"S", "C", "D"}
    assert entered.count("S") == 1


def test_a_stopped_execution_is_redriven_where_it_was_stopped(cloud):
    client = cloud.client("stepfunctions")
    execution = started(cloud, made(cloud, WAIT))
    client.stop_execution(executionArn=execution)

    client.redrive_execution(executionArn=execution)
    cloud.advance(60)

    assert ended(cloud, execution)["status"] == "SUCCEEDED"


def test_what_ended_in_a_distributed_map_is_not_redriven_here(cloud):
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **flow(B={"Type": "Fail"})}
    execution = started(cloud, made(cloud, flow(A={"Type": "Map", "ItemProcessor": processor})), [1])

    call = cloud.client("stepfunctions").redrive_execution
    assert refused(call, executionArn=execution)[0] == "NotImplemented"
    assert ended(cloud, execution)["status"] == "FAILED"
