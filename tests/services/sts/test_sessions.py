"""Who asks, sessions of roles and of users."""

import json

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/worker"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture
def sts(cloud):
    cloud.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    return cloud.client("sts")


def client_of(cloud, credentials):
    return cloud.client(
        "sts",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def refused(call, **params):
    with pytest.raises(ClientError) as failing:
        call(**params)
    error = failing.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_unknown_key_is_the_root_user_of_the_account(cloud):
    asked = cloud.client("sts").get_caller_identity()
    other = cloud.client("sts", account="222222222222").get_caller_identity()

    assert (asked["Account"], asked["Arn"]) == ("000000000000", "arn:aws:iam::000000000000:root")
    assert other["Account"] == "222222222222"


def test_a_session_of_a_role_has_the_name_it_was_given(cloud, sts):
    answer = sts.assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=900)
    asked = client_of(cloud, answer["Credentials"]).get_caller_identity()

    assert asked["Arn"] == "arn:aws:sts::000000000000:assumed-role/worker/me"
    assert asked["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert asked["UserId"].startswith("AROA")
    assert answer["Credentials"]["Expiration"].timestamp() == cloud.now + 900


def test_a_role_that_is_not_there_cannot_be_assumed(sts):
    arn = "arn:aws:iam::000000000000:role/nobody"

    assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="me") == (
        "AccessDenied",
        f"User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: {arn}",
    )
    assert refused(sts.assume_role, RoleArn="arn:aws:iam::1:nonsense", RoleSessionName="me")[0] == "ValidationError"


def test_a_session_ends_when_its_role_says(sts):
    code, words = refused(sts.assume_role, RoleArn=ROLE, RoleSessionName="me", DurationSeconds=7200)

    assert (code, words) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_transitive_tags_go_along_and_are_not_replaced(cloud, sts):
    tags = [{"Key": "SessionTag", "Value": "one"}]
    first = sts.assume_role(RoleArn=ROLE, RoleSessionName="aa", Tags=tags, TransitiveTagKeys=["SessionTag"])
    chained = client_of(cloud, first["Credentials"])

    again = {"RoleArn": ROLE, "RoleSessionName": "bb"}
    same = refused(chained.assume_role, **again, Tags=tags)
    other_case = refused(chained.assume_role, **again, Tags=[{"Key": "sessiontag", "Value": "two"}])
    second = chained.assume_role(**again)
    third = refused(client_of(cloud, second["Credentials"]).assume_role, **again, Tags=tags)

    words = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."  # noqa: E501
    assert same == other_case == third == ("InvalidParameterValue", words)


def test_a_transitive_key_must_be_one_of_the_tags(sts):
    how = {"RoleArn": ROLE, "RoleSessionName": "aa", "TransitiveTagKeys": ["absent"]}

    assert (
        refused(sts.assume_role, **how)[1] == "The specified transitive tag key must be included in the requested tags."
    )


def test_a_session_of_a_user_is_that_user(cloud, sts):
    answer = sts.get_session_token()
    inside = client_of(cloud, answer["Credentials"])

    assert inside.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    assert refused(inside.get_session_token) == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )


def test_a_federated_user_has_the_name_it_was_given(cloud, sts):
    answer = sts.get_federation_token(Name="guest")

    assert answer["FederatedUser"]["Arn"] == "arn:aws:sts::000000000000:federated-user/guest"
    asked = client_of(cloud, answer["Credentials"]).get_caller_identity()
    assert asked["Arn"] == answer["FederatedUser"]["Arn"]


def test_an_access_key_tells_its_account(sts):
    key = sts.assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]["AccessKeyId"]

    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == "000000000000"


def test_assuming_a_role_is_written_down(cloud, sts):
    sts.assume_role(RoleArn=ROLE, RoleSessionName="me")

    [assumed] = cloud.records("RoleAssumed")
    assert (assumed.fact.role, assumed.fact.by) == (ROLE, "arn:aws:iam::000000000000:root")
