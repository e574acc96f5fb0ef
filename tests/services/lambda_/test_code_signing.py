"""Code signing configurations, and what they do to functions."""

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create, package

PUBLISHERS = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/ours/0123456789"]}


@pytest.fixture
def aws(cloud):
    return cloud.client("lambda")


def configured(aws, policy):
    wish = {"AllowedPublishers": PUBLISHERS, "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": policy}}
    return aws.create_code_signing_config(**wish)["CodeSigningConfig"]["CodeSigningConfigArn"]


def refused(call, **members):
    with pytest.raises(ClientError) as failing:
        call(**members)
    return failing.value.response["Error"]["Code"]


def test_a_configuration_is_kept_changed_and_deleted(aws):
    arn = configured(aws, "Enforce")
    aws.update_code_signing_config(
        CodeSigningConfigArn=arn, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Warn"}
    )

    config = aws.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"]
    assert config["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    assert config["AllowedPublishers"] == PUBLISHERS
    assert aws.list_code_signing_configs()["CodeSigningConfigs"] == [config]

    aws.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert refused(aws.get_code_signing_config, CodeSigningConfigArn=arn) == "ResourceNotFoundException"


def test_a_configuration_that_functions_have_is_not_deleted(cloud, aws):
    arn = configured(aws, "Warn")
    function = create(cloud, ECHO)["FunctionArn"]
    aws.put_function_code_signing_config(FunctionName="fn", CodeSigningConfigArn=arn)

    assert refused(aws.delete_code_signing_config, CodeSigningConfigArn=arn) == "ResourceConflictException"
    assert aws.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == [function]
    aws.delete_function_code_signing_config(FunctionName="fn")
    aws.delete_code_signing_config(CodeSigningConfigArn=arn)


def test_enforcement_refuses_unsigned_code(cloud, aws):
    arn = configured(aws, "Enforce")
    create(cloud, ECHO)
    aws.put_function_code_signing_config(FunctionName="fn", CodeSigningConfigArn=arn)

    code = package(index=ECHO)
    assert refused(aws.update_function_code, FunctionName="fn", ZipFile=code) == "CodeVerificationFailedException"
    with pytest.raises(ClientError, match="Check the provided signature"):
        create(cloud, ECHO, name="other", CodeSigningConfigArn=arn)


def test_a_warning_takes_unsigned_code_and_is_recorded(cloud, aws):
    arn = configured(aws, "Warn")
    function = create(cloud, ECHO, CodeSigningConfigArn=arn)["FunctionArn"]

    aws.update_function_code(FunctionName="fn", ZipFile=package(index=ECHO + "\n"))

    assert [entry.fact.function for entry in cloud.records("UnsignedCodeDeployed")] == [function, function]


def test_a_configuration_that_is_not_there_is_not_put(cloud, aws):
    create(cloud, ECHO)
    arn = configured(aws, "Warn")[:-17] + "0" * 17

    assert (
        refused(aws.put_function_code_signing_config, FunctionName="fn", CodeSigningConfigArn=arn)
        == "CodeSigningConfigNotFoundException"
    )
