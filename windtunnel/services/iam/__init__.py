"""AWS IAM: roles, users, groups, policies, instance profiles, access keys; and whether somebody may do something."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="iam",
    nouns=(
        "roles.Roles",
        "users.Users",
        "groups.Groups",
        "policies.Policies",
        "policy_versions.PolicyVersions",
        "attachments.Attachments",
        "inline_policies.InlinePolicies",
        "tagging.Tagging",
        "instance_profiles.InstanceProfiles",
        "access_keys.AccessKeys",
        "service_roles.ServiceRoles",
        "service_credentials.ServiceCredentials",
        "accounts.Accounts",
        "grants.Grants",
        "decisions.Decisions",
    ),
    types={
        "AWS::IAM::Role": "resources.RoleType",
        "AWS::IAM::User": "resources.UserType",
        "AWS::IAM::Group": "resources.GroupType",
        "AWS::IAM::Policy": "policy_resources.PolicyType",
        "AWS::IAM::RolePolicy": "policy_resources.RolePolicyType",
        "AWS::IAM::ManagedPolicy": "policy_resources.ManagedPolicyType",
        "AWS::IAM::InstanceProfile": "resources.InstanceProfileType",
        "AWS::IAM::AccessKey": "resources.AccessKeyType",
        "AWS::IAM::UserToGroupAddition": "resources.UserToGroupAdditionType",
    },
    world_wide=True,
)
