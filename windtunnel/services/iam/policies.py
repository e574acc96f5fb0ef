"""Managed policies: the account's own, and AWS's, which are known by their ARNs."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.iam import documents
from windtunnel.services.iam.records import Group, ManagedPolicy, PolicyVersion, Role
from windtunnel.services.iam.tables import (
    AWS_MANAGED,
    IamTables,
    delete_conflict,
    no_such_entity,
    page,
    tag_list,
    tag_map,
)


class Policies(IamTables):
    def create_policy(self, ctx, PolicyName, PolicyDocument, Path="/", Description=None, Tags=None):
        documents.check_identity(PolicyDocument)
        arn = self.arn("policy", Path, PolicyName)
        if any(policy.name.lower() == PolicyName.lower() for policy in self.policies.all()):
            message = f"A policy called {PolicyName} already exists. Duplicate names are not allowed."
            raise ApiError("EntityAlreadyExists", message)
        now = float(int(self.clock.now()))
        policy = self.policies.put(
            ManagedPolicy(
                arn=arn,
                name=PolicyName,
                id=self.new_id("ANPA"),
                path=Path,
                created_at=now,
                updated_at=now,
                default="v1",
                versions=(PolicyVersion("v1", PolicyDocument, now),),
                next_version=2,
                description=Description,
                tags=tag_map(Tags),
            )
        )
        return {"Policy": {**self._shown(policy), "Tags": tag_list(policy.tags) or None}}

    def get_policy(self, ctx, PolicyArn):
        if PolicyArn.startswith(AWS_MANAGED):
            return {"Policy": {**self._of_aws(PolicyArn), "Tags": []}}
        policy = self.policy(PolicyArn)
        more = {"Description": policy.description, "Tags": tag_list(policy.tags)}
        return {"Policy": {**self._shown(policy), **more}}

    def list_policies(
        self, ctx, Scope="All", OnlyAttached=False, PathPrefix="/", PolicyUsageFilter=None, Marker=None, MaxItems=None
    ):
        """Of AWS's policies only those are listed that are in use: nobody knows all the others."""
        found: list[dict[str, Any]] = []
        if Scope != "AWS":
            found += [self._shown(policy) for policy in self.policies.all()]
        if Scope != "Local":
            everybody = [*self.roles.all(), *self.users.all(), *self.groups.all()]
            used = {arn for identity in everybody for arn in identity.attached if arn.startswith(AWS_MANAGED)}
            found += [self._of_aws(arn) for arn in sorted(used)]
        if OnlyAttached or PolicyUsageFilter == "PermissionsPolicy":
            found = [policy for policy in found if policy["AttachmentCount"]]
        if PolicyUsageFilter == "PermissionsBoundary":
            found = [policy for policy in found if policy["PermissionsBoundaryUsageCount"]]
        found = [policy for policy in found if policy["Path"].startswith(PathPrefix)]
        return page(found, lambda policy: policy, "Policies", Marker, MaxItems)

    def delete_policy(self, ctx, PolicyArn):
        policy = self.policy(PolicyArn)
        if self.holders(PolicyArn) or self.bounded(PolicyArn):
            raise delete_conflict("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise delete_conflict("This policy has more than one version. Before you delete a policy, you must delete the "
                "policy's versions. The default version is deleted with the policy.")  # fmt: skip
        self.policies.delete(PolicyArn)

    def list_entities_for_policy(
        self, ctx, PolicyArn, EntityFilter=None, PathPrefix="/", PolicyUsageFilter=None, Marker=None, MaxItems=None
    ):
        if PolicyArn not in self.policies and not PolicyArn.startswith(AWS_MANAGED):
            raise no_such_entity(f"Policy {PolicyArn} was not found.")
        holders = [] if PolicyUsageFilter == "PermissionsBoundary" else self.holders(PolicyArn)
        if PolicyUsageFilter != "PermissionsPolicy":
            holders = holders + [each for each in self.bounded(PolicyArn) if each not in holders]
        shown: dict[str, list[dict[str, str]]] = {"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": []}
        for holder in holders:
            kind = "Role" if isinstance(holder, Role) else "Group" if isinstance(holder, Group) else "User"
            if holder.path.startswith(PathPrefix) and EntityFilter in (None, kind):
                shown[f"Policy{kind}s"].append({f"{kind}Name": holder.name, f"{kind}Id": holder.id})
        return {**shown, "IsTruncated": False}

    def _shown(self, policy: ManagedPolicy) -> dict[str, Any]:
        return {
            "PolicyName": policy.name,
            "PolicyId": policy.id,
            "Arn": policy.arn,
            "Path": policy.path,
            "DefaultVersionId": policy.default,
            "AttachmentCount": len(self.holders(policy.arn)),
            "PermissionsBoundaryUsageCount": len(self.bounded(policy.arn)),
            "IsAttachable": True,
            "CreateDate": policy.created_at,
            "UpdateDate": policy.updated_at,
        }

    def _of_aws(self, arn: str) -> dict[str, Any]:
        path, _, name = arn.removeprefix(AWS_MANAGED[:-1]).rpartition("/")
        return {
            "PolicyName": name,
            "PolicyId": "ANPA" + name.upper().encode().hex()[:17].upper(),
            "Arn": arn,
            "Path": f"{path}/",
            "DefaultVersionId": "v1",
            "AttachmentCount": len(self.holders(arn)),
            "PermissionsBoundaryUsageCount": len(self.bounded(arn)),
            "IsAttachable": True,
            "CreateDate": 0.0,
            "UpdateDate": 0.0,
        }
