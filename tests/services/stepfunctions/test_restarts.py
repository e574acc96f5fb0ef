"""A Standard execution goes on after a restart of the process, where it stood."""

import json

import pytest

from tests.services.sns.topics import queue, received
from tests.services.stepfunctions.machines import ended, events, flow, made, told
from tests.services.stepfunctions.machines import started as begun
from tests.services.stepfunctions.test_machines import PASS
from tests.services.stepfunctions.test_tasks import asking, token


def test_what_is_over_is_kept_with_its_history(started):
    cloud = started()
    execution = begun(cloud, made(cloud, PASS), {"n": 1})
    before = told(cloud, execution)
    cloud = started()

    assert ended(cloud, execution)["output"] == {"n": 1}
    assert told(cloud, execution) == before


def test_a_wait_goes_on_to_its_time(started):
    cloud = started()
    arn = made(cloud, flow(A={"Type": "Wait", "Seconds": 600, "Next": "B"}, B={"Type": "Pass", "Result": "over"}))
    execution = begun(cloud, arn)
    cloud = started()

    cloud.advance(599)
    assert ended(cloud, execution)["status"] == "RUNNING"
    cloud.advance(1)

    assert ended(cloud, execution)["output"] == "over"
    assert [each["type"] for each in events(cloud, execution)].count("WaitStateEntered") == 1


def test_a_wait_that_is_overdue_ends_at_once(started):
    cloud = started()
    execution = begun(cloud, made(cloud, flow(A={"Type": "Wait", "Timestamp": "2026-01-01T00:00:01Z"})))
    cloud = started()

    cloud.advance(100)

    assert ended(cloud, execution)["status"] == "SUCCEEDED"


def test_a_callback_is_still_waited_for_with_its_patience(started):
    cloud = started()
    url, _ = queue(cloud, "q")
    machine = made(cloud, flow(A=asking(url, TimeoutSeconds=100)))
    answered, silent = begun(cloud, machine), begun(cloud, machine)
    tokens = [json.loads(message["Body"])["token"] for message in received(cloud, url)]
    cloud = started()

    for each in tokens:
        if answered.rpartition(":")[2] in _named(each):
            cloud.client("stepfunctions").send_task_success(taskToken=each, output='"yes"')
    cloud.advance(100)

    assert ended(cloud, answered)["output"] == "yes"
    assert ended(cloud, silent)["error"] == "States.Timeout"


def _named(text):
    import base64

    return base64.b64decode(text).decode()


def test_the_pause_before_a_retry_goes_on(started):
    cloud = started()
    url = "https://sqs.us-east-1.amazonaws.com/000000000000/none"
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 1}]
    send = {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": url, "MessageBody": "b"}}
    execution = begun(cloud, made(cloud, flow(A={"Type": "Task", **send, "Retry": retry})))
    cloud = started()

    cloud.advance(60)

    assert ended(cloud, execution)["error"] == "SQS.QueueDoesNotExistException"
    assert [each["type"] for each in events(cloud, execution)].count("TaskFailed") == 2


def test_branches_and_iterations_come_together(started):
    cloud = started()
    iterations = {
        "Type": "Map", "MaxConcurrency": 1, "ItemProcessor": flow(C={"Type": "Wait", "Seconds": 10}), "ItemsPath": "$.items",
    }  # fmt: skip
    branches = [flow(B=iterations), flow(D={"Type": "Pass", "Result": "quick"})]
    execution = begun(cloud, made(cloud, flow(A={"Type": "Parallel", "Branches": branches})), {"items": [1, 2, 3]})
    cloud.advance(10)
    cloud = started()

    cloud.advance(30)

    assert ended(cloud, execution)["output"] == [[1, 2, 3], "quick"]


def test_variables_are_kept(started):
    cloud = started()
    states = flow(
        A={"Type": "Pass", "Assign": {"x": {"y": 1}}, "Next": "B"},
        B={"Type": "Wait", "Seconds": 5, "Next": "C"},
        C={"Type": "Pass", "Parameters": {"v.$": "$x.y"}},
    )
    execution = begun(cloud, made(cloud, states))
    cloud = started()

    cloud.advance(5)

    assert ended(cloud, execution)["output"] == {"v": 1}


def test_the_time_limit_of_a_machine_counts_from_its_start(started):
    cloud = started()
    execution = begun(cloud, made(cloud, {**flow(A={"Type": "Wait", "Seconds": 600}), "TimeoutSeconds": 100}))
    cloud = started()

    cloud.advance(100)

    assert ended(cloud, execution)["status"] == "TIMED_OUT"


def test_a_nested_execution_is_waited_for_and_not_begun_again(started):
    cloud = started()
    inner = made(cloud, flow(A={"Type": "Wait", "Seconds": 60}), name="in")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": inner},
    }
    execution = begun(cloud, made(cloud, flow(A=task)))
    cloud = started()

    cloud.advance(60)

    assert ended(cloud, execution)["output"]["Status"] == "SUCCEEDED"
    assert len(cloud.client("stepfunctions").list_executions(stateMachineArn=inner)["executions"]) == 1


