"""AWS::CloudFormation::Stack: a stack as a resource of another."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class NestedStackType(ResourceType):
    type = "AWS::CloudFormation::Stack"
    properties = {
        **dict.fromkeys(("NotificationARNs", "Parameters", "StackName", "Tags", "TemplateURL"), ENFORCED),
        "TimeoutInMinutes": STORED,
    }

    async def create(self, wish: Wish) -> Physical:
        suffix = wish.name.rpartition("-")[2]
        name = f"{wish.stack}-{wish.logical_id}"[: 127 - len(suffix)] + f"-{suffix}"
        made = await self.call("cloudformation", "CreateStack", {"StackName": name, **_members(wish)})
        return await self._stood(made["StackId"], "CREATE_COMPLETE")

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        try:
            await self.call("cloudformation", "UpdateStack", {"StackName": physical.id, **_members(wish)})
        except ApiError as error:
            if error.message != "No updates are to be performed.":
                raise
            return physical
        return await self._stood(physical.id, "UPDATE_COMPLETE")

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("cloudformation", "DeleteStack", {"StackName": physical.id})
        await self._stood(physical.id, "DELETE_COMPLETE")

    async def _stood(self, stack_id: str, wanted: str) -> Physical:
        """Wait until nothing is under way any more. Raises with the reasons of what failed in it."""
        noun = self.home.service("cloudformation").nouns["Stacks"]
        while noun.stacks.get(stack_id).under_way:
            await self.home.signal(f"stack:{stack_id}").wait_until(None)
        stack = noun.stacks.get(stack_id)
        if stack.status != wanted:
            events = [event for _, event in noun.events.read(stack_id) if event.status.endswith("_FAILED")]
            reasons = "; ".join(f"{each.logical_id}: {each.reason}" for each in events[-3:] if each.reason)
            raise ApiError(
                "NotStabilized",
                f"Embedded stack {stack_id} was not successfully created or updated: {reasons or stack.reason}",
            )
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.outputs}
        return Physical(stack_id, {f"Outputs.{name}": value for name, value in outputs.items()})


def _members(wish: Wish) -> dict[str, Any]:
    given = wish.properties
    parameters = [
        {"ParameterKey": name, "ParameterValue": ",".join(map(str, value)) if isinstance(value, list) else str(value)}
        for name, value in (given.get("Parameters") or {}).items()
    ]
    members: dict[str, Any] = {
        "TemplateURL": given["TemplateURL"],
        "Parameters": parameters,
        "Capabilities": CAPABILITIES,
        "Tags": [{"Key": key, "Value": value} for key, value in tags_of(given).items()],
    }
    if given.get("NotificationARNs"):
        members["NotificationARNs"] = given["NotificationARNs"]
    return members
