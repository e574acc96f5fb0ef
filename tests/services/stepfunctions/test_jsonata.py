"""States that speak JSONata, and variables in both languages."""

import json

import pytest

from tests.services.lambda_.functions import ECHO, FAIL, create
from tests.services.stepfunctions.machines import ended, events, flow, made, output, run, started, told
from tests.services.stepfunctions.test_machines import refused


def in_jsonata(**states):
    return {"QueryLanguage": "JSONata", **flow(**states)}


def test_output_is_a_template_of_expressions(cloud):
    state = {
        "Type": "Pass",
        "Output": {
            "total": "{% $sum($states.input.items.price) %}",
            "names": ["{% $states.input.items[0].name %}", "fixed"],
            "plain": " {% not an expression %} ",
            "by": "{% $states.context.State.Name %}",
        },
    }
    given = {"items": [{"name": "a", "price": 2}, {"name": "b", "price": 3.5}]}

    assert output(cloud, in_jsonata(A=state), given) == {
        "total": 5.5,
        "names": ["a", "fixed"],
        "plain": " {% not an expression %} ",
        "by": "A",
    }


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "text", [], {"a": None}, "{% null %}", "{% [] %}"])
def test_output_of_any_type(cloud, value):
    expected = {"{% null %}": None, "{% [] %}": []}.get(value, value) if isinstance(value, str) else value

    assert output(cloud, in_jsonata(A={"Type": "Pass", "Output": value})) == expected


@pytest.mark.parametrize(
    "expression, found",
    [
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$hash('input', 'MD5')", "a43c1b0aa53a0c908810c06ab1ff3967"),
        ("$parse('{\"a\":[1]}').a", [1]),
        ("$length($uuid())", 36),
        ("$random(7) = $random(7)", True),
        ("$now()", "2026-01-01T00:00:00.000Z"),
        ("$millis()", 1767225600000),
        ("$uppercase('a') & 'b'", "Ab"),
        ("$map([1,2], function($v) { $v * 2 })", [2, 4]),
    ],
)
def test_functions_of_step_functions(cloud, expression, found):
    assert output(cloud, in_jsonata(A={"Type": "Pass", "Output": f"{{% {expression} %}}"})) == found


