"""Reserved and provisioned concurrency."""

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create


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
