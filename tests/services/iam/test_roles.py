"""Roles: made, shown, changed, deleted; service-linked roles."""

import json

import pytest

from tests.services.iam.asking import refused
from tests.services.iam.conftest import POLICY, TRUST


def test_a_role_is_shown_as_it_was_made(iam):
    made = iam.create_role(
        RoleName="worker", Path="/team/", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}]
    )["Role"]
    got = iam.get_role(RoleName="worker")["Role"]

    assert made["Arn"] == "arn:aws:iam::000000000000:role/team/worker"
    assert made["RoleId"].startswith("AROA")
    assert len(made["RoleId"]) == 21
    assert "MaxSessionDuration" not in made
    assert got["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert (got["MaxSessionDuration"], got["RoleLastUsed"], got["Tags"]) == (3600, {}, [{"Key": "a", "Value": "b"}])


def test_roles_are_listed_by_path_and_in_pages(iam):
    for name, path in (("a", "/x/"), ("b", "/x/"), ("c", "/y/")):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)

    first = iam.list_roles(PathPrefix="/x/", MaxItems=1)
    rest = iam.list_roles(PathPrefix="/x/", Marker=first["Marker"])

    assert [role["RoleName"] for role in first["Roles"]] == ["a"]
    assert ([role["RoleName"] for role in rest["Roles"]], rest["IsTruncated"]) == (["b"], False)


def test_names_differ_in_more_than_case(iam, role):
    assert refused(iam.create_role, RoleName="WORKER", AssumeRolePolicyDocument=TRUST) == (
        "EntityAlreadyExists",
        "Role with name WORKER already exists.",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "This policy contains invalid Json"),
        (POLICY, "Has prohibited field Resource"),
        (
            json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}),
            "Missing required field Principal",
        ),
        (
            json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
    ],
)
def test_a_trust_policy_that_is_none_is_refused(iam, role, text, words):
    assert refused(iam.create_role, RoleName="other", AssumeRolePolicyDocument=text) == (
        "MalformedPolicyDocument",
        words,
    )
    assert refused(iam.update_assume_role_policy, RoleName=role, PolicyDocument=text)[1] == words


def test_a_role_in_use_is_not_deleted(iam, role, policy):
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    attached = refused(iam.delete_role, RoleName=role)
    iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=POLICY)
    inline = refused(iam.delete_role, RoleName=role)
    iam.delete_role_policy(RoleName=role, PolicyName="inline")

    iam.delete_role(RoleName=role)

    assert attached == ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    assert inline == ("DeleteConflict", "Cannot delete entity, must delete policies first.")
    assert refused(iam.get_role, RoleName=role) == (
        "NoSuchEntity",
        "The role with name worker cannot be found.",
    )


def test_a_role_changes(iam, role):
    iam.update_role(RoleName=role, Description="works", MaxSessionDuration=7200)
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.tag_role(RoleName=role, Tags=[{"Key": "Team", "Value": "blue"}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "team", "Value": "red"}])

    got = iam.get_role(RoleName=role)["Role"]

    assert (got["Description"], got["MaxSessionDuration"]) == ("works", 7200)
    assert got["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("ReadOnlyAccess")
    assert got["Tags"] == [{"Key": "team", "Value": "red"}]


def test_a_service_linked_role_belongs_to_its_service(iam):
    made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")["Role"]
    name = made["RoleName"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]

    assert name == "AWSServiceRoleForAutoScaling_x"
    assert made["Path"] == "/aws-service-role/autoscaling.amazonaws.com/"
    assert attached[0]["PolicyArn"] == "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
    assert refused(iam.delete_role, RoleName=name)[0] == "UnmodifiableEntity"

    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]

    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert refused(iam.get_role, RoleName=name)[0] == "NoSuchEntity"


def test_a_service_whose_role_is_unknown_is_refused_by_name(iam):
    code, words = refused(iam.create_service_linked_role, AWSServiceName="nosuch.amazonaws.com")

    assert code == "NotImplemented"
    assert "nosuch.amazonaws.com" in words


def test_roles_are_the_same_in_every_region(cloud, role):
    assert cloud.client("iam", region="eu-west-1").get_role(RoleName=role)["Role"]["RoleName"] == role
