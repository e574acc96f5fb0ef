"""Tags of roles, users, managed policies and instance profiles."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.kernel.tables import Rows
from windtunnel.services.iam.tables import IamTables, limit_exceeded, page, tag_list, tag_map

MAXIMUM = 50


class Tagging(IamTables):
    def tag_role(self, ctx, RoleName, Tags):
        self._tag(self.roles, self.noun("Roles").changeable(RoleName), Tags)

    def untag_role(self, ctx, RoleName, TagKeys):
        self._untag(self.roles, self.noun("Roles").changeable(RoleName), TagKeys)

    def list_role_tags(self, ctx, RoleName, Marker=None, MaxItems=None):
        return page(tag_list(self.role(RoleName).tags), dict, "Tags", Marker, MaxItems)

    def tag_user(self, ctx, UserName, Tags):
        self._tag(self.users, self.user(UserName), Tags)

    def untag_user(self, ctx, UserName, TagKeys):
        self._untag(self.users, self.user(UserName), TagKeys)

    def list_user_tags(self, ctx, UserName, Marker=None, MaxItems=None):
        return page(tag_list(self.user(UserName).tags), dict, "Tags", Marker, MaxItems)

    def tag_policy(self, ctx, PolicyArn, Tags):
        self._tag(self.policies, self.policy(PolicyArn), Tags)

    def untag_policy(self, ctx, PolicyArn, TagKeys):
        self._untag(self.policies, self.policy(PolicyArn), TagKeys)

    def list_policy_tags(self, ctx, PolicyArn, Marker=None, MaxItems=None):
        return page(tag_list(self.policy(PolicyArn).tags), dict, "Tags", Marker, MaxItems)

    def tag_instance_profile(self, ctx, InstanceProfileName, Tags):
        self._tag(self.profiles, self.profile(InstanceProfileName), Tags)

    def untag_instance_profile(self, ctx, InstanceProfileName, TagKeys):
        self._untag(self.profiles, self.profile(InstanceProfileName), TagKeys)

    def list_instance_profile_tags(self, ctx, InstanceProfileName, Marker=None, MaxItems=None):
        return page(tag_list(self.profile(InstanceProfileName).tags), dict, "Tags", Marker, MaxItems)

    def _tag(self, rows: Rows[Any], record: Any, tags: list[dict[str, str]]) -> None:
        added = tag_map(tags)
        lowered = {key.lower() for key in added}
        kept = {key: value for key, value in record.tags.items() if key.lower() not in lowered}
        if len(kept) + len(added) > MAXIMUM:
            raise limit_exceeded("TagsPerResource", MAXIMUM)
        rows.put(replace(record, tags={**kept, **added}))

    def _untag(self, rows: Rows[Any], record: Any, keys: list[str]) -> None:
        lowered = {key.lower() for key in keys}
        rows.put(replace(record, tags={key: value for key, value in record.tags.items() if key.lower() not in lowered}))