@pytest.mark.parametrize(
    "state, location, words",
    [
        ({"Output": "{% $nope %}"}, "Output", "'$nope' specified for the field 'Output' returned nothing (undefined)."),
        ({"Output": {"a": "{% $nope %}"}}, "Output/a", "'$nope' specified for the field 'Output/a' returned nothing (undefined)."),
        ({"Assign": {"x": "{% $nope %}"}}, "Assign/x", "'$nope' specified for the field 'Assign/x' returned nothing (undefined)."),
        (
            {"Output": {"a": "{% $missing(1) %}"}},
            "Output/a",
            "'$missing(1)' specified for the field 'Output/a' threw an error during evaluation. "
            "T1006: Attempted to invoke a non-function",
        ),
        (
            {"Output": "{% $eval('1') %}"},
            "Output",
            "'$eval('1')' specified for the field 'Output' threw an error during evaluation. "
            "T1006: Attempted to invoke a non-function",
        ),
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_evaluated_fails_with_an_event_of_its_own(cloud, state, location, words):
    execution = started(cloud, made(cloud, in_jsonata(A={"Type": "Pass", **state})))

    found = ended(cloud, execution)
    assert found["error"] == "States.QueryEvaluationError"
    assert found["cause"] == (
        f"An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression {words}"
    )
    assert told(cloud, execution)[2:] == ["3<-0 EvaluationFailed", "4<-3 ExecutionFailed"]
    assert events(cloud, execution)[2]["details"] == {
        "state": "A", "location": location, "error": found["error"], "cause": found["cause"],
    }  # fmt: skip


def test_an_endless_expression_is_stopped(cloud):
    endless = "{% ($f := function($x) { $f($x + 1) }; $f(1)) %}"

    assert run(cloud, in_jsonata(A={"Type": "Pass", "Output": endless}))["error"] == "States.QueryEvaluationError"


def test_a_task_has_arguments_and_its_result(cloud):
    create(cloud, ECHO)
    task = {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "fn", "Payload": {"n": "{% $states.input.n + 1 %}"}},
        "Assign": {"code": "{% $states.result.StatusCode %}"}, "Next": "B",
        "Output": "{% $merge([$states.input, $states.result.Payload]) %}",
    }  # fmt: skip
    after = {"Type": "Pass", "Output": {"n": "{% $states.input.n %}", "code": "{% $code %}"}}

    assert output(cloud, in_jsonata(A=task, B=after), {"n": 1}) == {"n": 2, "code": 200}


def test_a_catcher_has_its_own_output_and_variables(cloud):
    arn = create(cloud, FAIL)["FunctionArn"]
    task = {
        "Type": "Task", "Resource": arn, "End": True,
        "Catch": [{
            "ErrorEquals": ["States.ALL"], "Next": "B", "Assign": {"error": "{% $states.errorOutput.Error %}"},
            "Output": {"kept": "{% $states.input.n %}"},
        }],
    }  # fmt: skip
    after = {"Type": "Pass", "Output": {"in": "{% $states.input %}", "error": "{% $error %}"}}

    assert output(cloud, in_jsonata(A=task, B=after), {"n": 1}) == {"in": {"kept": 1}, "error": "ValueError"}


def test_a_choice_has_conditions(cloud):
    rules = [
        {"Condition": "{% $states.input.n > 5 %}", "Next": "Big", "Output": {"was": "{% $states.input.n %}"}},
        {"Condition": "{% $states.input.n < 0 %}", "Next": "Small"},
    ]
    choice = {"Type": "Choice", "Choices": rules, "Default": "Else", "Output": "default"}
    ends = {name: {"Type": "Pass", "Output": {name: "{% $states.input %}"}} for name in ("Big", "Small", "Else")}
    arn = made(cloud, in_jsonata(A=choice, **ends))

    results = [ended(cloud, started(cloud, arn, {"n": n}))["output"] for n in (6, -1, 1)]

    assert results == [{"Big": {"was": 6}}, {"Small": {"n": -1}}, {"Else": "default"}]


def test_a_condition_must_be_a_boolean(cloud):
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "B"}]}

    found = run(cloud, in_jsonata(A=choice, B={"Type": "Succeed"}))

    assert found["cause"].endswith("Expected 'boolean', but was 'string' for value: \"yes\"")


def test_waits_and_limits_may_be_expressions(cloud):
    waits = in_jsonata(
        A={"Type": "Wait", "Seconds": "{% $states.input.s * 2 %}", "Next": "B"},
        B={"Type": "Wait", "Timestamp": "{% '2026-01-01T00:01:00Z' %}"},
    )
    execution = started(cloud, made(cloud, waits), {"s": 5})

    cloud.advance(59)
    assert ended(cloud, execution)["status"] == "RUNNING"
    cloud.advance(1)

    assert ended(cloud, execution)["status"] == "SUCCEEDED"


def test_a_map_over_items_of_an_expression(cloud):
    state = {
        "Type": "Map",
        "Items": "{% $states.input.orders %}",
        "MaxConcurrency": "{% 1 + 1 %}",
        "ItemSelector": {
            "order": "{% $states.context.Map.Item.Value %}",
            "place": "{% $states.context.Map.Item.Index %}",
        },
        "ItemProcessor": flow(
            B={"Type": "Pass", "Output": "{% $states.input.order & $string($states.input.place) & $suffix %}"}
        ),
    }
    first = {"Type": "Pass", "Assign": {"suffix": "!"}, "Next": "A"}

    assert output(cloud, in_jsonata(F=first, A=state) | {"StartAt": "F"}, {"orders": ["a", "b"]}) == ["a0!", "b1!"]


