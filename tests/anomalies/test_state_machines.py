"""Executions of state machines outlive the process: what was started ends, after a kill at any moment."""

import json
import time

from tests.anomalies.serving import Serving

ROLE = "arn:aws:iam::000000000000:role/machine"


def definition(url):
    send = {"QueueUrl": url, "MessageBody.$": "$$.Execution.Name"}
    return {
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", "Next": "Both"},
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}},
                    {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 1, "End": True}}},
                ],
                "Next": "Send",
            },
            "Send": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": send, "End": True},
        },
    }


def started_until_killed(serving, machine):
    """The executions that were acknowledged before the process was killed in the midst of them."""
    client = serving.client("stepfunctions")
    acknowledged = []
    for number in range(150):
        acknowledged.append(client.start_execution(stateMachineArn=machine, name=f"e{number}")["executionArn"])
    serving.kill()
    return acknowledged


def ended(client, machine, number):
    """The statuses of all executions when none runs any more."""
    for _ in range(200):
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=machine)
        found = {each["executionArn"]: each["status"] for page in pages for each in page["executions"]}
        if len(found) >= number and "RUNNING" not in found.values():
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_every_acknowledged_execution_ends_after_a_kill(tmp_path):
    data = str(tmp_path / "data")
    serving = Serving(data)
    url = serving.client("sqs").create_queue(QueueName="done")["QueueUrl"]
    machine = serving.client("stepfunctions").create_state_machine(
        name="m", definition=json.dumps(definition(url)), roleArn=ROLE
    )["stateMachineArn"]
    acknowledged = started_until_killed(serving, machine)

    again = Serving(data)
    found = ended(again.client("stepfunctions"), machine, len(acknowledged))

    assert {found[arn] for arn in acknowledged} == {"SUCCEEDED"}
    names = set()
    sqs = again.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        names |= {message["Body"] for message in messages}
    assert names >= {arn.rpartition(":")[2] for arn in acknowledged}
    assert again.stop() == 0
