"""State machines as resources: made, changed, shown, removed, and what is said of a definition that is wrong."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.machines import ROLE, ended, flow, made, started

PASS = flow(A={"Type": "Pass"})


def refused(call, **wish):
    with pytest.raises(ClientError) as caught:
        call(**wish)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_machine_is_shown_as_it_was_made(cloud):
    arn = made(cloud, PASS, tags=[{"key": "k", "value": "v"}])

    found = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)

    assert json.loads(found["definition"]) == PASS
    assert (found["name"], found["status"], found["type"], found["roleArn"]) == ("m", "ACTIVE", "STANDARD", ROLE)
    assert found["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert found["tracingConfiguration"] == {"enabled": False}
    assert "revisionId" not in found


def test_the_same_machine_may_be_made_twice_but_no_other_of_its_name(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, PASS)

    assert made(cloud, PASS) == arn
    assert refused(
        client.create_state_machine, name="m", definition=json.dumps(flow(B={"Type": "Pass"})), roleArn=ROLE
    ) == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def test_an_update_makes_a_revision_where_something_changes(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, PASS)

    first = client.update_state_machine(stateMachineArn=arn, roleArn=f"{ROLE}2")
    again = client.update_state_machine(stateMachineArn=arn, roleArn=f"{ROLE}2")

    assert first["revisionId"] == again["revisionId"]
    assert client.describe_state_machine(stateMachineArn=arn)["revisionId"] == first["revisionId"]


def test_an_execution_goes_on_with_the_definition_that_it_began_with(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, flow(A={"Type": "Wait", "Seconds": 5, "Next": "B"}, B={"Type": "Pass", "Result": "old"}))
    execution = started(cloud, arn)
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(flow(A={"Type": "Pass", "Result": "new"})))

    cloud.advance(5)

    assert ended(cloud, execution)["output"] == "old"
    assert "old" in client.describe_state_machine_for_execution(executionArn=execution)["definition"]
    assert ended(cloud, started(cloud, arn))["output"] == "new"


def test_machines_are_listed_in_pages(cloud):
    client = cloud.client("stepfunctions")
    for name in "cab":
        made(cloud, PASS, name=name)

    pages = client.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})

    assert [[each["name"] for each in page["stateMachines"]] for page in pages] == [["a", "b"], ["c"]]


def test_a_deleted_machine_is_gone_when_its_last_execution_is_over(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, flow(A={"Type": "Wait", "Seconds": 5}))
    started(cloud, arn)
    client.delete_state_machine(stateMachineArn=arn)
    assert client.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"

    cloud.advance(5)

    assert refused(client.describe_state_machine, stateMachineArn=arn) == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{arn}'",
    )
    client.delete_state_machine(stateMachineArn=arn)


@pytest.mark.parametrize(
    "definition, words",
    [
        ({"StartAt": "A"}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"),
        (
            flow(A={"Type": "Pass", "Next": "Z"}),
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/A/Next",
        ),
        (
            flow(A={"Type": "Pass"}, B={"Type": "Pass"}),
            'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B',
        ),
        (
            flow(A={"Type": "Task", "Resource": "nonsense"}),
            "SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at /States/A/Resource",
        ),
        (
            flow(A={"Type": "Wait", "Seconds": "soon"}),
            "SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/A/Seconds",
        ),
        (
            flow(A={"Type": "Pass", "Parameters": {"v.$": "States.Nope()"}}),
            "SCHEMA_VALIDATION_FAILED: The value for the field 'v.$' must be a valid JSONPath or a valid intrinsic function "
            "call at /States/A/Parameters",
        ),
    ],
)
def test_a_wrong_definition_is_refused_with_its_fault(cloud, definition, words):
    call = cloud.client("stepfunctions").create_state_machine

    assert refused(call, name="m", definition=json.dumps(definition), roleArn=ROLE) == (
        "InvalidDefinition",
        f"Invalid State Machine Definition: '{words}'",
    )


def test_express_machines_take_no_activities_and_no_callbacks(cloud):
    client = cloud.client("stepfunctions")
    activity = client.create_activity(name="a")["activityArn"]

    code, words = refused(
        client.create_state_machine, name="m", type="EXPRESS", roleArn=ROLE,
        definition=json.dumps(flow(A={"Type": "Task", "Resource": activity})),
    )  # fmt: skip

    assert code == "InvalidDefinition"
    assert words == (
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at "
        "/States/A/Resource'"
    )


def test_an_integration_that_is_not_built_is_refused_by_name_when_the_machine_is_made(cloud):
    call = cloud.client("stepfunctions").create_state_machine
    definition = flow(A={"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync"})

    code, words = refused(call, name="m", definition=json.dumps(definition), roleArn=ROLE)

    assert code == "NotImplemented"
    assert "ecs:runTask.sync" in words


def test_a_definition_is_validated_without_making_a_machine(cloud):
    validate = cloud.client("stepfunctions").validate_state_machine_definition

    assert validate(definition=json.dumps(PASS))["result"] == "OK"
    wrong = validate(definition=json.dumps({"States": {}}))
    assert (wrong["result"], wrong["truncated"]) == ("FAIL", False)
    assert wrong["diagnostics"] == [
        {
            "severity": "ERROR",
            "code": "SCHEMA_VALIDATION_FAILED",
            "message": "These fields are required: [StartAt]",
            "location": "/",
        }
    ]


def test_variables_that_states_read_are_told(cloud):
    states = flow(
        A={"Type": "Pass", "Assign": {"x": 1, "y": "z"}, "Next": "B"},
        B={"Type": "Pass", "Parameters": {"v.$": "States.Format('{}{}', $y, $x.a)"}},
    )

    found = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=made(cloud, states))

    assert found["variableReferences"] == {"B": ["x", "y"]}


def test_tags_of_a_machine(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, PASS, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])

    client.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "3"}])
    client.untag_resource(resourceArn=arn, tagKeys=["b", "none"])

    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "3"}]
    assert refused(client.list_tags_for_resource, resourceArn=f"{arn}:1") == (
        "ResourceNotFound",
        f"Resource not found: '{arn}:1'",
    )


def test_a_name_with_a_forbidden_character_is_refused(cloud):
    call = cloud.client("stepfunctions").create_state_machine

    assert refused(call, name="a b", definition=json.dumps(PASS), roleArn=ROLE) == (
        "InvalidName",
        "Invalid Name: 'a b'",
    )


def test_an_arn_that_is_none_is_refused(cloud):
    client = cloud.client("stepfunctions")

    assert refused(client.describe_state_machine, stateMachineArn="nonsense") == (
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: nonsense'",
    )
