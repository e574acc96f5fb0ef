"""AWS::ApiGateway::*: API keys, usage plans and the account's settings in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone
from windtunnel.services.apigateway.patches import truth
from windtunnel.services.apigateway.resources import Changes, lowered, replaced


class ApiKeyType(ResourceType):
    type = "AWS::ApiGateway::ApiKey"
    properties = {
        **dict.fromkeys(("Enabled", "Value"), ENFORCED),
        **dict.fromkeys(("CustomerId", "Description", "GenerateDistinctId", "Name", "StageKeys", "Tags"), STORED),
    }
    replaces = frozenset({"GenerateDistinctId", "Name", "Value"})

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        plain = ("CustomerId", "Description", "Name", "Value")
        wanted: dict[str, Any] = {"name": wish.name, **lowered({k: given[k] for k in plain if k in given})}
        wanted["enabled"] = truth(given.get("Enabled", False))
        wanted["stageKeys"] = [lowered(each) for each in given.get("StageKeys") or ()]
        wanted["tags"] = {**wish.tags, **tags_of(given)}
        made = await self.call("apigateway", "CreateApiKey", wanted)
        return Physical(made["id"], {"APIKeyId": made["id"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        given = wish.properties
        changes = [replaced("/enabled", truth(given.get("Enabled", False)))]
        changes += [replaced(f"/{n[0].lower()}{n[1:]}", given[n]) for n in ("CustomerId", "Description") if n in given]
        await self.call("apigateway", "UpdateApiKey", {"apiKey": physical.id, "patchOperations": changes})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("apigateway", "DeleteApiKey", {"apiKey": physical.id}))


class UsagePlanType(ResourceType):
    type = "AWS::ApiGateway::UsagePlan"
    properties = {
        "ApiStages": ENFORCED,
        **dict.fromkeys(("Description", "Quota", "Tags", "Throttle", "UsagePlanName"), STORED),
    }

    async def create(self, wish: Wish) -> Physical:
        given = wish.properties
        wanted: dict[str, Any] = {
            "name": given.get("UsagePlanName", wish.name),
            "apiStages": [{"apiId": each["ApiId"], "stage": each["Stage"]} for each in given.get("ApiStages") or ()],
            "tags": {**wish.tags, **tags_of(given)},
        }
        if "Description" in given:
            wanted["description"] = given["Description"]
        if given.get("Quota"):
            wanted["quota"] = {k: v if k == "period" else int(v) for k, v in lowered(given["Quota"]).items()}
        if given.get("Throttle"):
            throttle = lowered(given["Throttle"])
            wanted["throttle"] = {k: int(v) if k == "burstLimit" else float(v) for k, v in throttle.items()}
        made = await self.call("apigateway", "CreateUsagePlan", wanted)
        return Physical(made["id"], {"Id": made["id"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        given, changes = wish.properties, []
        for name, path in (("UsagePlanName", "/name"), ("Description", "/description")):
            if name in given:
                changes.append(replaced(path, given[name]))
        for name in ("Quota", "Throttle"):
            if name in old and name not in given:
                changes.append({"op": "remove", "path": f"/{name.lower()}"})
            limits = lowered(given.get(name) or {})
            changes += [replaced(f"/{name.lower()}/{limit}", value) for limit, value in limits.items()]
        before, after = _stages(old), _stages(given)
        changes += [{"op": "remove", "path": "/apiStages", "value": each} for each in before if each not in after]
        changes += [{"op": "add", "path": "/apiStages", "value": each} for each in after if each not in before]
        await self.call("apigateway", "UpdateUsagePlan", {"usagePlanId": physical.id, "patchOperations": changes})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        stages: Changes = [{"op": "remove", "path": "/apiStages", "value": each} for each in _stages(properties)]
        wanted = {"usagePlanId": physical.id, "patchOperations": stages}
        await unless_gone(self.call("apigateway", "UpdateUsagePlan", wanted))
        await unless_gone(self.call("apigateway", "DeleteUsagePlan", {"usagePlanId": physical.id}))


class UsagePlanKeyType(ResourceType):
    type = "AWS::ApiGateway::UsagePlanKey"
    properties = dict.fromkeys(("KeyId", "KeyType", "UsagePlanId"), ENFORCED)
    replaces = frozenset(properties)

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("apigateway", "CreateUsagePlanKey", lowered(wish.properties))
        physical = f"{made['id']}:{wish.properties['UsagePlanId']}"
        return Physical(physical, {"Id": physical})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"usagePlanId": properties["UsagePlanId"], "keyId": properties["KeyId"]}
        await unless_gone(self.call("apigateway", "DeleteUsagePlanKey", wanted))


class AccountType(ResourceType):
    type = "AWS::ApiGateway::Account"
    properties = {"CloudWatchRoleArn": STORED}

    async def create(self, wish: Wish) -> Physical:
        await self._set(wish.properties)
        return Physical(wish.name, {"Id": wish.name})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._set(wish.properties)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        """The account's settings stay, as on AWS."""

    async def _set(self, given: dict[str, Any]) -> None:
        changes = [replaced("/cloudwatchRoleArn", given.get("CloudWatchRoleArn", ""))]
        await self.call("apigateway", "UpdateAccount", {"patchOperations": changes})


def _stages(given: dict[str, Any]) -> list[str]:
    return [f"{each['ApiId']}:{each['Stage']}" for each in given.get("ApiStages") or ()]
