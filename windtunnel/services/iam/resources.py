"""AWS::IAM::*: roles, users, groups, instance profiles and access keys in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone


class IdentityType(ResourceType):
    """What roles, users and groups have in common: policies inside, policies attached, tags, a boundary."""

    kind = ""

    async def _bring_about(self, name: str, wish: Wish, old: dict[str, Any]) -> None:
        kind, new = self.kind, wish.properties
        whom = {f"{kind}Name": name}
        wanted = {policy["PolicyName"]: document(policy["PolicyDocument"]) for policy in new.get("Policies") or ()}
        had = {policy["PolicyName"]: document(policy["PolicyDocument"]) for policy in old.get("Policies") or ()}
        for policy, text in wanted.items():
            if had.get(policy) != text:
                await self.call("iam", f"Put{kind}Policy", {**whom, "PolicyName": policy, "PolicyDocument": text})
        for policy in had.keys() - wanted.keys():
            await self.call("iam", f"Delete{kind}Policy", {**whom, "PolicyName": policy})
        attached, before = list(new.get("ManagedPolicyArns") or ()), list(old.get("ManagedPolicyArns") or ())
        for arn in attached:
            if arn not in before:
                await self.call("iam", f"Attach{kind}Policy", {**whom, "PolicyArn": arn})
        for arn in before:
            if arn not in attached:
                await self.call("iam", f"Detach{kind}Policy", {**whom, "PolicyArn": arn})
        if kind != "Group":
            await self._tags_and_boundary(whom, wish, old)

    async def _tags_and_boundary(self, whom: dict[str, str], wish: Wish, old: dict[str, Any]) -> None:
        kind, new = self.kind, wish.properties
        tags, before = {**wish.tags, **tags_of(new)}, tags_of(old)
        if gone := [key for key in before if key not in tags]:
            await self.call("iam", f"Untag{kind}", {**whom, "TagKeys": gone})
        if tags:
            tag_list = [{"Key": key, "Value": value} for key, value in tags.items()]
            await self.call("iam", f"Tag{kind}", {**whom, "Tags": tag_list})
        limit = new.get("PermissionsBoundary")
        if limit and limit != old.get("PermissionsBoundary"):
            await self.call("iam", f"Put{kind}PermissionsBoundary", {**whom, "PermissionsBoundary": limit})
        elif not limit and old.get("PermissionsBoundary"):
            await self.call("iam", f"Delete{kind}PermissionsBoundary", whom)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        """With the policies that are in it, also those that other resources of the stack put there."""
        kind, whom = self.kind, {f"{self.kind}Name": physical.id}
        try:
            inside = (await self.call("iam", f"List{kind}Policies", whom))["PolicyNames"]
            attached = (await self.call("iam", f"ListAttached{kind}Policies", whom))["AttachedPolicies"]
        except ApiError as error:
            if error.code == "NoSuchEntity":
                return
            raise
        for policy in inside:
            await self.call("iam", f"Delete{kind}Policy", {**whom, "PolicyName": policy})
        for policy in attached:
            await self.call("iam", f"Detach{kind}Policy", {**whom, "PolicyArn": policy["PolicyArn"]})
        await self._leave(physical.id)
        await self.call("iam", f"Delete{kind}", whom)

    async def _leave(self, name: str) -> None:
        """Undo what would keep the identity from being deleted."""


class RoleType(IdentityType):
    type = "AWS::IAM::Role"
    kind = "Role"
    properties = {
        "AssumeRolePolicyDocument": STORED,
        "Description": STORED,
        "ManagedPolicyArns": STORED,
        "MaxSessionDuration": ENFORCED,
        "Path": ENFORCED,
        "PermissionsBoundary": STORED,
        "Policies": STORED,
        "RoleName": ENFORCED,
        "Tags": STORED,
    }
    replaces = frozenset({"RoleName", "Path"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("RoleName") or wish.name[:64]
        wanted: dict[str, Any] = {
            "RoleName": name,
            "AssumeRolePolicyDocument": document(wish.properties["AssumeRolePolicyDocument"]),
            **{member: wish.properties[member] for member in ("Path", "Description") if member in wish.properties},
        }
        if "MaxSessionDuration" in wish.properties:
            wanted["MaxSessionDuration"] = int(wish.properties["MaxSessionDuration"])
        made = (await self.call("iam", "CreateRole", wanted))["Role"]
        physical = Physical(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})
        try:
            await self._bring_about(name, wish, {})
        except ApiError:
            await self.delete(physical, wish.properties)
            raise
        return physical

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        new, name = wish.properties, physical.id
        if new["AssumeRolePolicyDocument"] != old.get("AssumeRolePolicyDocument"):
            text = document(new["AssumeRolePolicyDocument"])
            await self.call("iam", "UpdateAssumeRolePolicy", {"RoleName": name, "PolicyDocument": text})
        duration = int(new.get("MaxSessionDuration", 3600))
        described = {"Description": new.get("Description", ""), "MaxSessionDuration": duration}
        if new.get("Description") != old.get("Description") or duration != int(old.get("MaxSessionDuration", 3600)):
            await self.call("iam", "UpdateRole", {"RoleName": name, **described})
        await self._bring_about(name, wish, old)
        return physical


class UserType(IdentityType):
    type = "AWS::IAM::User"
    kind = "User"
    properties = {
        "Groups": STORED,
        "ManagedPolicyArns": STORED,
        "Path": ENFORCED,
        "PermissionsBoundary": STORED,
        "Policies": STORED,
        "Tags": STORED,
        "UserName": ENFORCED,
    }
    replaces = frozenset({"UserName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("UserName") or wish.name[:64]
        wanted = {"UserName": name, **({"Path": wish.properties["Path"]} if "Path" in wish.properties else {})}
        made = (await self.call("iam", "CreateUser", wanted))["User"]
        physical = Physical(name, {"Arn": made["Arn"]})
        try:
            await self._bring_about(name, wish, {})
            await self._join(name, wish.properties, {})
        except ApiError:
            await self.delete(physical, wish.properties)
            raise
        return physical

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        if wish.properties.get("Path", "/") != old.get("Path", "/"):
            path = wish.properties.get("Path", "/")
            await self.call("iam", "UpdateUser", {"UserName": physical.id, "NewPath": path})
        await self._bring_about(physical.id, wish, old)
        await self._join(physical.id, wish.properties, old)
        made = (await self.call("iam", "GetUser", {"UserName": physical.id}))["User"]
        return Physical(physical.id, {"Arn": made["Arn"]})

    async def _join(self, name: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        groups, before = new.get("Groups") or [], old.get("Groups") or []
        for group in groups:
            await self.call("iam", "AddUserToGroup", {"GroupName": group, "UserName": name})
        for group in before:
            if group not in groups:
                await unless_gone(self.call("iam", "RemoveUserFromGroup", {"GroupName": group, "UserName": name}))

    async def _leave(self, name: str) -> None:
        for group in (await self.call("iam", "ListGroupsForUser", {"UserName": name}))["Groups"]:
            await self.call("iam", "RemoveUserFromGroup", {"GroupName": group["GroupName"], "UserName": name})


class GroupType(IdentityType):
    type = "AWS::IAM::Group"
    kind = "Group"
    properties = {"GroupName": ENFORCED, "ManagedPolicyArns": STORED, "Path": ENFORCED, "Policies": STORED}
    replaces = frozenset({"GroupName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("GroupName") or wish.name[:128]
        wanted = {"GroupName": name, **({"Path": wish.properties["Path"]} if "Path" in wish.properties else {})}
        made = (await self.call("iam", "CreateGroup", wanted))["Group"]
        physical = Physical(name, {"Arn": made["Arn"]})
        try:
            await self._bring_about(name, wish, {})
        except ApiError:
            await self.delete(physical, wish.properties)
            raise
        return physical

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        if wish.properties.get("Path", "/") != old.get("Path", "/"):
            path = wish.properties.get("Path", "/")
            await self.call("iam", "UpdateGroup", {"GroupName": physical.id, "NewPath": path})
        await self._bring_about(physical.id, wish, old)
        made = (await self.call("iam", "GetGroup", {"GroupName": physical.id}))["Group"]
        return Physical(physical.id, {"Arn": made["Arn"]})

    async def _leave(self, name: str) -> None:
        for user in (await self.call("iam", "GetGroup", {"GroupName": name}))["Users"]:
            await self.call("iam", "RemoveUserFromGroup", {"GroupName": name, "UserName": user["UserName"]})


class UserToGroupAdditionType(ResourceType):
    type = "AWS::IAM::UserToGroupAddition"
    properties = {"GroupName": ENFORCED, "Users": ENFORCED}
    replaces = frozenset({"GroupName"})

    async def create(self, wish: Wish) -> Physical:
        await self._add(wish.properties["GroupName"], wish.properties["Users"])
        return Physical(wish.name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        new = wish.properties
        await self._remove(new["GroupName"], [user for user in old["Users"] if user not in new["Users"]])
        await self._add(new["GroupName"], new["Users"])
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self._remove(properties["GroupName"], properties["Users"])

    async def _add(self, group: str, users: list[str]) -> None:
        for user in users:
            await self.call("iam", "AddUserToGroup", {"GroupName": group, "UserName": user})

    async def _remove(self, group: str, users: list[str]) -> None:
        for user in users:
            await unless_gone(self.call("iam", "RemoveUserFromGroup", {"GroupName": group, "UserName": user}))


class InstanceProfileType(ResourceType):
    type = "AWS::IAM::InstanceProfile"
    properties = {"InstanceProfileName": ENFORCED, "Path": ENFORCED, "Roles": STORED}
    replaces = frozenset({"InstanceProfileName", "Path"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("InstanceProfileName") or wish.name[:128]
        wanted = {
            "InstanceProfileName": name,
            **({"Path": wish.properties["Path"]} if "Path" in wish.properties else {}),
        }
        made = (await self.call("iam", "CreateInstanceProfile", wanted))["InstanceProfile"]
        await self._set(name, wish.properties.get("Roles") or [], [])
        return Physical(name, {"Arn": made["Arn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._set(physical.id, wish.properties.get("Roles") or [], old.get("Roles") or [])
        return physical

    async def _set(self, name: str, roles: list[str], before: list[str]) -> None:
        for role in before:
            if role not in roles:
                wanted = {"InstanceProfileName": name, "RoleName": role}
                await self.call("iam", "RemoveRoleFromInstanceProfile", wanted)
        for role in roles:
            if role not in before:
                await self.call("iam", "AddRoleToInstanceProfile", {"InstanceProfileName": name, "RoleName": role})

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        for role in properties.get("Roles") or ():
            wanted = {"InstanceProfileName": physical.id, "RoleName": role}
            await unless_gone(self.call("iam", "RemoveRoleFromInstanceProfile", wanted))
        await unless_gone(self.call("iam", "DeleteInstanceProfile", {"InstanceProfileName": physical.id}))


class AccessKeyType(ResourceType):
    type = "AWS::IAM::AccessKey"
    properties = {"Serial": ENFORCED, "Status": STORED, "UserName": ENFORCED}
    replaces = frozenset({"Serial", "UserName"})

    async def create(self, wish: Wish) -> Physical:
        made = (await self.call("iam", "CreateAccessKey", {"UserName": wish.properties["UserName"]}))["AccessKey"]
        physical = Physical(made["AccessKeyId"], {"SecretAccessKey": made["SecretAccessKey"]})
        if wish.properties.get("Status", "Active") != "Active":
            await self.update(physical, wish, {})
        return physical

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        status = wish.properties.get("Status", "Active")
        wanted = {"UserName": wish.properties["UserName"], "AccessKeyId": physical.id, "Status": status}
        await self.call("iam", "UpdateAccessKey", wanted)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"UserName": properties["UserName"], "AccessKeyId": physical.id}
        await unless_gone(self.call("iam", "DeleteAccessKey", wanted))


def document(value: Any) -> str:
    """A policy document as the API wants it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
