"""State machines for tests, and what became of their executions."""

import json

ROLE = "arn:aws:iam::000000000000:role/machine"


def flow(first="A", **states):
    """A definition; a state without `Next` is an end."""
    ends = ("Choice", "Succeed", "Fail")
    return {
        "StartAt": first if first in states else next(iter(states)),
        "States": {
            name: state if "Next" in state or "End" in state or state["Type"] in ends else {**state, "End": True}
            for name, state in states.items()
        },
    }


def made(cloud, definition, name="m", **members):
    """A state machine; its ARN."""
    text = definition if isinstance(definition, str) else json.dumps(definition)
    wish = {"name": name, "definition": text, "roleArn": ROLE, **members}
    return cloud.client("stepfunctions").create_state_machine(**wish)["stateMachineArn"]


def started(cloud, arn, input=None, **members):
    """An execution that has gone as far as it can at this moment; its ARN."""
    wish = {"stateMachineArn": arn, "input": json.dumps({} if input is None else input), **members}
    execution = cloud.client("stepfunctions").start_execution(**wish)["executionArn"]
    cloud.settle()
    return execution


def ended(cloud, execution):
    """Its description, with the output as JSON."""
    found = cloud.client("stepfunctions").describe_execution(executionArn=execution)
    if "output" in found:
        found["output"] = json.loads(found["output"])
    return found


def run(cloud, definition, input=None, advance=0, **members):
    """A machine of this definition, run once."""
    execution = started(cloud, made(cloud, definition, **members), input)
    if advance:
        cloud.advance(advance)
    return ended(cloud, execution)


def output(cloud, definition, input=None, **members):
    found = run(cloud, definition, input, **members)
    assert found["status"] == "SUCCEEDED", found
    return found["output"]


def events(cloud, execution):
    """Every event of the history, the details under `details`."""
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    found = []
    for page in pages:
        for event in page["events"]:
            details = next((value for name, value in event.items() if name.endswith("EventDetails")), {})
            found.append({**event, "details": details})
    return found


def told(cloud, execution):
    """The history in short: `id<-previous Type`."""
    return [f"{each['id']}<-{each['previousEventId']} {each['type']}" for each in events(cloud, execution)]
