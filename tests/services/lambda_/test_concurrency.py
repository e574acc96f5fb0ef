"""Reserved and provisioned concurrency, and what the account has."""

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create
from windtunnel.kernel.settings import Settings
from windtunnel.testing import RunningCloud


@pytest.fixture
def aws(cloud):
    create(cloud, ECHO, Publish=True)
    client = cloud.client("lambda")
    client.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    return client


def refused(call, **members):
    with pytest.raises(ClientError) as failing:
        call(**members)
    error = failing.value.response["Error"]
    return error["Code"], error["Message"]


def provision(aws, qualifier, count):
    return aws.put_provisioned_concurrency_config(
        FunctionName="fn", Qualifier=qualifier, ProvisionedConcurrentExecutions=count
    )


def test_provisioned_environments_are_in_progress_and_then_ready(cloud, aws):
    put = provision(aws, "live", 2)
    cloud.settle()

    got = aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")
    assert (put["Status"], put["AllocatedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0)
    assert (got["Status"], got["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)


ASKS = """import boto3

def handler(event, context):
    shown = boto3.client("lambda").get_provisioned_concurrency_config(FunctionName="asks", Qualifier="1")
    return [shown["AllocatedProvisionedConcurrentExecutions"], shown["AvailableProvisionedConcurrentExecutions"]]
"""


def test_an_environment_that_is_busy_is_not_available(cloud):
    cloud.listen()
    aws = cloud.client("lambda")
    create(cloud, ASKS, name="asks", Publish=True, Timeout=60)
    aws.put_provisioned_concurrency_config(FunctionName="asks", Qualifier="1", ProvisionedConcurrentExecutions=2)
    cloud.settle()

    assert aws.invoke(FunctionName="asks", Qualifier="1")["Payload"].read() == b"[2, 1]"

    after = aws.get_provisioned_concurrency_config(FunctionName="asks", Qualifier="1")
    assert after["AvailableProvisionedConcurrentExecutions"] == 2


def test_a_version_is_not_provisioned_twice_by_way_of_an_alias(aws):
    provision(aws, "1", 1)

    code, message = refused(provision, aws=aws, qualifier="live", count=1)

    assert code == "ResourceConflictException"
    assert message.startswith("Alias can't be used for Provisioned Concurrency configuration")


def test_an_alias_that_is_provisioned_keeps_its_version_from_it(aws):
    provision(aws, "live", 1)

    error = refused(provision, aws=aws, qualifier="1", count=1)

    assert error == ("ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias")


def test_provisioned_concurrency_fits_into_the_reserved(aws):
    aws.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)

    code, message = refused(provision, aws=aws, qualifier="1", count=2)

    assert code == "InvalidParameterValueException"
    assert "should not be greater than the reservedConcurrentExecution" in message


def test_reserved_concurrency_is_not_lowered_below_the_provisioned(aws):
    provision(aws, "1", 2)

    error = refused(aws.put_function_concurrency, FunctionName="fn", ReservedConcurrentExecutions=1)

    assert error[1] == (
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."
    )


def test_deleted_provisioned_concurrency_is_not_found(aws):
    provision(aws, "1", 1)
    aws.delete_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")

    code, _ = refused(aws.get_provisioned_concurrency_config, FunctionName="fn", Qualifier="1")

    assert code == "ProvisionedConcurrencyConfigNotFoundException"
    listed = aws.list_provisioned_concurrency_configs(FunctionName="fn")
    assert listed["ProvisionedConcurrencyConfigs"] == []


def test_an_alias_that_moves_has_its_environments_started_anew(cloud, aws):
    provision(aws, "live", 1)
    cloud.settle()
    aws.update_function_configuration(FunctionName="fn", Timeout=9)
    aws.publish_version(FunctionName="fn")
    aws.update_alias(FunctionName="fn", Name="live", FunctionVersion="2")
    cloud.settle()

    got = aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")

    assert got["Status"] == "READY"


SLOW = "import time\ndef handler(event, context):\n    time.sleep(0.3)\n    return 1\n"
KIND = "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
DIES = "import os\ndef handler(event, context):\n    os._exit(1)\n"


def answered(cloud, qualifier):
    return cloud.client("lambda").invoke(FunctionName="fn", Qualifier=qualifier)["Payload"].read().decode().strip('"')


def send(cloud, count, **members):
    for _ in range(count):
        cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", **members)
    cloud.settle()


def published(cloud, source):
    create(cloud, source, Publish=True)
    client = cloud.client("lambda")
    client.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    return client


def test_provisioned_environments_serve_their_qualifier_only(cloud):
    aws = published(cloud, KIND)
    provision(aws, "live", 1)
    cloud.settle()

    assert answered(cloud, "live") == "provisioned-concurrency"
    assert answered(cloud, "1") == "on-demand"
    assert answered(cloud, "$LATEST") == "on-demand"


def test_what_is_more_than_provisioned_spills_over(cloud):
    aws = published(cloud, SLOW)
    provision(aws, "live", 1)
    cloud.settle()

    send(cloud, 2, Qualifier="live")

    assert sorted(entry.fact.cold for entry in cloud.records("Invoked")) == [False, True]


def test_provisioned_environments_are_not_let_go_for_idleness(cloud):
    aws = published(cloud, KIND)
    provision(aws, "live", 1)

    cloud.advance(hours=3)

    assert cloud.records("EnvironmentEnded") == []
    assert answered(cloud, "live") == "provisioned-concurrency"


def test_a_provisioned_environment_whose_process_died_is_replaced(cloud):
    aws = published(cloud, DIES)
    provision(aws, "live", 1)
    cloud.settle()

    answered(cloud, "live")
    cloud.settle()

    started = [entry.fact.initialization for entry in cloud.records("EnvironmentStarted")]
    assert started == ["provisioned-concurrency"] * 2


def test_environments_that_do_not_start_fail_the_configuration(cloud):
    aws = published(cloud, "raise ValueError('no')\n")
    provision(aws, "live", 1)
    cloud.settle()

    got = aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")

    assert (got["Status"], got["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert got["AllocatedProvisionedConcurrentExecutions"] == 0


def test_the_end_of_a_configuration_ends_its_environments(cloud):
    aws = published(cloud, KIND)
    provision(aws, "live", 2)
    cloud.settle()

    aws.delete_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")
    cloud.settle()

    assert len(cloud.records("EnvironmentEnded")) == 2
    assert answered(cloud, "live") == "on-demand"


def test_provisioned_environments_follow_their_alias(cloud):
    aws = published(cloud, KIND)
    provision(aws, "live", 1)
    cloud.settle()
    aws.update_function_configuration(FunctionName="fn", Timeout=9)
    aws.publish_version(FunctionName="fn")

    aws.update_alias(FunctionName="fn", Name="live", FunctionVersion="2")
    status = aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")["Status"]
    cloud.settle()

    assert status == "IN_PROGRESS"
    assert aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")["Status"] == "READY"
    assert [entry.fact.version for entry in cloud.records("EnvironmentStarted")] == ["1", "2"]
    assert [entry.fact.version for entry in cloud.records("EnvironmentEnded")] == ["1"]
    assert answered(cloud, "live") == "provisioned-concurrency"


def test_what_a_function_provisions_is_taken_from_what_it_reserves(cloud):
    aws = published(cloud, ECHO)
    provision(aws, "live", 2)
    aws.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=2)
    cloud.settle()

    assert refused(aws.invoke, FunctionName="fn") == ("TooManyRequestsException", "Rate Exceeded.")
    assert aws.invoke(FunctionName="fn", Qualifier="live")["StatusCode"] == 200


@pytest.mark.windtunnel(account_concurrency=2)
def test_the_account_has_only_so_many_executions(cloud):
    create(cloud, SLOW)

    send(cloud, 3)
    first = len(cloud.records("Invoked"))
    cloud.advance(2)

    [throttled] = cloud.records("InvocationThrottled")
    assert (throttled.fact.reason, throttled.fact.claimed) == ("ConcurrentInvocationLimitExceeded", 2)
    assert (first, len(cloud.records("Invoked"))) == (2, 3)
    assert cloud.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 2


def test_a_function_may_be_called_ten_times_a_second_for_each_execution_it_reserves(cloud):
    create(cloud, ECHO)
    aws = cloud.client("lambda")
    aws.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
    for _ in range(10):
        aws.invoke(FunctionName="fn")

    with pytest.raises(ClientError) as failing:
        aws.invoke(FunctionName="fn")
    cloud.advance(0.2)

    assert failing.value.response["Reason"] == "ReservedFunctionInvocationRateLimitExceeded"
    assert aws.invoke(FunctionName="fn")["StatusCode"] == 200


def test_what_is_reserved_is_missing_for_the_others(cloud, aws):
    aws.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=300)

    limits = aws.get_account_settings()["AccountLimit"]

    assert (limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]) == (1000, 700)
    assert refused(aws.put_function_concurrency, FunctionName="fn", ReservedConcurrentExecutions=901)[1] == (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
        "minimum value of [100]."
    )


def test_concurrency_belongs_to_functions_not_to_versions(aws):
    code, message = refused(aws.put_function_concurrency, FunctionName="fn:1", ReservedConcurrentExecutions=1)

    assert code == "InvalidParameterValueException"
    assert message.startswith("This operation is permitted on Lambda functions only.")


def test_each_environment_writes_to_a_stream_of_its_own(cloud):
    create(
        cloud,
        "import time\ndef handler(event, context):\n    time.sleep(0.3)\n    print(context.log_stream_name)\n",
    )

    send(cloud, 2)

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/fn")["events"]
    said = {e["message"].strip(): e["logStreamName"] for e in events if e["message"].startswith("2026/01/01/[$LATEST]")}
    assert len(said) == 2
    assert all(name == stream for name, stream in said.items())


def test_what_comes_faster_than_ten_a_second_for_each_provisioned_execution_spills_over(cloud):
    aws = published(cloud, KIND)
    provision(aws, "live", 1)
    cloud.settle()

    kinds = [answered(cloud, "live") for _ in range(11)]

    assert kinds == ["provisioned-concurrency"] * 10 + ["on-demand"]


def test_what_was_provisioned_is_started_again_with_the_cloud(tmp_path):
    settings = Settings(data=str(tmp_path))
    with RunningCloud(settings) as cloud:
        provision(published(cloud, KIND), "live", 1)
        cloud.settle()

    with RunningCloud(settings) as cloud:
        cloud.settle()
        assert answered(cloud, "live") == "provisioned-concurrency"


def test_what_others_provision_is_not_there_to_be_reserved(cloud, aws):
    provision(aws, "1", 20)
    create(cloud, ECHO, name="other")

    code, message = refused(aws.put_function_concurrency, FunctionName="other", ReservedConcurrentExecutions=881)

    assert code == "InvalidParameterValueException"
    assert "below its minimum value of [100]" in message
    aws.put_function_concurrency(FunctionName="other", ReservedConcurrentExecutions=880)


def test_a_throttled_caller_hears_the_reason_and_as_on_aws_not_when_to_come_back(aws):
    aws.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)

    with pytest.raises(aws.exceptions.TooManyRequestsException) as throttled:
        aws.invoke(FunctionName="fn")

    answer = throttled.value.response
    assert (answer["Reason"], answer["Type"]) == ("ReservedFunctionConcurrentInvocationLimitExceeded", "User")
    assert answer["Error"]["Message"] == "Rate Exceeded."
    assert "retryAfterSeconds" not in answer
