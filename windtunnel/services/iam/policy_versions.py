"""Versions of managed policies: up to five, of which one is in force."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.iam import documents
from windtunnel.services.iam.records import ManagedPolicy, PolicyVersion
from windtunnel.services.iam.tables import AWS_MANAGED, IamTables, delete_conflict, encoded, no_such_entity, page

MAXIMUM = 5


class PolicyVersions(IamTables):
    def create_policy_version(self, ctx, PolicyArn, PolicyDocument, SetAsDefault=False):
        documents.check_identity(PolicyDocument)
        policy = self.policy(PolicyArn)
        if len(policy.versions) >= MAXIMUM:
            raise ApiError("LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, "
                "you must delete an existing version.")  # fmt: skip
        now = float(int(self.clock.now()))
        made = PolicyVersion(f"v{policy.next_version}", PolicyDocument, now)
        policy = self.policies.put(
            replace(
                policy,
                versions=(made, *policy.versions),
                next_version=policy.next_version + 1,
                default=made.id if SetAsDefault else policy.default,
                updated_at=now,
            )
        )
        return {"PolicyVersion": _listed(policy, made)}

    def get_policy_version(self, ctx, PolicyArn, VersionId):
        if PolicyArn.startswith(AWS_MANAGED):
            raise NotImplementedHere(f"The document of the AWS managed policy {PolicyArn}")
        policy = self.policy(PolicyArn)
        version = self._version(policy, VersionId)
        return {"PolicyVersion": {**_listed(policy, version), "Document": encoded(version.document)}}

    def list_policy_versions(self, ctx, PolicyArn, Marker=None, MaxItems=None):
        policy = self.policy(PolicyArn)
        return page(list(policy.versions), lambda version: _listed(policy, version), "Versions", Marker, MaxItems)

    def delete_policy_version(self, ctx, PolicyArn, VersionId):
        policy = self.policy(PolicyArn)
        version = self._version(policy, VersionId)
        if version.id == policy.default:
            raise delete_conflict("Cannot delete the default version of a policy.")
        self.policies.put(replace(policy, versions=tuple(each for each in policy.versions if each is not version)))

    def set_default_policy_version(self, ctx, PolicyArn, VersionId):
        policy = self.policy(PolicyArn)
        version = self._version(policy, VersionId)
        self.policies.put(replace(policy, default=version.id, updated_at=float(int(self.clock.now()))))

    def _version(self, policy: ManagedPolicy, id: str) -> PolicyVersion:
        found = policy.version(id)
        if found is None:
            raise no_such_entity(f"Policy {policy.arn} version {id} does not exist or is not attachable.")
        return found


def _listed(policy: ManagedPolicy, version: PolicyVersion) -> dict[str, Any]:
    return {
        "VersionId": version.id,
        "IsDefaultVersion": version.id == policy.default,
        "CreateDate": version.created_at,
    }
