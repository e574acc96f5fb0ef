"""What each kind of state does with its input."""

import json

import pytest

from tests.services.stepfunctions.machines import ended, events, flow, made, output, run, started, told


def test_a_pass_state_gives_its_result_on(cloud):
    assert output(cloud, flow(A={"Type": "Pass", "Result": {"x.$": "$.a"}}), {"a": 1}) == {"x.$": "$.a"}


def test_paths_and_templates_shape_the_data_of_a_state(cloud):
    state = {
        "Type": "Pass",
        "InputPath": "$.order",
        "Parameters": {"id.$": "$.id", "by.$": "$$.State.Name", "fixed": {"n.$": "$.lines[1]['n']"}},
        "ResultPath": "$.seen.order",
        "OutputPath": "$.seen",
    }

    assert output(cloud, flow(A=state), {"order": {"id": 7, "lines": [{}, {"n": 2}]}, "kept": True}) == {
        "order": {"id": 7, "by": "A", "fixed": {"n": 2}}
    }


def test_null_paths_leave_an_empty_object_or_discard_the_result(cloud):
    assert output(cloud, flow(A={"Type": "Pass", "InputPath": None}), {"a": 1}, name="i") == {}
    assert output(cloud, flow(A={"Type": "Pass", "OutputPath": None}), {"a": 1}, name="o") == {}
    assert output(cloud, flow(A={"Type": "Pass", "Result": 5, "ResultPath": None}), {"a": 1}, name="r") == {"a": 1}


@pytest.mark.parametrize(
    "path, found",
    [
        ("$.a[*].n", [1, 2, 3]),
        ("$.a[1:]", [{"n": 2}, {"n": 3}]),
        ("$.a[?(@.n > 1)].n", [2, 3]),
        ("$..n", [1, 2, 3]),
        ("$.none[*]", []),
        ("$.a.length()", 3),
        ("$['b-c']", "dash"),
        ("$.a[-1].n", 3),
    ],
)
def test_paths_of_every_form(cloud, path, found):
    given = {"a": [{"n": 1}, {"n": 2}, {"n": 3}], "b-c": "dash"}

    assert output(cloud, flow(A={"Type": "Pass", "Parameters": {"found.$": path}}), given) == {"found": found}


def test_a_path_that_finds_nothing_fails_the_execution_and_says_where(cloud):
    found = run(cloud, flow(A={"Type": "Pass", "Parameters": {"value.$": "$.nope"}}), {"a": 1})

    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    assert found["cause"] == (
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONPath '$.nope' specified for "
        "the field 'value.$' could not be found in the input '{\"a\":1}'"
    )


def test_choices_are_tried_in_their_order(cloud):
    rules = [
        {"Variable": "$.n", "NumericGreaterThan": 10, "Next": "Big"},
        {"And": [
            {"Variable": "$.n", "NumericLessThanEquals": 10},
            {"Not": {"Variable": "$.s", "StringMatches": "a*z"}},
        ], "Next": "Small"},
    ]  # fmt: skip
    ends = {name: {"Type": "Pass", "Result": name} for name in ("Big", "Small", "Other")}
    arn = made(cloud, flow(A={"Type": "Choice", "Choices": rules, "Default": "Other"}, **ends))

    results = [ended(cloud, started(cloud, arn, given))["output"] for given in (
        {"n": 11, "s": ""}, {"n": 1, "s": "b"}, {"n": 1, "s": "abcz"}
    )]  # fmt: skip

    assert results == ["Big", "Small", "Other"]


