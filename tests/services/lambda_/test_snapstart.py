"""SnapStart: versions that are initialised when they are published, and what their callers and logs notice of it."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create
from windtunnel.engine import facts

SOURCE = """
import os, time
from snapshot_restore_py import register_after_restore, register_before_snapshot
started = time.time_ns()
hooks = []
register_before_snapshot(hooks.append, "before")
register_after_restore(hooks.append, "after")
def handler(event, context):
    return [started, hooks, os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
"""
ON = {"ApplyOn": "PublishedVersions"}


@pytest.fixture
def aws(cloud):
    client = cloud.client("lambda")
    create(cloud, ECHO, name="probe", Runtime="python3.12")
    if "FunctionError" in client.invoke(FunctionName="probe"):
        pytest.skip("no interpreter that SnapStart is for")
    client.delete_function(FunctionName="probe")
    return client


def snapped(cloud, source=SOURCE, **members):
    """A function with SnapStart whose first version has been published."""
    create(cloud, source, Runtime="python3.12", SnapStart=ON, **members)
    published = cloud.client("lambda").publish_version(FunctionName="fn")
    cloud.settle()
    return published


def answer(aws, qualifier="1"):
    return json.loads(aws.invoke(FunctionName="fn", Qualifier=qualifier)["Payload"].read())


def refused(call, **members):
    with pytest.raises(ClientError) as failing:
        call(**members)
    error = failing.value.response["Error"]
    return error["Code"], error["Message"]


def logs(cloud):
    """The first words of the lines of each log stream, and all lines."""
    client = cloud.client("logs")
    streams = client.describe_log_streams(logGroupName="/aws/lambda/fn")["logStreams"]
    lines = [
        [e["message"] for e in client.get_log_events(logGroupName="/aws/lambda/fn", logStreamName=s["logStreamName"])["events"]]
        for s in streams
    ]  # fmt: skip
    return [[line.split()[0] for line in stream] for stream in lines], [line for stream in lines for line in stream]


def test_a_version_is_pending_until_its_snapshot_has_been_taken(cloud, aws):
    published = snapped(cloud)

    now = aws.get_function_configuration(FunctionName="fn", Qualifier="1")
    assert (published["State"], published["StateReasonCode"]) == ("Pending", "Creating")
    assert now["State"] == "Active"
    assert now["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    assert now["RevisionId"] != published["RevisionId"]


def test_environments_of_a_version_go_on_from_its_snapshot(cloud, aws):
    snapped(cloud)
    [taken] = cloud.records(facts.SnapshotTaken)

    first = answer(aws)

    assert first[1:] == [["before", "after"], "snap-start"]
    assert taken.fact.version == "1"
    assert len(cloud.records(facts.Restored)) == 1
    assert len(cloud.records(facts.InitFinished, version="1")) == 1


def test_latest_is_initialised_as_ever(cloud, aws):
    snapped(cloud)

    assert answer(aws, "$LATEST")[1:] == [[], "on-demand"]
    assert aws.get_function_configuration(FunctionName="fn")["SnapStart"] == {
        "ApplyOn": "PublishedVersions",
        "OptimizationStatus": "Off",
    }


def test_the_log_has_the_initialisation_when_published_and_the_restore_when_invoked(cloud, aws):
    snapped(cloud)
    answer(aws)
    cloud.settle()

    words, lines = logs(cloud)

    assert sorted(words) == [
        ["INIT_START", "INIT_REPORT"],
        ["RESTORE_START", "RESTORE_REPORT", "START", "END", "REPORT"],
    ]
    [report] = [line for line in lines if line.startswith("REPORT")]
    assert "\tRestore Duration: " in report and "\tBilled Restore Duration: " in report
    assert "Init Duration" not in report


def test_a_version_that_cannot_be_initialised_has_failed(cloud, aws):
    snapped(cloud, "import absent\n")

    shown = aws.get_function_configuration(FunctionName="fn", Qualifier="1")
    assert (shown["State"], shown["StateReasonCode"]) == ("Failed", "FunctionError")
    assert "Runtime.ImportModuleError" in shown["StateReason"]
    assert refused(aws.invoke, FunctionName="fn", Qualifier="1")[0] == "ResourceConflictException"


def test_a_version_whose_snapshot_is_being_taken_is_not_ready(cloud, aws):
    create(cloud, "import time; time.sleep(1)\n" + SOURCE, Runtime="python3.12", SnapStart=ON)
    aws.publish_version(FunctionName="fn")

    assert refused(aws.invoke, FunctionName="fn", Qualifier="1")[0] == "SnapStartNotReadyException"

    cloud.settle()
    assert answer(aws)[2] == "snap-start"


def test_a_hook_that_fails_is_told_to_the_caller(cloud, aws):
    snapped(cloud, SOURCE + "register_after_restore(lambda: 1 / 0)\n")

    code, message = refused(aws.invoke, FunctionName="fn", Qualifier="1")

    assert code == "SnapStartException"
    assert "check the Amazon CloudWatch logs" in message


def test_the_same_version_is_not_published_twice(cloud, aws):
    snapped(cloud)

    assert aws.publish_version(FunctionName="fn")["Version"] == "1"


def test_provisioned_concurrency_is_refused(cloud, aws):
    snapped(cloud)
    aws.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")

    for qualifier in ("1", "live"):
        code, _ = refused(
            aws.put_provisioned_concurrency_config,
            FunctionName="fn",
            Qualifier=qualifier,
            ProvisionedConcurrentExecutions=1,
        )
        assert code == "InvalidParameterValueException"


@pytest.mark.parametrize(
    "members",
    [
        {"EphemeralStorage": {"Size": 513}},
        {
            "FileSystemConfigs": [
                {
                    "Arn": "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0",
                    "LocalMountPath": "/mnt/x",
                }
            ]
        },
        {"Runtime": "nodejs22.x"},
        {"Runtime": "ruby3.3"},
    ],
)
def test_what_snap_start_does_not_go_with_is_refused(cloud, members):
    code, message = refused(create, cloud=cloud, source=ECHO, SnapStart=ON, **{"Runtime": "python3.12", **members})

    assert code == "InvalidParameterValueException"
    assert message.endswith(" is not supported for SnapStart enabled functions.")


def test_a_stack_waits_for_the_snapshot_of_its_version(cloud, aws):
    function = {
        "Code": {"ZipFile": SOURCE}, "Handler": "index.handler", "Role": "arn:aws:iam::000000000000:role/test",
        "Runtime": "python3.12", "FunctionName": "fn", "SnapStart": ON,
    }  # fmt: skip
    resources = {
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": function},
        "One": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Fn"}}},
    }
    formation = cloud.client("cloudformation")

    formation.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": resources}))
    formation.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 0, "MaxAttempts": 500})

    assert answer(aws)[2] == "snap-start"
