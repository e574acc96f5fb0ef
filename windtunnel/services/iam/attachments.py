"""Managed policies attached to roles, users and groups."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from windtunnel.kernel.tables import Rows
from windtunnel.services.iam.records import Identity
from windtunnel.services.iam.tables import IamTables, limit_exceeded, no_such_entity, page

MAXIMUM = 10
Holder = TypeVar("Holder", bound=Identity)


class Attachments(IamTables):
    def attach_role_policy(self, ctx, RoleName, PolicyArn):
        self._attach(self.roles, self.noun("Roles").changeable(RoleName), PolicyArn, "PoliciesPerRole")

    def attach_user_policy(self, ctx, UserName, PolicyArn):
        self._attach(self.users, self.user(UserName), PolicyArn, "PoliciesPerUser")

    def attach_group_policy(self, ctx, GroupName, PolicyArn):
        self._attach(self.groups, self.group(GroupName), PolicyArn, "PoliciesPerGroup")

    def detach_role_policy(self, ctx, RoleName, PolicyArn):
        self._detach(self.roles, self.noun("Roles").changeable(RoleName), PolicyArn)

    def detach_user_policy(self, ctx, UserName, PolicyArn):
        self._detach(self.users, self.user(UserName), PolicyArn)

    def detach_group_policy(self, ctx, GroupName, PolicyArn):
        self._detach(self.groups, self.group(GroupName), PolicyArn)

    def list_attached_role_policies(self, ctx, RoleName, PathPrefix="/", Marker=None, MaxItems=None):
        return self._listed(self.role(RoleName), PathPrefix, Marker, MaxItems)

    def list_attached_user_policies(self, ctx, UserName, PathPrefix="/", Marker=None, MaxItems=None):
        return self._listed(self.user(UserName), PathPrefix, Marker, MaxItems)

    def list_attached_group_policies(self, ctx, GroupName, PathPrefix="/", Marker=None, MaxItems=None):
        return self._listed(self.group(GroupName), PathPrefix, Marker, MaxItems)

    def _attach(self, rows: Rows[Holder], holder: Holder, policy: str, quota: str) -> None:
        self.check_attachable(policy)
        if policy in holder.attached:
            return
        if len(holder.attached) >= MAXIMUM:
            raise limit_exceeded(quota, MAXIMUM)
        rows.put(replace(holder, attached=(*holder.attached, policy)))

    def _detach(self, rows: Rows[Holder], holder: Holder, policy: str) -> None:
        if policy not in holder.attached:
            raise no_such_entity(f"Policy {policy} was not found.")
        rows.put(replace(holder, attached=tuple(arn for arn in holder.attached if arn != policy)))

    def _listed(self, holder: Identity, prefix: str, marker: str | None, limit: int | None) -> dict[str, Any]:
        found = [arn for arn in holder.attached if _path(arn).startswith(prefix)]
        return page(
            found,
            lambda arn: {"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn},
            "AttachedPolicies",
            marker,
            limit,
        )


def _path(arn: str) -> str:
    """The path of a policy: `/` or `/division/`."""
    return arn.partition(":policy")[2].rpartition("/")[0] + "/"
