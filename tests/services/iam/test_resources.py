"""AWS::IAM::* in templates."""

import json

import pytest

from tests.services.iam.asking import refused

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "worker",
                "Path": "/app/",
                "AssumeRolePolicyDocument": TRUST,
                "ManagedPolicyArns": [BASIC],
                "Policies": [{"PolicyName": "inline", "PolicyDocument": DOCUMENT}],
                "MaxSessionDuration": 7200,
                "Tags": [{"Key": "team", "Value": "blue"}],
            },
        },
        "Shared": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "shared", "PolicyDocument": DOCUMENT, "Roles": [{"Ref": "Role"}]},
        },
        "Managed": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"ManagedPolicyName": "managed", "PolicyDocument": DOCUMENT, "Users": [{"Ref": "User"}]},
        },
        "Group": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "team"}},
        "User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "ann", "Groups": [{"Ref": "Group"}]}},
        "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "User"}}},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
    },
    "Outputs": {
        "RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}},
        "RoleId": {"Value": {"Fn::GetAtt": ["Role", "RoleId"]}},
        "PolicyArn": {"Value": {"Ref": "Managed"}},
        "KeyId": {"Value": {"Ref": "Key"}},
    },
}


@pytest.fixture
def deployed(cloud):
    """Deploys a template as the stack `app`; gives its outputs."""
    cloudformation = cloud.client("cloudformation")

    def deploy(template, again=False):
        act = cloudformation.update_stack if again else cloudformation.create_stack
        act(StackName="app", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
        cloud.settle()
        stack = cloudformation.describe_stacks(StackName="app")["Stacks"][0]
        assert stack["StackStatus"] == ("UPDATE_COMPLETE" if again else "CREATE_COMPLETE"), stack
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    return deploy


def test_identities_are_made_as_the_template_says(iam, deployed):
    outputs = deployed(TEMPLATE)

    role = iam.get_role(RoleName="worker")["Role"]
    assert outputs["RoleArn"] == role["Arn"] == "arn:aws:iam::000000000000:role/app/worker"
    assert (outputs["RoleId"], role["MaxSessionDuration"]) == (role["RoleId"], 7200)
    assert iam.list_role_policies(RoleName="worker")["PolicyNames"] == ["inline", "shared"]
    assert iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"][0]["PolicyArn"] == BASIC
    assert iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"][0]["PolicyArn"] == outputs["PolicyArn"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="ann")["Groups"]] == ["team"]
    assert iam.list_access_keys(UserName="ann")["AccessKeyMetadata"][0]["AccessKeyId"] == outputs["KeyId"]


def test_what_the_template_says_anew_is_changed_in_place(iam, deployed):
    before = deployed(TEMPLATE)
    changed = json.loads(json.dumps(TEMPLATE))
    properties = changed["Resources"]["Role"]["Properties"]
    properties["Policies"] = [{"PolicyName": "other", "PolicyDocument": DOCUMENT}]
    properties["ManagedPolicyArns"] = []
    properties["Description"] = "works"

    after = deployed(changed, again=True)

    assert after["RoleId"] == before["RoleId"]
    assert iam.list_role_policies(RoleName="worker")["PolicyNames"] == ["other", "shared"]
    assert iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"] == []
    assert iam.get_role(RoleName="worker")["Role"]["Description"] == "works"


def test_a_deleted_stack_leaves_nobody(cloud, iam, deployed):
    deployed(TEMPLATE)

    cloud.client("cloudformation").delete_stack(StackName="app")
    cloud.settle()

    assert refused(iam.get_role, RoleName="worker")[0] == "NoSuchEntity"
    assert iam.list_users()["Users"] == iam.list_groups()["Groups"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == iam.list_instance_profiles()["InstanceProfiles"] == []
