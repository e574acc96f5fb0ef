"""AWS::IAM::Policy, AWS::IAM::RolePolicy and AWS::IAM::ManagedPolicy in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone
from windtunnel.services.iam.resources import document

_HOLDERS = ("Role", "User", "Group")


class PolicyType(ResourceType):
    """One document inside several roles, users and groups."""

    type = "AWS::IAM::Policy"
    properties = {
        "Groups": ENFORCED,
        "PolicyDocument": STORED,
        "PolicyName": ENFORCED,
        "Roles": ENFORCED,
        "Users": ENFORCED,
    }
    replaces = frozenset({"PolicyName"})

    async def create(self, wish: Wish) -> Physical:
        await self._put(wish.properties)
        return Physical(wish.name, {"Id": wish.name})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._put(wish.properties)
        await self._remove(old, keep=wish.properties)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self._remove(properties, keep={})

    async def _put(self, properties: dict[str, Any]) -> None:
        what = {"PolicyName": properties["PolicyName"], "PolicyDocument": document(properties["PolicyDocument"])}
        for kind in _HOLDERS:
            for name in properties.get(f"{kind}s") or ():
                await self.call("iam", f"Put{kind}Policy", {f"{kind}Name": name, **what})

    async def _remove(self, properties: dict[str, Any], keep: dict[str, Any]) -> None:
        for kind in _HOLDERS:
            for name in properties.get(f"{kind}s") or ():
                if name not in (keep.get(f"{kind}s") or ()):
                    what = {f"{kind}Name": name, "PolicyName": properties["PolicyName"]}
                    await unless_gone(self.call("iam", f"Delete{kind}Policy", what))


class RolePolicyType(ResourceType):
    type = "AWS::IAM::RolePolicy"
    properties = {"PolicyDocument": STORED, "PolicyName": ENFORCED, "RoleName": ENFORCED}
    replaces = frozenset({"PolicyName", "RoleName"})

    async def create(self, wish: Wish) -> Physical:
        new = wish.properties
        what = {"RoleName": new["RoleName"], "PolicyName": new["PolicyName"]}
        await self.call("iam", "PutRolePolicy", {**what, "PolicyDocument": document(new["PolicyDocument"])})
        return Physical(f"{new['PolicyName']}|{new['RoleName']}")

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return await self.create(wish)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        what = {"RoleName": properties["RoleName"], "PolicyName": properties["PolicyName"]}
        await unless_gone(self.call("iam", "DeleteRolePolicy", what))


class ManagedPolicyType(ResourceType):
    type = "AWS::IAM::ManagedPolicy"
    properties = {
        "Description": STORED,
        "Groups": ENFORCED,
        "ManagedPolicyName": ENFORCED,
        "Path": ENFORCED,
        "PolicyDocument": STORED,
        "Roles": ENFORCED,
        "Users": ENFORCED,
    }
    replaces = frozenset({"Description", "ManagedPolicyName", "Path"})

    async def create(self, wish: Wish) -> Physical:
        new = wish.properties
        wanted = {
            "PolicyName": new.get("ManagedPolicyName") or wish.name[:128],
            "PolicyDocument": document(new["PolicyDocument"]),
            **{member: new[member] for member in ("Path", "Description") if member in new},
        }
        if tags_of(new):
            wanted["Tags"] = [{"Key": key, "Value": value} for key, value in tags_of(new).items()]
        made = (await self.call("iam", "CreatePolicy", wanted))["Policy"]
        await self._attach(made["Arn"], new, {})
        return Physical(made["Arn"], {"PolicyArn": made["Arn"], "PolicyId": made["PolicyId"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        arn, new = physical.id, wish.properties
        if document(new["PolicyDocument"]) != document(old["PolicyDocument"]):
            versions = (await self.call("iam", "ListPolicyVersions", {"PolicyArn": arn}))["Versions"]
            spare = [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]
            if len(versions) >= 5:
                await self.call("iam", "DeletePolicyVersion", {"PolicyArn": arn, "VersionId": spare[-1]})
            wanted = {"PolicyArn": arn, "PolicyDocument": document(new["PolicyDocument"]), "SetAsDefault": True}
            await self.call("iam", "CreatePolicyVersion", wanted)
        await self._attach(arn, new, old)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self._attach(physical.id, {}, properties)
        versions = await unless_gone_list(self, physical.id)
        for version in versions:
            if not version["IsDefaultVersion"]:
                wanted = {"PolicyArn": physical.id, "VersionId": version["VersionId"]}
                await self.call("iam", "DeletePolicyVersion", wanted)
        await unless_gone(self.call("iam", "DeletePolicy", {"PolicyArn": physical.id}))

    async def _attach(self, arn: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        for kind in _HOLDERS:
            wanted, before = new.get(f"{kind}s") or [], old.get(f"{kind}s") or []
            for name in wanted:
                await self.call("iam", f"Attach{kind}Policy", {f"{kind}Name": name, "PolicyArn": arn})
            for name in before:
                if name not in wanted:
                    detaching = self.call("iam", f"Detach{kind}Policy", {f"{kind}Name": name, "PolicyArn": arn})
                    await unless_gone(detaching)


async def unless_gone_list(type: ResourceType, arn: str) -> list[dict[str, Any]]:
    """The versions of a policy; none when it is gone."""
    from windtunnel.aws.errors import ApiError

    try:
        versions: list[dict[str, Any]] = (await type.call("iam", "ListPolicyVersions", {"PolicyArn": arn}))["Versions"]
    except ApiError as error:
        if error.code != "NoSuchEntity":
            raise
        return []
    return versions
