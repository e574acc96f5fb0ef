"""Functions, versions, aliases: made, changed, found, refused."""

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, ROLE, create, package


def error_of(failing):
    return failing.value.response["Error"]


def test_a_new_function_is_pending_in_the_answer_and_active_at_once(cloud):
    made = create(cloud, ECHO)

    assert made["State"] == "Pending"
    config = cloud.client("lambda").get_function(FunctionName="fn")["Configuration"]
    assert config["State"] == "Active"
    assert config["LastUpdateStatus"] == "Successful"
    assert config["RevisionId"] != made["RevisionId"]


def test_a_function_is_found_by_name_partial_arn_and_arn(cloud):
    arn = create(cloud, ECHO)["FunctionArn"]
    get = cloud.client("lambda").get_function_configuration

    for name in ("fn", "000000000000:function:fn", arn, f"{arn}:$LATEST"):
        assert get(FunctionName=name)["FunctionName"] == "fn"


def test_an_unknown_function_is_not_found_by_its_arn(cloud):
    with pytest.raises(ClientError) as failing:
        cloud.client("lambda").get_function(FunctionName="nowhere")

    assert error_of(failing)["Code"] == "ResourceNotFoundException"
    assert error_of(failing)["Message"] == "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere"


def test_a_broken_zip_is_refused_and_leaves_nothing(cloud):
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        create(cloud, ECHO, Code={"ZipFile": b"not a zip"})

    assert cloud.client("lambda").list_functions()["Functions"] == []


@pytest.mark.parametrize("runtime", ["python3.7", "nodejs14.x", "go1.x"])
def test_an_ended_runtime_is_refused(cloud, runtime):
    with pytest.raises(ClientError, match=f"The runtime parameter of {runtime} is no longer supported"):
        create(cloud, ECHO, Runtime=runtime)


def test_reserved_variables_are_refused(cloud):
    with pytest.raises(ClientError, match="Reserved keys used in this request: AWS_REGION"):
        create(cloud, ECHO, Environment={"Variables": {"AWS_REGION": "mars"}})


def test_more_than_four_kilobytes_of_variables_are_refused(cloud):
    with pytest.raises(ClientError, match="exceeded the 4KB limit"):
        create(cloud, ECHO, Environment={"Variables": {"LARGE": "x" * 4097}})


def test_a_second_function_of_the_same_name_is_refused(cloud):
    create(cloud, ECHO)

    with pytest.raises(ClientError) as failing:
        create(cloud, ECHO)

    assert error_of(failing) == {"Code": "ResourceConflictException", "Message": "Function already exist: fn"}


def test_a_published_version_does_not_change_with_the_function(cloud):
    lam = cloud.client("lambda")
    create(cloud, "def handler(e, c):\n    return 1\n")
    version = lam.publish_version(FunctionName="fn")["Version"]
    lam.update_function_code(FunctionName="fn", ZipFile=package(index="def handler(e, c):\n    return 2\n"))

    assert lam.invoke(FunctionName="fn", Qualifier=version)["Payload"].read() == b"1"
    assert lam.invoke(FunctionName="fn")["Payload"].read() == b"2"


def test_publishing_without_a_change_gives_the_same_version(cloud):
    lam = cloud.client("lambda")
    create(cloud, ECHO)

    assert lam.publish_version(FunctionName="fn")["Version"] == lam.publish_version(FunctionName="fn")["Version"] == "1"


def test_an_alias_splits_its_traffic_by_weight(cloud):
    lam = cloud.client("lambda")
    create(cloud, "def handler(e, c):\n    return c.function_version\n")
    lam.publish_version(FunctionName="fn")
    lam.update_function_configuration(FunctionName="fn", Timeout=9)
    lam.publish_version(FunctionName="fn")
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1", RoutingConfig=routing)

    seen = {lam.invoke(FunctionName="fn:live")["ExecutedVersion"] for _ in range(30)}

    assert seen == {"1", "2"}


def test_a_version_in_use_by_an_alias_is_not_deleted(cloud):
    lam = cloud.client("lambda")
    create(cloud, ECHO, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")

    with pytest.raises(ClientError) as failing:
        lam.delete_function(FunctionName="fn", Qualifier="1")

    assert error_of(failing)["Code"] == "ResourceConflictException"


def test_a_wrong_revision_changes_nothing(cloud):
    lam = cloud.client("lambda")
    create(cloud, ECHO)

    with pytest.raises(ClientError) as failing:
        lam.update_function_configuration(
            FunctionName="fn", Timeout=9, RevisionId="00000000-0000-4000-8000-000000000000"
        )

    assert error_of(failing)["Code"] == "PreconditionFailedException"
    assert lam.get_function_configuration(FunctionName="fn")["Timeout"] == 3


def test_permissions_are_kept_as_statements_of_a_policy(cloud):
    lam = cloud.client("lambda")
    create(cloud, ECHO)
    lam.add_permission(FunctionName="fn", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                       SourceArn="arn:aws:s3:::bucket")  # fmt: skip

    policy = lam.get_policy(FunctionName="fn")["Policy"]

    assert '"Principal":{"Service":"s3.amazonaws.com"}' in policy
    lam.remove_permission(FunctionName="fn", StatementId="s3")
    with pytest.raises(ClientError, match="The resource you requested does not exist"):
        lam.get_policy(FunctionName="fn")


def test_a_layer_is_found_under_opt(cloud):
    lam = cloud.client("lambda")
    layer = lam.publish_layer_version(
        LayerName="shared", Content={"ZipFile": package(**{"python/shared": "ANSWER = 42\n"})}
    )
    create(cloud, "import shared\n\ndef handler(e, c):\n    return shared.ANSWER\n", Layers=[layer["LayerVersionArn"]])

    assert lam.invoke(FunctionName="fn")["Payload"].read() == b"42"


def test_a_container_image_is_refused_by_name(cloud):
    with pytest.raises(ClientError, match="container images are not supported"):
        cloud.client("lambda").create_function(
            FunctionName="fn",
            Role=ROLE,
            PackageType="Image",
            Code={"ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/x:1"},
        )


@pytest.mark.parametrize(
    "name",
    [
        "fn",
        "function:fn",
        "000000000000:fn",
        "000000000000:function:fn",
        "us-east-1:000000000000:function:fn",
        "arn:aws:lambda:us-east-1:000000000000:function:fn",
    ],
)
def test_a_function_answers_to_every_end_of_its_arn(cloud, name):
    create(cloud, ECHO, Publish=True)
    aws = cloud.client("lambda")

    assert aws.get_function_configuration(FunctionName=name)["Version"] == "$LATEST"
    assert aws.get_function_configuration(FunctionName=f"{name}:1")["Version"] == "1"