def test_a_task_of_an_activity_waits_for_its_worker(started):
    cloud = started()
    activity = cloud.client("stepfunctions").create_activity(name="work")["activityArn"]
    execution = begun(cloud, made(cloud, flow(A={"Type": "Task", "Resource": activity})), {"n": 1})
    cloud = started()
    cloud.settle()

    client = cloud.client("stepfunctions")
    task = client.get_activity_task(activityArn=activity)
    client.send_task_success(taskToken=task["taskToken"], output=task["input"])

    assert ended(cloud, execution)["output"] == {"n": 1}


def test_a_call_that_was_under_way_is_made_again(started):
    cloud = started()
    url, _ = queue(cloud, "q")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody": "b"},
    }
    machine = made(cloud, flow(A=task))

    async def cut_off(*_):
        raise ConnectionAbortedError("the process ends here")

    running = cloud.inside.home("000000000000", "us-east-1").service("stepfunctions").nouns["Running"]
    running._asked = cut_off
    execution = begun(cloud, machine)
    assert ended(cloud, execution)["status"] == "RUNNING"
    cloud = started()
    cloud.settle()

    assert ended(cloud, execution)["status"] == "SUCCEEDED"
    assert len(received(cloud, url)) == 1


@pytest.mark.parametrize("states", [1, 30])
def test_a_token_from_before_is_good_after(started, states):
    cloud = started()
    url, _ = queue(cloud, "q")
    passes = {f"P{place}": {"Type": "Pass", "Next": f"P{place + 1}"} for place in range(states)}
    execution = begun(cloud, made(cloud, flow(first="P0", **passes, **{f"P{states}": asking(url)})))
    good = token(cloud, url)
    cloud = started()

    cloud.client("stepfunctions").send_task_success(taskToken=good, output="7")

    assert ended(cloud, execution)["output"] == 7


def test_a_map_run_goes_on(started):
    cloud = started()
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **flow(B={"Type": "Wait", "Seconds": 10})
    }  # fmt: skip
    state = {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": processor}
    execution = begun(cloud, made(cloud, flow(A=state)), [1, 2, 3])
    cloud.advance(10)
    cloud = started()

    cloud.advance(30)

    assert ended(cloud, execution)["output"] == [1, 2, 3]


def test_lines_that_have_not_had_their_turn_are_kept(started, monkeypatch):
    monkeypatch.setattr("windtunnel.services.stepfunctions.running.STATES_AT_A_TIME", 2)
    cloud = started()

    async def never(*_):
        """The process ends before the next turn."""

    running = cloud.inside.home("000000000000", "us-east-1").service("stepfunctions").nouns["Running"]
    running._go_on = never
    branches = [flow(**{f"B{place}": {"Type": "Pass", "Result": place}}) for place in range(5)]
    execution = begun(cloud, made(cloud, flow(A={"Type": "Parallel", "Branches": branches})))
    assert ended(cloud, execution)["status"] == "RUNNING"
    cloud = started()
    cloud.settle()

    assert ended(cloud, execution)["output"] == [0, 1, 2, 3, 4]
