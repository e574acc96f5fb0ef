"""Layers: numbered versions, and who may use them."""

import hashlib
import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import create, package

USES_GIFT = "import gift\ndef handler(event, context):\n    return gift.WORD\n"
OF_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
GRANT = {"StatementId": "s1", "Action": "lambda:GetLayerVersion", "Principal": "*"}


def layer(**files: str) -> bytes:
    return package(**{f"python/{name}": text for name, text in files.items()})


def zeros(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("zeros", b"\0" * size)
    return buffer.getvalue()


@pytest.fixture
def aws(cloud):
    client = cloud.client("lambda")
    client.publish_layer_version(LayerName="shared", Content={"ZipFile": package(x="")})
    return client


def refused(call, **members):
    with pytest.raises(ClientError) as failing:
        call(**members)
    error = failing.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_number_of_a_deleted_version_is_not_given_again(aws):
    aws.delete_layer_version(LayerName="shared", VersionNumber=1)

    assert aws.publish_layer_version(LayerName="shared", Content={"ZipFile": package(x="")})["Version"] == 2


def test_what_the_publisher_did_not_say_about_compatibility_is_not_shown(aws):
    version = aws.get_layer_version(LayerName="shared", VersionNumber=1)

    assert "CompatibleRuntimes" not in version
    assert "CompatibleArchitectures" not in version


def test_an_empty_list_of_runtimes_is_shown(aws):
    made = aws.publish_layer_version(LayerName="other", Content={"ZipFile": package(x="")}, CompatibleRuntimes=[])

    assert made["CompatibleRuntimes"] == []


def test_a_layer_version_is_shared_by_its_policy(aws):
    added = aws.add_layer_version_permission(LayerName="shared", VersionNumber=1, **GRANT)

    policy = aws.get_layer_version_policy(LayerName="shared", VersionNumber=1)
    assert json.loads(policy["Policy"])["Statement"] == [json.loads(added["Statement"])]
    assert policy["RevisionId"] == added["RevisionId"]


def test_the_last_statement_takes_the_policy_with_it(aws):
    aws.add_layer_version_permission(LayerName="shared", VersionNumber=1, **GRANT)
    aws.remove_layer_version_permission(LayerName="shared", VersionNumber=1, StatementId="s1")

    error = refused(aws.get_layer_version_policy, LayerName="shared", VersionNumber=1)

    assert error == ("ResourceNotFoundException", "No policy is associated with the given resource.")


def test_a_wrong_revision_of_a_layer_policy_is_refused(aws):
    aws.add_layer_version_permission(LayerName="shared", VersionNumber=1, **GRANT)

    code, message = refused(
        aws.remove_layer_version_permission, LayerName="shared", VersionNumber=1, StatementId="s1", RevisionId="wrong"
    )

    assert code == "PreconditionFailedException"
    assert "Call the GetLayerPolicy API" in message


def test_permissions_of_a_version_that_is_not_there_are_not_found(aws):
    error = refused(aws.add_layer_version_permission, LayerName="shared", VersionNumber=2, **GRANT)

    arn = "arn:aws:lambda:us-east-1:000000000000:layer:shared:2"
    assert error == ("ResourceNotFoundException", f"Layer version {arn} does not exist.")


def test_a_layer_of_another_account_is_used_with_leave_only(cloud):
    other = cloud.client("lambda", account="222222222222")
    arn = other.publish_layer_version(LayerName="theirs", Content={"ZipFile": layer(gift="WORD = 'hello'")})[
        "LayerVersionArn"
    ]
    code, message = refused(create, cloud=cloud, source=USES_GIFT, Layers=[arn])
    assert code == "AccessDeniedException"
    assert "is not authorized to perform: lambda:GetLayerVersion on resource: " + arn in message

    other.add_layer_version_permission(LayerName="theirs", VersionNumber=1, **{**GRANT, "Principal": "000000000000"})
    create(cloud, USES_GIFT, Layers=[arn])

    assert cloud.client("lambda").invoke(FunctionName="fn")["Payload"].read() == b'"hello"'
    assert cloud.client("lambda").get_layer_version_by_arn(Arn=arn)["Version"] == 1


def test_a_function_keeps_a_layer_that_was_deleted(cloud):
    aws = cloud.client("lambda")
    arn = aws.publish_layer_version(LayerName="mine", Content={"ZipFile": layer(gift="WORD = 'hello'")})[
        "LayerVersionArn"
    ]
    create(cloud, USES_GIFT, Layers=[arn])

    aws.delete_layer_version(LayerName="mine", VersionNumber=1)

    assert aws.invoke(FunctionName="fn")["Payload"].read() == b'"hello"'
    assert aws.list_layers()["Layers"] == []
    assert refused(aws.get_layer_version, LayerName="mine", VersionNumber=1)[0] == "ResourceNotFoundException"


def test_a_later_layer_wins(cloud):
    aws = cloud.client("lambda")
    arns = [
        aws.publish_layer_version(LayerName=word, Content={"ZipFile": layer(gift=f"WORD = '{word}'")})[
            "LayerVersionArn"
        ]
        for word in ("first", "second")
    ]
    create(cloud, USES_GIFT, Layers=arns)

    assert aws.invoke(FunctionName="fn")["Payload"].read() == b'"second"'


def test_code_and_layers_fit_into_250_megabytes_together(cloud):
    aws = cloud.client("lambda")
    large = zeros(200_000_000)
    arn = aws.publish_layer_version(LayerName="large", Content={"ZipFile": large})["LayerVersionArn"]

    code, message = refused(create, cloud=cloud, source="", Layers=[arn], Code={"ZipFile": zeros(70_000_000)})

    assert code == "InvalidParameterValueException"
    assert message == (
        "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is "
        "270000000 bytes."
    )


@pytest.mark.windtunnel(powertools_layers=False)
def test_a_powertools_layer_is_refused_where_the_settings_say_so(cloud):
    arn = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python311-x86_64:7"

    code, message = refused(create, cloud=cloud, source=USES_GIFT, Layers=[arn])

    assert code == "InvalidParameterValueException"
    assert "WINDTUNNEL_POWERTOOLS_LAYERS=true" in message


def test_a_powertools_layer_comes_from_what_was_installed_before(cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    requirement = f"aws-lambda-powertools[all]>=3,<4 {OF_THE_RUNTIME}"
    mark = hashlib.sha256(requirement.encode()).hexdigest()[:16]
    folder = tmp_path / "windtunnel" / "installed" / f"{mark}-python3.11-x86_64"
    (folder / "aws_lambda_powertools-3.9.0.dist-info").mkdir(parents=True)
    (folder / "gift.py").write_text("WORD = 'powertools'")
    arn = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python311-x86_64:7"

    create(cloud, USES_GIFT, Layers=[arn])

    assert cloud.client("lambda").invoke(FunctionName="fn")["Payload"].read() == b'"powertools"'
    [installed] = cloud.records("LayerInstalled")
    assert (installed.fact.layer, installed.fact.release) == (arn, "3.9.0")


def test_without_an_index_the_refusal_says_what_to_do(cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    arn = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV2:7"

    code, message = refused(create, cloud=cloud, source=USES_GIFT, Layers=[arn])

    assert code == "InvalidParameterValueException"
    assert "Check the connection to the package index, or put it into the package of the function." in message
