"""Managed and inline policies."""

import json

import pytest

from tests.services.iam.asking import refused
from tests.services.iam.conftest import POLICY

AWS_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_a_policy_is_shown_with_its_uses(iam, role, policy):
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)

    shown = iam.get_policy(PolicyArn=policy)["Policy"]
    entities = iam.list_entities_for_policy(PolicyArn=policy)

    assert policy == "arn:aws:iam::000000000000:policy/read"
    assert (shown["DefaultVersionId"], shown["AttachmentCount"], shown["IsAttachable"]) == ("v1", 1, True)
    assert shown["PermissionsBoundaryUsageCount"] == 0
    assert [each["RoleName"] for each in entities["PolicyRoles"]] == [role]
    assert refused(iam.delete_policy, PolicyArn=policy) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )


def test_a_policy_has_up_to_five_versions(iam, policy):
    for _ in range(4):
        made = iam.create_policy_version(PolicyArn=policy, PolicyDocument=POLICY, SetAsDefault=True)["PolicyVersion"]

    code, _ = refused(iam.create_policy_version, PolicyArn=policy, PolicyDocument=POLICY)
    default = refused(iam.delete_policy_version, PolicyArn=policy, VersionId="v5")
    iam.delete_policy_version(PolicyArn=policy, VersionId="v1")
    versions = iam.list_policy_versions(PolicyArn=policy)["Versions"]

    assert (made["VersionId"], made["IsDefaultVersion"], code) == ("v5", True, "LimitExceeded")
    assert default == ("DeleteConflict", "Cannot delete the default version of a policy.")
    assert [each["VersionId"] for each in versions] == ["v5", "v4", "v3", "v2"]
    assert iam.get_policy_version(PolicyArn=policy, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(POLICY)


def test_policies_of_aws_are_taken_by_their_arn(iam, role):
    iam.attach_role_policy(RoleName=role, PolicyArn=AWS_POLICY)

    shown = iam.get_policy(PolicyArn=AWS_POLICY)["Policy"]

    assert (shown["PolicyName"], shown["Path"]) == ("AWSLambdaBasicExecutionRole", "/service-role/")
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == [
        {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": AWS_POLICY}
    ]
    assert refused(iam.get_policy_version, PolicyArn=AWS_POLICY, VersionId="v1")[0] == "NotImplemented"


def test_a_policy_that_is_not_there_is_named(iam, role):
    arn = "arn:aws:iam::000000000000:policy/non-existent"

    assert refused(iam.delete_policy, PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")
    assert refused(iam.attach_role_policy, RoleName=role, PolicyArn=arn) == (
        "NoSuchEntity",
        f"Policy {arn} does not exist or is not attachable.",
    )


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Effect": "Allow", "Action": "s3:*"}, "Policy statement must contain resources."),
        ({"Effect": "Allow", "Resource": "*"}, "Policy statement must contain actions."),
        ({"Effect": "Allow", "Action": "s3:*", "Resource": "bucket"}, 'Resource bucket must be in ARN format or "*".'),
        (
            {"Effect": "Allow", "Action": "GetObject", "Resource": "*"},
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"},
            "Policy document should not specify a principal.",
        ),
        ({"Effect": "Perhaps", "Action": "s3:*", "Resource": "*"}, "Syntax errors in policy."),
    ],
)
def test_a_document_that_is_no_policy_is_refused(iam, role, statement, words):
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    assert refused(iam.create_policy, PolicyName="p", PolicyDocument=text) == ("MalformedPolicyDocument", words)
    assert refused(iam.put_role_policy, RoleName=role, PolicyName="p", PolicyDocument=text)[1] == words


def test_an_inline_policy_comes_back_letter_by_letter(iam):
    iam.create_group(GroupName="team")
    resource = "arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3Aapigateway"
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["apigateway:PUT"], "Resource": [resource]}],
    }

    iam.put_group_policy(GroupName="team", PolicyName="p", PolicyDocument=json.dumps(document))

    assert iam.get_group_policy(GroupName="team", PolicyName="p")["PolicyDocument"] == document
    assert iam.list_group_policies(GroupName="team")["PolicyNames"] == ["p"]
    assert refused(iam.get_group_policy, GroupName="team", PolicyName="q") == (
        "NoSuchEntity",
        "The group policy with name q cannot be found.",
    )


@pytest.mark.parametrize("condition", [{"StringLooks": {"aws:username": "a"}}, {"NumericEquals": {"x": "ten"}}, "no"])
def test_a_condition_that_nobody_could_judge_is_refused(iam, condition):
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})

    code, _ = refused(lambda: iam.create_policy(PolicyName="p", PolicyDocument=document))

    assert code == "MalformedPolicyDocument"
