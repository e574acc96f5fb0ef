"""Groups of users."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.services.iam import users
from windtunnel.services.iam.records import Group
from windtunnel.services.iam.tables import IamTables, delete_conflict, page


class Groups(IamTables):
    def create_group(self, ctx, GroupName, Path="/"):
        self.check_new(self.groups, GroupName, f"Group with name {GroupName} already exists.")
        group = self.groups.put(
            Group(
                name=GroupName,
                id=self.new_id("AGPA"),
                path=Path,
                arn=self.arn("group", Path, GroupName),
                created_at=float(int(self.clock.now())),
            )
        )
        return {"Group": shown(group)}

    def get_group(self, ctx, GroupName, Marker=None, MaxItems=None):
        group = self.group(GroupName)
        members = [self.user(name) for name in group.members]
        return {"Group": shown(group), **page(members, users.shown, "Users", Marker, MaxItems)}

    def list_groups(self, ctx, PathPrefix="/", Marker=None, MaxItems=None):
        found = sorted(
            (group for group in self.groups.all() if group.path.startswith(PathPrefix)), key=lambda g: g.name
        )
        return page(found, shown, "Groups", Marker, MaxItems)

    def list_groups_for_user(self, ctx, UserName, Marker=None, MaxItems=None):
        self.user(UserName)
        found = [group for group in self.groups.all() if UserName in group.members]
        return page(found, shown, "Groups", Marker, MaxItems)

    def update_group(self, ctx, GroupName, NewPath=None, NewGroupName=None):
        group = self.group(GroupName)
        name, path = NewGroupName or group.name, NewPath or group.path
        if name.lower() != GroupName.lower():
            self.check_new(self.groups, name, f"Group with name {name} already exists.")
        self.groups.delete(GroupName)
        self.groups.put(replace(group, name=name, path=path, arn=self.arn("group", path, name)))

    def delete_group(self, ctx, GroupName):
        group = self.group(GroupName)
        if group.members:
            raise delete_conflict("Cannot delete entity, must remove users from group first.")
        if group.attached:
            raise delete_conflict("Cannot delete entity, must detach all policies first.")
        if group.inline:
            raise delete_conflict("Cannot delete entity, must delete policies first.")
        self.groups.delete(GroupName)

    def add_user_to_group(self, ctx, GroupName, UserName):
        group = self.group(GroupName)
        self.user(UserName)
        if UserName not in group.members:
            self.groups.put(replace(group, members=(*group.members, UserName)))

    def remove_user_from_group(self, ctx, GroupName, UserName):
        group = self.group(GroupName)
        self.user(UserName)
        self.groups.put(replace(group, members=tuple(name for name in group.members if name != UserName)))


def shown(group: Group) -> dict[str, Any]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.created_at,
    }
