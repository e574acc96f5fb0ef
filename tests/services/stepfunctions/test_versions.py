"""Versions and aliases of state machines."""

import json
from collections import Counter

import pytest

from tests.services.stepfunctions.machines import ended, flow, made, started
from tests.services.stepfunctions.test_machines import PASS, refused


def result(value):
    return json.dumps(flow(A={"Type": "Pass", "Result": value}))


def two_versions(cloud):
    """A machine whose versions give 1 and 2; their ARNs."""
    client = cloud.client("stepfunctions")
    arn = made(cloud, result(1))
    first = client.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    second = client.update_state_machine(stateMachineArn=arn, definition=result(2), publish=True)
    return arn, first, second["stateMachineVersionArn"]


def test_a_version_keeps_its_definition(cloud):
    arn, first, second = two_versions(cloud)
    cloud.client("stepfunctions").update_state_machine(stateMachineArn=arn, definition=result(3))

    assert (first, second) == (f"{arn}:1", f"{arn}:2")
    assert [ended(cloud, started(cloud, each))["output"] for each in (first, second, arn)] == [1, 2, 3]


def test_versions_are_listed_the_newest_first_and_deleted(cloud):
    client = cloud.client("stepfunctions")
    arn, first, second = two_versions(cloud)

    def listed():
        found = client.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
        return [each["stateMachineVersionArn"] for each in found]

    assert listed() == [second, first]
    client.delete_state_machine_version(stateMachineVersionArn=first)
    client.delete_state_machine_version(stateMachineVersionArn=first)
    assert listed() == [second]


def test_the_same_revision_is_published_once(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, PASS)

    one = client.publish_state_machine_version(stateMachineArn=arn, description="d")
    again = client.publish_state_machine_version(stateMachineArn=arn)

    assert one["stateMachineVersionArn"] == again["stateMachineVersionArn"]
    assert client.describe_state_machine(stateMachineArn=f"{arn}:1")["description"] == "d"


def test_a_revision_that_is_not_the_last_is_not_published(cloud):
    client = cloud.client("stepfunctions")
    arn = made(cloud, result(1))
    old = client.update_state_machine(stateMachineArn=arn, definition=result(2))["revisionId"]
    new = client.update_state_machine(stateMachineArn=arn, definition=result(3))["revisionId"]

    assert refused(client.publish_state_machine_version, stateMachineArn=arn, revisionId=old) == (
        "ConflictException",
        f"Failed to publish the State Machine version for revision {old}. The current State Machine revision is {new}.",
    )


def test_a_description_belongs_to_a_version_that_is_published(cloud):
    call = cloud.client("stepfunctions").create_state_machine
    wish = {"name": "m", "definition": result(1), "roleArn": "arn:aws:iam::000000000000:role/r"}

    assert refused(call, **wish, versionDescription="d") == (
        "ValidationException",
        "Version description can only be set when publish is true",
    )
    assert call(**wish, publish=True)["stateMachineVersionArn"].endswith(":m:1")


def alias(cloud, name="live", **weights):
    routes = [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in weights["of"].items()]
    call = cloud.client("stepfunctions").create_state_machine_alias
    return call(name=name, routingConfiguration=routes)["stateMachineAliasArn"]


def test_an_alias_shares_the_executions_by_weight(cloud):
    _, first, second = two_versions(cloud)
    arn = alias(cloud, of={first: 90, second: 10})

    counts = Counter(ended(cloud, started(cloud, arn))["output"] for _ in range(100))

    assert counts[1] > counts[2] > 0


def test_an_execution_tells_the_alias_and_the_version_that_it_came_by(cloud):
    machine, first, _ = two_versions(cloud)
    arn = alias(cloud, of={first: 100})
    found = ended(cloud, started(cloud, arn))

    assert (found["stateMachineAliasArn"], found["stateMachineVersionArn"]) == (arn, first)
    assert found["stateMachineArn"] == machine
    client = cloud.client("stepfunctions")
    assert len(client.list_executions(stateMachineArn=arn)["executions"]) == 1
    assert len(client.list_executions(stateMachineArn=f"{machine}:2")["executions"]) == 0


def test_an_alias_is_changed_shown_listed_and_deleted(cloud):
    client = cloud.client("stepfunctions")
    machine, first, second = two_versions(cloud)
    arn = alias(cloud, of={first: 100})
    assert alias(cloud, of={first: 100}) == arn

    client.update_state_machine_alias(
        stateMachineAliasArn=arn,
        description="d",
        routingConfiguration=[{"stateMachineVersionArn": second, "weight": 100}],
    )
    found = client.describe_state_machine_alias(stateMachineAliasArn=arn)
    assert (found["description"], found["routingConfiguration"]) == (
        "d",
        [{"stateMachineVersionArn": second, "weight": 100}],
    )
    assert [
        each["stateMachineAliasArn"]
        for each in client.list_state_machine_aliases(stateMachineArn=machine)["stateMachineAliases"]
    ] == [arn]
    assert refused(client.delete_state_machine_version, stateMachineVersionArn=second)[0] == "ConflictException"

    client.delete_state_machine_alias(stateMachineAliasArn=arn)
    client.delete_state_machine_alias(stateMachineAliasArn=arn)
    assert refused(client.describe_state_machine_alias, stateMachineAliasArn=arn) == (
        "ResourceNotFound",
        "Request references a resource that does not exist.",
    )


@pytest.mark.parametrize("change", [{"name": "live", "description": "other"}])
def test_an_alias_of_the_same_name_but_another_content_is_refused(cloud, change):
    _, first, _ = two_versions(cloud)
    alias(cloud, of={first: 100})
    routes = [{"stateMachineVersionArn": first, "weight": 100}]

    code, words = refused(
        cloud.client("stepfunctions").create_state_machine_alias, routingConfiguration=routes, **change
    )

    assert (code, words) == (
        "ConflictException",
        "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
    )


def test_an_alias_is_of_versions_only(cloud):
    arn = made(cloud, PASS)
    routes = [{"stateMachineVersionArn": arn, "weight": 100}]

    assert refused(cloud.client("stepfunctions").create_state_machine_alias, name="a", routingConfiguration=routes) == (
        "ValidationException",
        f"Routing configuration must contain state machine version ARNs. Received: [{arn}]",
    )
