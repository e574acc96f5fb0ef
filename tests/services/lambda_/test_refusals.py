"""What Lambda refuses, and in which words."""

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create

ELSEWHERE = "arn:aws:lambda:eu-west-1:000000000000:function:fn"


@pytest.fixture
def aws(cloud):
    create(cloud, ECHO, Publish=True)
    return cloud.client("lambda")


def refused(call, **members):
    with pytest.raises(ClientError) as failing:
        call(**members)
    error = failing.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"MemorySize": 10_241}, "Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240"),
        ({"Timeout": 901}, "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"),
    ],
)  # fmt: skip
def test_limits_are_those_of_functions(aws, members, says):
    error = refused(aws.update_function_configuration, FunctionName="fn", **members)

    assert error == ("ValidationException", f"1 validation error detected: {says}")


def test_an_unknown_runtime_is_answered_with_those_that_there_are(cloud):
    code, message = refused(create, cloud=cloud, source=ECHO, Runtime="python4.0")

    assert code == "InvalidParameterValueException"
    assert message.startswith(
        "Value python4.0 at 'runtime' failed to satisfy constraint: Member must satisfy enum value"
    )
    assert "python3.13" in message
    assert message.endswith("] or be a valid ARN")


def test_a_runtime_without_snapshots_takes_no_snap_start(cloud):
    error = refused(create, cloud=cloud, source=ECHO, SnapStart={"ApplyOn": "PublishedVersions"})

    assert error == ("InvalidParameterValueException", "python3.11 is not supported for SnapStart enabled functions.")


def test_functions_of_another_region_are_not_reachable(aws):
    says = "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"

    for call in (aws.get_function, aws.invoke, aws.list_aliases, aws.get_function_concurrency):
        assert refused(call, FunctionName=ELSEWHERE) == ("ResourceNotFoundException", says)


def test_a_name_has_at_most_64_characters(cloud):
    code, message = refused(create, cloud=cloud, source=ECHO, name="a" * 65)

    assert code == "ValidationException"
    assert message.endswith("Member must have length less than or equal to 64")


def test_a_package_that_is_too_large_is_refused_before_it_is_read(cloud):
    tight = refused(create, cloud=cloud, source=ECHO, Code={"ZipFile": b"x" * 52_500_000})
    large = refused(create, cloud=cloud, source=ECHO, Code={"ZipFile": b"x" * 52_700_000})

    assert tight == ("InvalidParameterValueException", "Zipped size must be smaller than 52428800 bytes")
    assert large == (
        "RequestEntityTooLargeException",
        "Request must be smaller than 70167211 bytes for the CreateFunction operation",
    )


def test_weights_lie_between_nothing_and_all(aws):
    routing = {"AdditionalVersionWeights": {"1": 2.0}}
    code, message = refused(aws.create_alias, FunctionName="fn", Name="a", FunctionVersion="1", RoutingConfig=routing)

    assert code == "ValidationException"
    assert "Value '{1=2.0}' at 'routingConfig.additionalVersionWeights'" in message


def test_a_function_is_no_destination_of_its_own(aws):
    arn = aws.get_function(FunctionName="fn")["Configuration"]["FunctionArn"]
    self_made = {"OnFailure": {"Destination": arn}}
    unknown = {"OnSuccess": {"Destination": arn + "x"}}

    assert refused(aws.put_function_event_invoke_config, FunctionName="fn", DestinationConfig=self_made)[1] == (
        "You can't specify the function as a destination for itself."
    )
    assert refused(aws.put_function_event_invoke_config, FunctionName="fn", DestinationConfig=unknown)[1] == (
        f"The destination ARN {arn}x is invalid."
    )


def test_policies_have_revisions_of_their_own(aws):
    grant = {"FunctionName": "fn", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    says = (
        "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest "
        "Revision Id"
    )

    assert refused(aws.add_permission, StatementId="a", RevisionId="no", **grant)[1] == says
    aws.add_permission(StatementId="a", **grant)
    assert refused(aws.add_permission, StatementId="b", RevisionId="no", **grant)[1] == says
    aws.add_permission(StatementId="b", RevisionId=aws.get_policy(FunctionName="fn")["RevisionId"], **grant)


def test_tags_change_the_revision_and_start_no_new_environment(cloud, aws):
    arn = aws.get_function(FunctionName="fn")["Configuration"]["FunctionArn"]
    before = aws.get_function_configuration(FunctionName="fn")["RevisionId"]
    aws.invoke(FunctionName="fn")

    aws.tag_resource(Resource=arn, Tags={"team": "blue"})
    aws.invoke(FunctionName="fn")

    assert aws.get_function_configuration(FunctionName="fn")["RevisionId"] != before
    assert len(cloud.records("EnvironmentStarted")) == 1


def test_a_new_description_of_the_function_is_worth_a_new_version(aws):
    aws.update_function_configuration(FunctionName="fn", Description="better")

    second = aws.publish_version(FunctionName="fn", Description="mine")
    third = aws.publish_version(FunctionName="fn", Description="another")

    assert (second["Version"], second["Description"]) == ("2", "mine")
    assert (third["Version"], third["Description"]) == ("2", "mine")


def test_manual_runtime_updates_name_the_version(aws):
    code, _ = refused(aws.put_runtime_management_config, FunctionName="fn", UpdateRuntimeOn="Manual")

    assert code == "InvalidParameterValueException"