@pytest.mark.parametrize(
    "rule, given, holds",
    [
        ({"StringEqualsPath": "$.w"}, {"v": "a", "w": "a"}, True),
        ({"StringLessThan": "b"}, {"v": "a"}, True),
        ({"NumericEquals": 1}, {"v": True}, False),
        ({"NumericGreaterThanEqualsPath": "$.w"}, {"v": 2, "w": 2.0}, True),
        ({"BooleanEquals": True}, {"v": True}, True),
        ({"TimestampLessThan": "2024-01-01T00:00:00Z"}, {"v": "2023-12-31T23:59:59.5-01:00"}, False),
        ({"TimestampEquals": "2024-01-01T00:00:00Z"}, {"v": "2024-01-01T01:00:00+01:00"}, True),
        ({"IsNull": True}, {"v": None}, True),
        ({"IsPresent": False}, {}, True),
        ({"IsPresent": True}, {"v": None}, True),
        ({"IsNumeric": True}, {"v": "1"}, False),
        ({"IsTimestamp": True}, {"v": "2016-03-14T01:59:00Z"}, True),
        ({"IsString": False}, {"v": 1}, True),
        ({"StringMatches": "log-\\*.txt"}, {"v": "log-*.txt"}, True),
    ],
)
def test_comparisons(cloud, rule, given, holds):
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.v", **rule, "Next": "Yes"}], "Default": "No"}

    definition = flow(A=choice, Yes={"Type": "Pass", "Result": True}, No={"Type": "Pass", "Result": False})

    assert output(cloud, definition, given) is holds


def test_a_choice_without_a_match_and_a_default_fails(cloud):
    found = run(
        cloud,
        flow(
            A={"Type": "Choice", "Choices": [{"Variable": "$.v", "IsNull": True, "Next": "B"}]}, B={"Type": "Succeed"}
        ),
        {"v": 1},
    )

    assert found["error"] == "States.NoChoiceMatched"


def test_a_wait_of_a_year_ends_on_its_day(cloud):
    arn = made(cloud, flow(A={"Type": "Wait", "Seconds": 365 * 86_400, "Next": "B"}, B={"Type": "Pass"}))
    execution = started(cloud, arn)

    cloud.advance(days=364, hours=23)
    assert ended(cloud, execution)["status"] == "RUNNING"

    cloud.advance(hours=1)
    assert ended(cloud, execution)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "wait, given, seconds",
    [
        ({"SecondsPath": "$.s"}, {"s": 90}, 90),
        ({"Timestamp": "2026-01-01T00:01:00Z"}, {}, 60),
        ({"TimestampPath": "$.t"}, {"t": "2026-01-01T02:00:00+01:00"}, 3600),
        ({"TimestampPath": "$.t"}, {"t": "2001-01-01T00:00:00Z"}, 0),
    ],
)
def test_waits_take_their_time_from_the_input(cloud, wait, given, seconds):
    execution = started(cloud, made(cloud, flow(A={"Type": "Wait", **wait})), given)
    if seconds:
        cloud.advance(seconds - 1)
        assert ended(cloud, execution)["status"] == "RUNNING"
        cloud.advance(1)

    assert ended(cloud, execution)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "text", ["05-12-2016T21:29:29Z", "2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-13-05T21:29:29Z"]
)
def test_a_time_of_another_form_fails_the_wait(cloud, text):
    found = run(cloud, flow(A={"Type": "Wait", "TimestampPath": "$.t"}), {"t": text})

    assert found["cause"].endswith(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        f"$.t == {text}"
    )


def test_a_fail_state_names_its_error(cloud):
    found = run(
        cloud,
        flow(A={"Type": "Fail", "Error": "Custom", "CausePath": "States.Format('no {}', $.what)"}),
        {"what": "luck"},
    )

    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Custom", "no luck")


def test_an_empty_fail_state_has_neither_error_nor_cause(cloud):
    found = run(cloud, flow(A={"Type": "Fail"}))

    assert found["status"] == "FAILED"
    assert "error" not in found
    assert "cause" not in found


def test_branches_get_the_same_input_and_their_results_are_in_order(cloud):
    branches = [
        flow(B={"Type": "Wait", "Seconds": 5, "Next": "C"}, C={"Type": "Pass", "Result": "slow"}),
        flow(D={"Type": "Pass"}),
    ]
    definition = flow(A={"Type": "Parallel", "Branches": branches, "ResultSelector": {"all.$": "$"}})

    assert output(cloud, definition, {"n": 1}, advance=5) == {"all": ["slow", {"n": 1}]}


