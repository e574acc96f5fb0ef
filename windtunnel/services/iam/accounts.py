"""What IAM knows of the account as a whole."""

from __future__ import annotations

from windtunnel.aws.errors import ApiError
from windtunnel.services.iam.records import AccountAlias
from windtunnel.services.iam.tables import IamTables, no_such_entity, page

# AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_QUOTAS = {
    "AccessKeysPerUserQuota": 2,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GlobalEndpointTokenVersion": 1,
    "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1000,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144,
    "PolicyVersionsInUseQuota": 10000,
    "RolePolicySizeQuota": 10240,
    "RolesQuota": 1000,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": 2048,
    "UsersQuota": 5000,
    "VersionsPerPolicyQuota": 5,
}


class Accounts(IamTables):
    def get_account_summary(self, ctx):
        counts = {
            "AccountAccessKeysPresent": 0,
            "AccountMFAEnabled": 0,
            "AccountPasswordPresent": 1,
            "AccountSigningCertificatesPresent": 0,
            "Groups": self.groups.count(),
            "InstanceProfiles": self.profiles.count(),
            "MFADevices": 0,
            "MFADevicesInUse": 0,
            "Policies": self.policies.count(),
            "PolicyVersionsInUse": sum(len(policy.versions) for policy in self.policies.all()),
            "Providers": 0,
            "Roles": self.roles.count(),
            "ServerCertificates": 0,
            "Users": self.users.count(),
        }
        return {"SummaryMap": {**counts, **_QUOTAS}}

    def create_account_alias(self, ctx, AccountAlias):
        self.aliases.clear()
        self._alias(AccountAlias)

    def list_account_aliases(self, ctx, Marker=None, MaxItems=None):
        return page(self.aliases.all(), lambda record: record.alias, "AccountAliases", Marker, MaxItems)

    def delete_account_alias(self, ctx, AccountAlias):
        if self.aliases.delete(AccountAlias) is None:
            raise no_such_entity(f"The account alias {AccountAlias} does not exist.")

    def _alias(self, alias: str) -> None:
        if not 3 <= len(alias) <= 63:
            raise ApiError("ValidationError", "The specified value for accountAlias is invalid.")
        self.aliases.put(AccountAlias(alias))
