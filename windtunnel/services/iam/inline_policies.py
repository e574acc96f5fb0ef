"""Policies that are part of a role, user or group."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from windtunnel.kernel.tables import Rows
from windtunnel.services.iam import documents
from windtunnel.services.iam.records import Identity
from windtunnel.services.iam.tables import IamTables, encoded, no_such_entity, page

Holder = TypeVar("Holder", bound=Identity)


class InlinePolicies(IamTables):
    def put_role_policy(self, ctx, RoleName, PolicyName, PolicyDocument):
        self._put(self.roles, self.noun("Roles").changeable(RoleName), PolicyName, PolicyDocument)

    def put_user_policy(self, ctx, UserName, PolicyName, PolicyDocument):
        self._put(self.users, self.user(UserName), PolicyName, PolicyDocument)

    def put_group_policy(self, ctx, GroupName, PolicyName, PolicyDocument):
        self._put(self.groups, self.group(GroupName), PolicyName, PolicyDocument)

    def get_role_policy(self, ctx, RoleName, PolicyName):
        return self._get(self.role(RoleName), "Role", PolicyName)

    def get_user_policy(self, ctx, UserName, PolicyName):
        return self._get(self.user(UserName), "User", PolicyName)

    def get_group_policy(self, ctx, GroupName, PolicyName):
        return self._get(self.group(GroupName), "Group", PolicyName)

    def delete_role_policy(self, ctx, RoleName, PolicyName):
        self._delete(self.roles, self.noun("Roles").changeable(RoleName), "role", PolicyName)

    def delete_user_policy(self, ctx, UserName, PolicyName):
        self._delete(self.users, self.user(UserName), "user", PolicyName)

    def delete_group_policy(self, ctx, GroupName, PolicyName):
        self._delete(self.groups, self.group(GroupName), "group", PolicyName)

    def list_role_policies(self, ctx, RoleName, Marker=None, MaxItems=None):
        return page(sorted(self.role(RoleName).inline), str, "PolicyNames", Marker, MaxItems)

    def list_user_policies(self, ctx, UserName, Marker=None, MaxItems=None):
        return page(sorted(self.user(UserName).inline), str, "PolicyNames", Marker, MaxItems)

    def list_group_policies(self, ctx, GroupName, Marker=None, MaxItems=None):
        return page(sorted(self.group(GroupName).inline), str, "PolicyNames", Marker, MaxItems)

    def _put(self, rows: Rows[Holder], holder: Holder, name: str, document: str) -> None:
        documents.check_identity(document)
        rows.put(replace(holder, inline={**holder.inline, name: document}))

    def _get(self, holder: Identity, kind: str, name: str) -> dict[str, Any]:
        document = holder.inline.get(name)
        if document is None:
            raise _no_such_policy(kind.lower(), name)
        return {f"{kind}Name": holder.name, "PolicyName": name, "PolicyDocument": encoded(document)}

    def _delete(self, rows: Rows[Holder], holder: Holder, kind: str, name: str) -> None:
        if name not in holder.inline:
            raise _no_such_policy(kind, name)
        rows.put(replace(holder, inline={other: text for other, text in holder.inline.items() if other != name}))


def _no_such_policy(kind: str, name: str) -> Exception:
    return no_such_entity(f"The {kind} policy with name {name} cannot be found.")