def test_a_failed_branch_ends_the_others_and_can_be_caught(cloud):
    branches = [
        flow(B={"Type": "Wait", "Seconds": 5}),
        flow(C={"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}),
    ]
    parallel = {
        "Type": "Parallel", "Branches": branches, "End": True,
        "Catch": [{"ErrorEquals": ["Broken"], "Next": "Z", "ResultPath": "$.problem"}],
    }  # fmt: skip
    execution = started(cloud, made(cloud, flow(A=parallel, Z={"Type": "Pass"})), {"n": 1})

    assert ended(cloud, execution)["output"] == {"n": 1, "problem": {"Error": "Broken", "Cause": "on purpose"}}
    assert "WaitStateAborted" in [each["type"] for each in events(cloud, execution)]


def test_a_map_runs_its_processor_for_each_item(cloud):
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"place.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value", "of.$": "$.of"},
        "ItemProcessor": flow(
            B={
                "Type": "Pass",
                "Parameters": {"text.$": "States.Format('{}{}{}', $.of, $.place, $.value)"},
                "OutputPath": "$.text",
            }
        ),
        "ResultPath": "$.done",
    }

    assert output(cloud, flow(A=state), {"items": ["a", "b"], "of": "x"})["done"] == ["x0a", "x1b"]


def test_a_map_keeps_to_its_concurrency(cloud):
    state = {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": flow(B={"Type": "Wait", "Seconds": 10})}
    execution = started(cloud, made(cloud, flow(A=state)), [1, 2, 3, 4, 5])

    cloud.advance(29)
    assert ended(cloud, execution)["status"] == "RUNNING"

    cloud.advance(1)
    assert ended(cloud, execution)["output"] == [1, 2, 3, 4, 5]


def test_an_empty_map_and_an_old_iterator(cloud):
    state = {"Type": "Map", "Iterator": flow(B={"Type": "Pass"}), "Parameters": {"v.$": "$$.Map.Item.Value"}}

    assert output(cloud, flow(A=state), []) == []
    assert output(cloud, flow(A=state), [3], name="n") == [{"v": 3}]


def test_the_history_of_a_map_tells_its_iterations(cloud):
    state = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": flow(B={"Type": "Pass"})}
    execution = started(cloud, made(cloud, flow(A=state)), [1, 2])

    assert told(cloud, execution) == [
        "1<-0 ExecutionStarted",
        "2<-0 MapStateEntered",
        "3<-2 MapStateStarted",
        "4<-3 MapIterationStarted",
        "5<-4 PassStateEntered",
        "6<-5 PassStateExited",
        "7<-6 MapIterationSucceeded",
        "8<-6 MapIterationStarted",
        "9<-8 PassStateEntered",
        "10<-9 PassStateExited",
        "11<-10 MapIterationSucceeded",
        "12<-11 MapStateSucceeded",
        "13<-11 MapStateExited",
        "14<-13 ExecutionSucceeded",
    ]


def test_a_map_that_fails_is_tried_again_and_then_caught(cloud):
    state = {
        "Type": "Map", "End": True, "ItemProcessor": flow(B={"Type": "Fail", "Error": "E", "Cause": "c"}),
        "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 3}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
    }  # fmt: skip
    execution = started(cloud, made(cloud, flow(A=state, Z={"Type": "Pass"})), [1])
    assert ended(cloud, execution)["status"] == "RUNNING"

    cloud.advance(3)

    assert ended(cloud, execution)["output"] == {"Error": "E", "Cause": "c"}
    assert told(cloud, execution)[2:13] == [
        "3<-2 MapStateStarted",
        "4<-3 MapIterationStarted",
        "5<-4 FailStateEntered",
        "6<-5 MapIterationFailed",
        "7<-5 MapStateStarted",
        "8<-7 MapIterationStarted",
        "9<-8 FailStateEntered",
        "10<-9 MapIterationFailed",
        "11<-9 MapStateFailed",
        "12<-11 MapStateExited",
        "13<-12 PassStateEntered",
    ]


def test_what_cannot_be_evaluated_is_not_caught_by_all(cloud):
    state = {
        "Type": "Parallel", "Branches": [flow(B={"Type": "Pass", "InputPath": "$.nope"})], "End": True,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
    }  # fmt: skip

    assert run(cloud, flow(A=state, Z={"Type": "Pass"}))["error"] == "States.Runtime"


def test_the_context_object(cloud):
    found = output(cloud, flow(A={"Type": "Pass", "InputPath": "$$"}), {"n": 1})

    execution = found["Execution"]
    assert execution["Input"] == {"n": 1}
    assert execution["StartTime"] == "2026-01-01T00:00:00.000Z"
    assert execution["Id"].endswith(f":execution:m:{execution['Name']}")
    assert found["State"] == {"Name": "A", "EnteredTime": "2026-01-01T00:00:00.000Z"}
    assert found["StateMachine"]["Name"] == "m"


@pytest.mark.parametrize(
    "call, value",
    [
        ("States.Format('a {} \\{\\} {}', $.s, $.n)", 'a x {} 3'),
        ("States.StringToJson('{\"a\":[1]}')", {"a": [1]}),
        ("States.JsonToString($.o)", '{"k":1}'),
        ("States.Array(1, 'b', $.n, null, true)", [1, "b", 3, None, True]),
        ("States.ArrayPartition($.l, 2)", [[1, 2], [3, 3]]),
        ("States.ArrayContains($.l, 3)", True),
        ("States.ArrayRange(1, 9, 4)", [1, 5, 9]),
        ("States.ArrayGetItem($.l, 1)", 2),
        ("States.ArrayLength($.l)", 4),
        ("States.ArrayUnique($.l)", [1, 2, 3]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data"),
        ("States.Hash('input', 'MD5')", "a43c1b0aa53a0c908810c06ab1ff3967"),
        ("States.JsonMerge($.o, States.StringToJson('{\"z\":2}'), false)", {"k": 1, "z": 2}),
        ("States.MathAdd($.n, -5)", -2),
        ("States.StringSplit('1,2;3', ',;')", ["1", "2", "3"]),
    ],
)  # fmt: skip
def test_intrinsic_functions(cloud, call, value):
    given = {"s": "x", "n": 3, "o": {"k": 1}, "l": [1, 2, 3, 3]}

    assert output(cloud, flow(A={"Type": "Pass", "Parameters": {"v.$": call}}), given) == {"v": value}


def test_chance_among_the_intrinsic_functions(cloud):
    found = output(
        cloud,
        flow(A={"Type": "Pass", "Parameters": {
            "u.$": "States.UUID()", "r.$": "States.MathRandom(1, 5)", "s.$": "States.MathRandom(1, 1000, 7)",
            "t.$": "States.MathRandom(1, 1000, 7)",
        }}),
    )  # fmt: skip

    assert len(found["u"]) == 36
    assert 1 <= found["r"] < 5
    assert found["s"] == found["t"]


def test_a_wrong_argument_is_an_intrinsic_failure(cloud):
    found = run(cloud, flow(A={"Type": "Pass", "Parameters": {"v.$": "States.ArrayLength($.n)"}}), {"n": 1})

    assert found["error"] == "States.IntrinsicFailure"


def test_a_result_that_is_too_large_ends_the_execution(cloud):
    grow = {"Type": "Pass", "Parameters": {"a.$": "$.a", "b.$": "$.a"}}
    found = run(cloud, flow(A=grow), {"a": "x" * 200_000})

    assert (found["error"], found["cause"]) == (
        "States.DataLimitExceeded",
        "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit.",
    )


def test_an_endless_execution_ends_at_the_limit_of_its_history(cloud):
    found = run(cloud, flow(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"}))

    assert found["status"] == "FAILED"
    assert "25000" in found["cause"]


def test_the_text_of_an_input_that_passes_through_stays_as_it_was(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, flow(A={"Type": "Pass"}))
    execution = client.start_execution(stateMachineArn=arn, input='[1,  {"a" : 2}]')["executionArn"]
    cloud.settle()

    assert client.describe_execution(executionArn=execution)["output"] == '[1,  {"a" : 2}]'
    assert json.loads(events(cloud, execution)[2]["details"]["output"]) == [1, {"a": 2}]
