"""Users, groups, access keys, instance profiles, the account."""

from tests.services.iam.asking import refused
from tests.services.iam.conftest import POLICY


def test_a_user_is_made_renamed_and_deleted(iam):
    made = iam.create_user(UserName="ann", Path="/staff/")["User"]

    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/lead/")
    shown = iam.get_user(UserName="anna")["User"]
    iam.delete_user(UserName="anna")

    assert made["Arn"] == "arn:aws:iam::000000000000:user/staff/ann"
    assert made["UserId"].startswith("AIDA")
    assert (shown["Arn"], shown["UserId"]) == ("arn:aws:iam::000000000000:user/lead/anna", made["UserId"])
    assert refused(iam.get_user, UserName="anna") == ("NoSuchEntity", "The user with name anna cannot be found.")


def test_a_user_in_use_is_not_deleted(iam):
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]

    in_group = refused(iam.delete_user, UserName="ann")
    iam.remove_user_from_group(GroupName="team", UserName="ann")
    with_key = refused(iam.delete_user, UserName="ann")
    iam.delete_access_key(UserName="ann", AccessKeyId=key)
    iam.delete_user(UserName="ann")

    assert in_group == ("DeleteConflict", "Cannot delete entity, must remove users from group first.")
    assert with_key == ("DeleteConflict", "Cannot delete entity, must delete access keys first.")


def test_with_its_access_key_a_client_is_that_user(cloud, iam):
    user = iam.create_user(UserName="ann")["User"]
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    who = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    asked = cloud.client("sts", **who).get_caller_identity()
    own = cloud.client("iam", **who).get_user()["User"]

    assert (asked["Arn"], asked["UserId"]) == (user["Arn"], user["UserId"])
    assert own["UserName"] == "ann"


def test_a_user_has_two_access_keys_at_most(iam):
    iam.create_user(UserName="ann")
    first = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    iam.create_access_key(UserName="ann")

    code, words = refused(iam.create_access_key, UserName="ann")
    iam.update_access_key(UserName="ann", AccessKeyId=first, Status="Inactive")
    listed = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]

    assert (code, words) == ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    assert [each["Status"] for each in listed] == ["Inactive", "Active"]
    assert refused(iam.delete_access_key, UserName="ann", AccessKeyId="AKIA0000000000000000")[0] == "NoSuchEntity"


def test_groups_know_their_users_and_users_their_groups(iam):
    iam.create_group(GroupName="team")
    iam.create_user(UserName="ann")
    iam.add_user_to_group(GroupName="team", UserName="ann")

    assert [user["UserName"] for user in iam.get_group(GroupName="team")["Users"]] == ["ann"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="ann")["Groups"]] == ["team"]
    assert refused(iam.delete_group, GroupName="team")[0] == "DeleteConflict"
    assert refused(iam.create_group, GroupName="team") == (
        "EntityAlreadyExists",
        "Group with name team already exists.",
    )


def test_an_instance_profile_hands_out_one_role(iam, role):
    made = iam.create_instance_profile(InstanceProfileName="machine")["InstanceProfile"]
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName=role)

    in_use = refused(iam.delete_instance_profile, InstanceProfileName="machine")
    held = refused(iam.delete_role, RoleName=role)
    listed = iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]

    assert made["Arn"] == "arn:aws:iam::000000000000:instance-profile/machine"
    assert [each["RoleName"] for each in listed[0]["Roles"]] == [role]
    assert (
        in_use
        == held
        == (
            "DeleteConflict",
            "Cannot delete entity, must remove roles from instance profile first.",
        )
    )


def test_a_credential_for_one_service_goes_through_its_life(iam):
    iam.create_user(UserName="ann")
    made = iam.create_service_specific_credential(UserName="ann", ServiceName="codecommit.amazonaws.com")
    made = made["ServiceSpecificCredential"]
    which = {"UserName": "ann", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}

    iam.update_service_specific_credential(**which, Status="Inactive")
    listed = iam.list_service_specific_credentials(UserName="ann")["ServiceSpecificCredentials"]
    again = iam.reset_service_specific_credential(**which)["ServiceSpecificCredential"]

    assert made["ServiceUserName"] == "ann-at-000000000000"
    assert (listed[0]["Status"], "ServicePassword" in listed[0]) == ("Inactive", False)
    assert again["ServicePassword"] != made["ServicePassword"]
    assert refused(iam.delete_user, UserName="ann") == (
        "DeleteConflict",
        "Cannot delete entity, must remove referenced objects first.",
    )
    assert refused(iam.delete_service_specific_credential, **{**which, "UserName": "wrong"}) == (
        "NoSuchEntity",
        "The user with name wrong cannot be found.",
    )


def test_the_account_counts_what_it_has(iam, role):
    iam.create_policy(PolicyName="p", PolicyDocument=POLICY)
    iam.create_account_alias(AccountAlias="our-company")

    counted = iam.get_account_summary()["SummaryMap"]

    assert (counted["Roles"], counted["Policies"], counted["Users"], counted["RolesQuota"]) == (1, 1, 0, 1000)
    assert iam.list_account_aliases()["AccountAliases"] == ["our-company"]
