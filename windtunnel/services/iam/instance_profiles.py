"""Instance profiles, each of which hands one role to a machine."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.services.iam import roles
from windtunnel.services.iam.records import InstanceProfile
from windtunnel.services.iam.tables import (
    IamTables,
    delete_conflict,
    limit_exceeded,
    no_such_entity,
    page,
    tag_list,
    tag_map,
)


class InstanceProfiles(IamTables):
    def create_instance_profile(self, ctx, InstanceProfileName, Path="/", Tags=None):
        name = InstanceProfileName
        self.check_new(self.profiles, name, f"Instance Profile {name} already exists.")
        profile = self.profiles.put(
            InstanceProfile(
                name=name,
                id=self.new_id("AIPA"),
                path=Path,
                arn=self.arn("instance-profile", Path, name),
                created_at=float(int(self.clock.now())),
                tags=tag_map(Tags),
            )
        )
        return {"InstanceProfile": self._shown(profile)}

    def get_instance_profile(self, ctx, InstanceProfileName):
        return {"InstanceProfile": self._shown(self.profile(InstanceProfileName))}

    def list_instance_profiles(self, ctx, PathPrefix="/", Marker=None, MaxItems=None):
        found = [profile for profile in self.profiles.all() if profile.path.startswith(PathPrefix)]
        return page(found, self._listed, "InstanceProfiles", Marker, MaxItems)

    def list_instance_profiles_for_role(self, ctx, RoleName, Marker=None, MaxItems=None):
        self.role(RoleName)
        found = [profile for profile in self.profiles.all() if RoleName in profile.roles]
        return page(found, self._listed, "InstanceProfiles", Marker, MaxItems)

    def delete_instance_profile(self, ctx, InstanceProfileName):
        if self.profile(InstanceProfileName).roles:
            raise delete_conflict("Cannot delete entity, must remove roles from instance profile first.")
        self.profiles.delete(InstanceProfileName)

    def add_role_to_instance_profile(self, ctx, InstanceProfileName, RoleName):
        profile = self.profile(InstanceProfileName)
        self.noun("Roles").changeable(RoleName)
        if profile.roles:
            raise limit_exceeded("InstanceSessionsPerInstanceProfile", 1)
        self.profiles.put(replace(profile, roles=(RoleName,)))

    def remove_role_from_instance_profile(self, ctx, InstanceProfileName, RoleName):
        profile = self.profile(InstanceProfileName)
        if RoleName not in profile.roles:
            raise no_such_entity(f"The role with name {RoleName} cannot be found.")
        self.profiles.put(replace(profile, roles=()))

    def _listed(self, profile: InstanceProfile) -> dict[str, Any]:
        return {
            "Path": profile.path,
            "InstanceProfileName": profile.name,
            "InstanceProfileId": profile.id,
            "Arn": profile.arn,
            "CreateDate": profile.created_at,
            "Roles": [roles.shown(self.role(name)) for name in profile.roles],
        }

    def _shown(self, profile: InstanceProfile) -> dict[str, Any]:
        return {**self._listed(profile), "Tags": tag_list(profile.tags) or None}
