"""Layers: numbered versions, and who may use them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import package

GRANT = {"StatementId": "s1", "Action": "lambda:GetLayerVersion", "Principal": "*"}


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
