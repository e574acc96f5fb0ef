"""AWS::Lambda::*: types in stacks, their properties put into effect, changed and taken back."""

import json

import pytest

from tests.services.lambda_.functions import package

CODE = "def handler(event, context):\n    return 1\n"
ROLE = "arn:aws:iam::000000000000:role/test"


def function(**properties):
    given = {"Code": {"ZipFile": CODE}, "Handler": "index.handler", "Role": ROLE, "Runtime": "python3.11"}
    return {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "fn", **given, **properties}}


def version(**properties):
    return {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Fn"}, **properties}}


def alias(**properties):
    given = {"FunctionName": {"Ref": "Fn"}, "Name": "live", "FunctionVersion": {"Fn::GetAtt": ["One", "Version"]}}
    return {"Type": "AWS::Lambda::Alias", "Properties": {**given, **properties}}


@pytest.fixture
def stand(cloud):
    """Create or update the stack; its status."""

    def stand(**resources):
        formation = cloud.client("cloudformation")
        body = json.dumps({"Resources": resources})
        known = [s["StackName"] for s in formation.describe_stacks()["Stacks"]]
        call = formation.update_stack if "shop" in known else formation.create_stack
        call(StackName="shop", TemplateBody=body)
        cloud.settle()
        return formation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"]

    return stand


@pytest.fixture
def aws(cloud):
    return cloud.client("lambda")


def test_settings_beside_the_configuration_come_and_go(aws, stand):
    arn = aws.create_code_signing_config(
        AllowedPublishers={
            "SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/ours/0123456789"]
        }
    )["CodeSigningConfig"]["CodeSigningConfigArn"]
    more = {
        "RecursiveLoop": "Allow",
        "ReservedConcurrentExecutions": 3,
        "RuntimeManagementConfig": {"UpdateRuntimeOn": "FunctionUpdate"},
        "LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": "WARN"},
        "CodeSigningConfigArn": arn,
    }

    assert stand(Fn=function(**more)) == "CREATE_COMPLETE"
    assert aws.get_function_recursion_config(FunctionName="fn")["RecursiveLoop"] == "Allow"
    assert aws.get_function_concurrency(FunctionName="fn")["ReservedConcurrentExecutions"] == 3
    assert aws.get_runtime_management_config(FunctionName="fn")["UpdateRuntimeOn"] == "FunctionUpdate"
    assert aws.get_function_code_signing_config(FunctionName="fn")["CodeSigningConfigArn"] == arn

    assert stand(Fn=function()) == "UPDATE_COMPLETE"
    assert aws.get_function_recursion_config(FunctionName="fn")["RecursiveLoop"] == "Terminate"
    assert "ReservedConcurrentExecutions" not in aws.get_function_concurrency(FunctionName="fn")
    assert aws.get_runtime_management_config(FunctionName="fn")["UpdateRuntimeOn"] == "Auto"
    assert aws.get_function_configuration(FunctionName="fn")["LoggingConfig"]["LogFormat"] == "Text"
    assert "CodeSigningConfigArn" not in aws.get_function_code_signing_config(FunctionName="fn")


def test_an_alias_provisions_and_splits(aws, stand):
    provisioned = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}

    assert stand(Fn=function(), One=version(), Live=alias(**provisioned)) == "CREATE_COMPLETE"
    got = aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")
    assert (got["Status"], got["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)

    assert stand(Fn=function(), One=version(), Live=alias()) == "UPDATE_COMPLETE"
    assert aws.list_provisioned_concurrency_configs(FunctionName="fn")["ProvisionedConcurrencyConfigs"] == []


def test_a_version_provisions_and_has_a_runtime_policy(aws, stand):
    one = version(
        ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": 1},
        RuntimePolicy={"UpdateRuntimeOn": "FunctionUpdate"},
    )

    assert stand(Fn=function(), One=one) == "CREATE_COMPLETE"
    assert aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")["Status"] == "READY"
    assert aws.get_runtime_management_config(FunctionName="fn", Qualifier="1")["UpdateRuntimeOn"] == "FunctionUpdate"


def test_a_stack_fails_with_the_provisioned_concurrency_of_a_version_that_does_not_start(aws, stand):
    broken = function(Code={"ZipFile": "raise ValueError('no')\n"})

    status = stand(Fn=broken, One=version(ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": 1}))

    assert status == "ROLLBACK_COMPLETE"


def test_an_alias_that_moves_takes_its_provisioned_concurrency_along_before_the_stack_is_done(aws, stand):
    provisioned = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1}}
    stand(Fn=function(), One=version(), Live=alias(**provisioned))

    status = stand(
        Fn=function(Code={"ZipFile": CODE.replace("1", "2")}),
        Two=version(),
        Live=alias(**provisioned, FunctionVersion={"Fn::GetAtt": ["Two", "Version"]}),
    )

    got = aws.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="live")
    assert status == "UPDATE_COMPLETE"
    assert (got["Status"], got["AvailableProvisionedConcurrentExecutions"]) == ("READY", 1)
    assert aws.invoke(FunctionName="fn", Qualifier="live")["Payload"].read() == b"2"


def test_a_layer_is_opened_to_others(cloud, aws, stand):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="layer.zip", Body=package(gift=""))
    layer = {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"LayerName": "gift", "Content": {"S3Bucket": "code", "S3Key": "layer.zip"}},
    }
    grant = {"Action": "lambda:GetLayerVersion", "Principal": "*", "LayerVersionArn": {"Ref": "Gift"}}
    permission = {"Type": "AWS::Lambda::LayerVersionPermission", "Properties": grant}

    assert stand(Gift=layer, Open=permission) == "CREATE_COMPLETE"
    policy = json.loads(aws.get_layer_version_policy(LayerName="gift", VersionNumber=1)["Policy"])
    assert policy["Statement"][0]["Principal"] == "*"

    assert stand(Gift=layer) == "UPDATE_COMPLETE"
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_layer_version_policy(LayerName="gift", VersionNumber=1)


def test_a_code_signing_configuration_stands_in_a_template(aws, stand):
    signing = {
        "Type": "AWS::Lambda::CodeSigningConfig",
        "Properties": {
            "AllowedPublishers": {
                "SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/ours/0123456789"]
            },
            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"},
        },
    }

    assert stand(Signing=signing) == "CREATE_COMPLETE"
    [config] = aws.list_code_signing_configs()["CodeSigningConfigs"]
    assert config["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}


@pytest.mark.parametrize("name", ["DurableConfig", "CapacityProviderConfig", "TenancyConfig", "ImageConfig"])
def test_what_is_not_there_is_refused_by_name(cloud, stand, name):
    with pytest.raises(Exception, match=name):
        stand(Fn=function(**{name: {"X": 1}}))
