"""Users: making, showing, renaming and deleting them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.operations import Context
from windtunnel.services.iam.records import User
from windtunnel.services.iam.tables import (
    IamTables,
    boundary,
    delete_conflict,
    no_such_entity,
    page,
    tag_list,
    tag_map,
)


class Users(IamTables):
    def create_user(self, ctx, UserName, Path="/", PermissionsBoundary=None, Tags=None):
        self.check_new(self.users, UserName, f"User with name {UserName} already exists.")
        if PermissionsBoundary:
            self.check_attachable(PermissionsBoundary)
        user = self.users.put(
            User(
                name=UserName,
                id=self.new_id("AIDA"),
                path=Path,
                arn=self.arn("user", Path, UserName),
                created_at=float(int(self.clock.now())),
                tags=tag_map(Tags),
                boundary=PermissionsBoundary or "",
            )
        )
        return {"User": described(user)}

    def get_user(self, ctx, UserName=None):
        if UserName is None and ctx.principal.endswith(":root"):
            root = {"UserId": self.home.account, "Arn": ctx.principal, "CreateDate": 0.0}
            return {"User": {**root, "Path": "/", "UserName": "root"}}
        return {"User": described(self.user(self.name_or_own(ctx, UserName)))}

    def name_or_own(self, ctx: Context, name: str | None) -> str:
        """The user that a call is about: the one that asks, where it names none."""
        return ctx.principal.rsplit("/", 1)[-1] if name is None else name

    def list_users(self, ctx, PathPrefix="/", Marker=None, MaxItems=None):
        found = sorted((user for user in self.users.all() if user.path.startswith(PathPrefix)), key=lambda u: u.name)
        return page(found, shown, "Users", Marker, MaxItems)

    def update_user(self, ctx, UserName, NewPath=None, NewUserName=None):
        user = self.user(UserName)
        name, path = NewUserName or user.name, NewPath or user.path
        if name.lower() != UserName.lower():
            self.check_new(self.users, name, f"User with name {name} already exists.")
        renamed = replace(user, name=name, path=path, arn=self.arn("user", path, name))
        if name == UserName:
            self.users.put(renamed)
            return
        self.users.delete(UserName)
        self.users.put(renamed)
        for key in self.keys.all(UserName):
            self.keys.delete(UserName, key.id)
            self.keys.put(replace(key, user=name))
            known = self.home.cloud.credentials.find(key.id)
            if known is not None:
                self.home.cloud.credentials.add(replace(known, principal=renamed.arn))
        for credential in self.service_credentials.all(UserName):
            self.service_credentials.delete(UserName, credential.id)
            self.service_credentials.put(replace(credential, user=name))
        for group in self.groups.all():
            if UserName in group.members:
                members = tuple(name if member == UserName else member for member in group.members)
                self.groups.put(replace(group, members=members))

    def delete_user(self, ctx, UserName):
        user = self.user(UserName)
        if any(UserName in group.members for group in self.groups.all()):
            raise delete_conflict("Cannot delete entity, must remove users from group first.")
        if user.attached:
            raise delete_conflict("Cannot delete entity, must detach all policies first.")
        if user.inline:
            raise delete_conflict("Cannot delete entity, must delete policies first.")
        if self.keys.count(UserName):
            raise delete_conflict("Cannot delete entity, must delete access keys first.")
        if self.service_credentials.count(UserName):
            raise delete_conflict("Cannot delete entity, must remove referenced objects first.")
        self.users.delete(UserName)

    def put_user_permissions_boundary(self, ctx, UserName, PermissionsBoundary):
        user = self.user(UserName)
        self.check_attachable(PermissionsBoundary)
        self.users.put(replace(user, boundary=PermissionsBoundary))

    def delete_user_permissions_boundary(self, ctx, UserName):
        user = self.user(UserName)
        if not user.boundary:
            raise no_such_entity(f"The user with name {UserName} does not have a permissions boundary.")
        self.users.put(replace(user, boundary=""))


def shown(user: User) -> dict[str, Any]:
    """A user as lists show it."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.created_at,
    }


def described(user: User) -> dict[str, Any]:
    """A user as it is shown alone."""
    return {**shown(user), "Tags": tag_list(user.tags) or None, "PermissionsBoundary": boundary(user.boundary)}