def test_items_must_be_an_array(cloud):
    state = {"Type": "Map", "Items": "{% $states.input.n %}", "ItemProcessor": flow(B={"Type": "Pass"})}
    execution = started(cloud, made(cloud, in_jsonata(A=state)), {"n": {"foo": "bar"}})

    assert ended(cloud, execution)["cause"].endswith(
        "The JSONata expression '$states.input.n' specified for the field 'Items' returned an unexpected result type. "
        "Expected 'array', but was 'object' for value: {\"foo\":\"bar\"}"
    )
    assert told(cloud, execution)[2:] == ["3<-0 EvaluationFailed", "4<-3 MapStateFailed", "5<-4 ExecutionFailed"]


def test_a_fail_state_may_use_expressions(cloud):
    found = run(cloud, in_jsonata(A={"Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "c"}), {"n": 1})

    assert (found["error"], found["cause"]) == ("E1", "c")


def test_both_languages_in_one_machine(cloud):
    definition = flow(
        A={"Type": "Pass", "Assign": {"x.$": "$.n", "y": {"z": [1]}}, "Next": "B"},
        B={"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"x": "{% $x + 1 %}", "z": "{% $y.z[0] %}"}},
    )

    assert output(cloud, definition, {"n": 1}) == {"x": 2, "z": 1}


def test_a_state_of_a_jsonata_machine_cannot_go_back_to_jsonpath(cloud):
    validate = cloud.client("stepfunctions").validate_state_machine_definition
    definition = in_jsonata(Pass={"Type": "Pass", "QueryLanguage": "JSONPath"})

    [fault] = validate(definition=json.dumps(definition))["diagnostics"]

    assert (fault["location"], fault["message"]) == (
        "/States/Pass",
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    )


def test_an_expression_with_a_fault_is_refused_with_the_definition(cloud):
    wish = {"name": "m", "roleArn": "arn:aws:iam::000000000000:role/r"}
    definition = json.dumps(in_jsonata(A={"Type": "Pass", "Output": "{% 1 + %}"}))

    assert (
        refused(cloud.client("stepfunctions").create_state_machine, definition=definition, **wish)[0]
        == "InvalidDefinition"
    )


def test_variables_are_assigned_when_the_state_is_left(cloud):
    definition = flow(
        A={"Type": "Pass", "Assign": {"answer": 42}, "Next": "B"},
        B={
            "Type": "Pass",
            "Assign": {"answer": "changed", "was.$": "$answer"},
            "Parameters": {"now.$": "$answer"},
            "Next": "C",
        },
        C={"Type": "Pass", "Parameters": {"now.$": "$answer", "was.$": "$was", "then.$": "$.now"}},
    )
    execution = started(cloud, made(cloud, definition))

    assert ended(cloud, execution)["output"] == {"now": "changed", "was": 42, "then": 42}
    exited = [each["details"] for each in events(cloud, execution) if each["type"] == "PassStateExited"]
    assert exited[0]["assignedVariables"] == {"answer": "42"}
    assert exited[1]["assignedVariables"] == {"answer": '"changed"', "was": "42"}


def test_variables_of_a_branch_stay_in_it(cloud):
    inner = flow(B={"Type": "Pass", "Assign": {"x": 2}, "Next": "C"}, C={"Type": "Pass", "Parameters": {"x.$": "$x"}})
    definition = flow(
        A={"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        P={"Type": "Parallel", "Branches": [inner], "Next": "Z", "ResultPath": "$.inner"},
        Z={"Type": "Pass", "Parameters": {"x.$": "$x", "inner.$": "$.inner[0].x"}},
    )

    assert output(cloud, definition) == {"x": 1, "inner": 2}


def test_choices_assign_by_rule_or_by_default(cloud):
    choice = {
        "Type": "Choice", "Default": "Z", "Assign": {"by": "default"},
        "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "Z", "Assign": {"by.$": "$.n"}}],
    }  # fmt: skip
    arn = made(cloud, flow(A=choice, Z={"Type": "Pass", "Parameters": {"by.$": "$by"}}))

    assert [ended(cloud, started(cloud, arn, {"n": n}))["output"]["by"] for n in (1, 2)] == [1, "default"]
