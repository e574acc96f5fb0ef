"""Roles: making, showing, changing and deleting them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.iam import documents
from windtunnel.services.iam.records import Role
from windtunnel.services.iam.tables import (
    IamTables,
    boundary,
    delete_conflict,
    encoded,
    no_such_entity,
    page,
    tag_list,
    tag_map,
)

OF_SERVICES = "/aws-service-role/"


class Roles(IamTables):
    def create_role(
        self, ctx, RoleName, AssumeRolePolicyDocument, Path="/", Description=None, MaxSessionDuration=3600,
        PermissionsBoundary=None, Tags=None,
    ):  # fmt: skip
        documents.check_trust(AssumeRolePolicyDocument)
        self.check_new(self.roles, RoleName, f"Role with name {RoleName} already exists.")
        if PermissionsBoundary:
            self.check_attachable(PermissionsBoundary)
        role = self.make(RoleName, AssumeRolePolicyDocument, Path, Description, MaxSessionDuration)
        role = self.roles.put(replace(role, boundary=PermissionsBoundary or "", tags=tag_map(Tags)))
        return {
            "Role": {**shown(role), "Tags": tag_list(role.tags) or None, "PermissionsBoundary": boundary(role.boundary)}
        }

    def make(self, name: str, trust: str, path: str, description: str | None, session_s: int) -> Role:
        """A role that is not stored yet."""
        return Role(
            name=name,
            id=self.new_id("AROA"),
            path=path,
            arn=self.arn("role", path, name),
            created_at=float(int(self.clock.now())),
            trust=trust,
            description=description,
            session_s=session_s,
        )

    def get_role(self, ctx, RoleName):
        role = self.role(RoleName)
        more = {
            "Tags": tag_list(role.tags) or None,
            "PermissionsBoundary": boundary(role.boundary),
            "MaxSessionDuration": role.session_s,
            "RoleLastUsed": {},
        }
        return {"Role": {**shown(role), **more}}

    def list_roles(self, ctx, PathPrefix="/", Marker=None, MaxItems=None):
        found = sorted((role for role in self.roles.all() if role.path.startswith(PathPrefix)), key=lambda r: r.name)
        return page(
            found, lambda role: {**shown(role), "MaxSessionDuration": role.session_s}, "Roles", Marker, MaxItems
        )

    def delete_role(self, ctx, RoleName):
        role = self.changeable(RoleName)
        if role.attached:
            raise delete_conflict("Cannot delete entity, must detach all policies first.")
        if role.inline:
            raise delete_conflict("Cannot delete entity, must delete policies first.")
        if any(RoleName in profile.roles for profile in self.profiles.all()):
            raise delete_conflict("Cannot delete entity, must remove roles from instance profile first.")
        self.roles.delete(RoleName)

    def update_role(self, ctx, RoleName, Description=None, MaxSessionDuration=None):
        role = self.changeable(RoleName)
        description = role.description if Description is None else Description
        self.roles.put(replace(role, description=description, session_s=MaxSessionDuration or role.session_s))

    def update_role_description(self, ctx, RoleName, Description):
        role = self.roles.put(replace(self.changeable(RoleName), description=Description))
        return {"Role": {**shown(role), "MaxSessionDuration": role.session_s}}

    def update_assume_role_policy(self, ctx, RoleName, PolicyDocument):
        role = self.changeable(RoleName)
        documents.check_trust(PolicyDocument)
        self.roles.put(replace(role, trust=PolicyDocument))

    def put_role_permissions_boundary(self, ctx, RoleName, PermissionsBoundary):
        role = self.changeable(RoleName)
        self.check_attachable(PermissionsBoundary)
        self.roles.put(replace(role, boundary=PermissionsBoundary))

    def delete_role_permissions_boundary(self, ctx, RoleName):
        role = self.changeable(RoleName)
        if not role.boundary:
            raise no_such_entity(f"The role with name {RoleName} does not have a permissions boundary.")
        self.roles.put(replace(role, boundary=""))

    def changeable(self, name: str) -> Role:
        """Raises UnmodifiableEntity for a role that belongs to a service."""
        role = self.role(name)
        if role.path.startswith(OF_SERVICES):
            message = (
                f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
            )
            raise ApiError("UnmodifiableEntity", message)
        return role


def shown(role: Role) -> dict[str, Any]:
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.created_at,
        "AssumeRolePolicyDocument": encoded(role.trust),
        "Description": role.description,
    }
