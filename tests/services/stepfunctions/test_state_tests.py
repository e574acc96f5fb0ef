"""TestState: one state alone, with and without a mock."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create
from tests.services.stepfunctions.machines import ROLE, flow
from tests.services.stepfunctions.test_machines import refused

INVOKE = "arn:aws:states:::lambda:invoke"


def outcome_of(cloud, definition, input=None, **members):
    wish = {"definition": json.dumps(definition), "input": json.dumps({} if input is None else input), **members}
    found = cloud.client("stepfunctions").test_state(**wish)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def test_a_pass_state_shows_every_stage_of_its_data(cloud):
    state = {
        "Type": "Pass",
        "InputPath": "$.a",
        "Parameters": {"v.$": "$.b"},
        "ResultPath": "$.r",
        "OutputPath": "$.r",
        "Next": "Z",
    }

    found = outcome_of(cloud, state, {"a": {"b": 1}}, inspectionLevel="DEBUG")

    seen = found.pop("inspectionData")
    assert found == {"output": '{"v":1}', "nextState": "Z", "status": "SUCCEEDED"}
    assert (seen["input"], seen["afterInputPath"], seen["afterParameters"]) == ('{"a":{"b":1}}', '{"b":1}', '{"v":1}')


def test_without_a_level_nothing_is_shown_but_the_outcome(cloud):
    assert outcome_of(cloud, {"Type": "Fail", "Error": "E", "Cause": "c"}) == {
        "error": "E",
        "cause": "c",
        "status": "FAILED",
    }


def test_a_state_of_a_machine_is_tested_by_its_name(cloud):
    definition = flow(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Result": 2})

    assert outcome_of(cloud, definition, stateName="B")["output"] == "2"


def test_a_task_really_calls(cloud):
    create(cloud, ECHO)
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": "fn", "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "End": True,
    }

    assert outcome_of(cloud, task, {"n": 1}, roleArn=ROLE)["output"] == '{"n":1}'
    assert refused(cloud.client("stepfunctions").test_state, definition=json.dumps(task)) == (
        "ValidationException",
        "RoleArn must be specified when testing a Task state",
    )


def test_a_mock_stands_for_the_result(cloud):
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": "none"},
        "ResultSelector": {"p.$": "$.Payload"},
        "End": True,
    }

    found = outcome_of(
        cloud, task, mock={"result": '{"Payload": {"a": 1}, "StatusCode": 200}'}, inspectionLevel="TRACE"
    )

    assert found["output"] == '{"p":{"a":1}}'
    assert found["inspectionData"]["afterResultSelector"] == '{"p":{"a":1}}'


def test_a_mocked_error_is_retried_caught_or_the_end(cloud):
    task = {
        "Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "none"}, "End": True,
        "Retry": [{"ErrorEquals": ["Again"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["Other"], "Next": "Y"}, {"ErrorEquals": ["States.ALL"], "Next": "Z", "ResultPath": "$.e"}],
    }  # fmt: skip

    def mocked(error, count=0):
        return outcome_of(
            cloud, task, {"n": 1}, mock={"errorOutput": {"error": error, "cause": "c"}}, inspectionLevel="DEBUG",
            stateConfiguration={"retrierRetryCount": count},
        )  # fmt: skip

    again = mocked("Again", 1)
    assert (again["status"], again["inspectionData"]["errorDetails"]) == (
        "RETRIABLE",
        {"retryIndex": 0, "retryBackoffIntervalSeconds": 6},
    )
    caught = mocked("Again", 2)
    assert (caught["status"], caught["nextState"], caught["inspectionData"]["errorDetails"]) == (
        "CAUGHT_ERROR",
        "Z",
        {"catchIndex": 1},
    )
    assert json.loads(caught["output"]) == {"n": 1, "e": {"Error": "Again", "Cause": "c"}}


def test_a_map_needs_a_mock_and_may_exceed_its_tolerance(cloud):
    state = {
        "Type": "Map", "ItemsPath": "$.v", "ToleratedFailureCount": 1, "End": True,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **flow(B={"Type": "Pass"})},
    }  # fmt: skip
    given = {"v": [1, 2, 3]}
    mock = {"result": "[1, 1, 1]"}

    assert refused(cloud.client("stepfunctions").test_state, definition=json.dumps(state))[0] == "InvalidDefinition"
    assert outcome_of(cloud, state, given, mock=mock)["output"] == "[1,1,1]"
    found = outcome_of(
        cloud, state, given, mock=mock, stateConfiguration={"mapIterationFailureCount": 2}, inspectionLevel="DEBUG"
    )
    assert (found["status"], found["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert found["inspectionData"] == {
        "input": '{"v":[1,2,3]}',
        "afterInputPath": '{"v":[1,2,3]}',
        "afterItemsPath": "[1,2,3]",
        "maxConcurrency": 0,
        "toleratedFailureCount": 1,
    }


def test_variables_and_the_context_are_seen(cloud):
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": {"x": "{% $x + 1 %}", "by": "{% $states.context.State.Name %}"},
    }

    found = outcome_of(cloud, {**state, "End": True}, variables='{"x": 1}', inspectionLevel="DEBUG")

    assert json.loads(found["output"]) == {"x": 2, "by": "StateName"}
    assert found["inspectionData"]["variables"] == '{"x":1}'


TASK = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "f"}, "End": True}


@pytest.mark.parametrize(
    "state, members, words",
    [
        (TASK, {"mock": {"result": "{}", "errorOutput": {"error": "e"}}}, "A test mock should have only one of the following fields: [result, errorOutput]."),
        (TASK, {"mock": {"result": "nonsense"}}, "Mocked result must be valid JSON"),
        (TASK, {"mock": {"result": '{"StatusCode": "200"}'}}, "Mock result schema validation error: Field 'StatusCode' must be a number"),
        ({"Type": "Pass", "End": True}, {"mock": {"result": "{}"}}, "State type 'Pass' is not supported when a mock is specified"),
        (TASK, {"mock": {"result": "{}"}, "context": '{"Pokedex": {}}'}, "Invalid Context object provided: Field 'Pokedex' is not allowed"),
        (TASK, {"mock": {"result": "{}"}, "context": '{"Execution": {"Id": 1}}'}, "Invalid Context object provided: Execution.Id must be a string"),
        (
            TASK, {"mock": {"result": "{}"}, "context": '{"Task": {"Token": "t"}}'},
            "Invalid Context object provided: Context object contains 'Task' when state is not a Task state with a '.sync' or "
            "'.waitForTaskToken' service integration pattern",
        ),
    ],
)  # fmt: skip
def test_a_mock_or_a_context_that_does_not_fit_is_refused(cloud, state, members, words):
    with pytest.raises(ClientError) as caught:
        outcome_of(cloud, state, **members)

    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": words}
