"""Operations on usage plans: which keys open which stages. Their throttles and quotas are stored."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import UsagePlan
from windtunnel.services.apigateway.rest_apis import RestApiTables

_QUOTA = {"limit": int, "offset": int, "period": patches.text}
_THROTTLE = {"burstLimit": int, "rateLimit": float}


class UsagePlans(RestApiTables):
    def create_usage_plan(self, ctx, name, description=None, apiStages=None, throttle=None, quota=None, tags=None):
        given = {"name": name, "description": description, "throttle": throttle, "quota": quota}
        members: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        plan = UsagePlan(id=self.new_id(6), members=members, tags=tags or {})
        for each in apiStages or ():
            self._check_stage(plan.id, each["apiId"], each["stage"])
        members["apiStages"] = apiStages or []
        return shown(self.plans.put(plan), created=True)

    def get_usage_plan(self, ctx, usagePlanId):
        return shown(self._plan(usagePlanId))

    def get_usage_plans(self, ctx, position=None, keyId=None, limit=None):
        plans = [shown(plan, created=True) for plan in self.plans.all() if keyId is None or keyId in plan.keys]
        return self.paged(plans, limit, position)

    def update_usage_plan(self, ctx, usagePlanId, patchOperations=None):
        plan = self._plan(usagePlanId)
        rest, members = [], dict(plan.members)
        for operation in patchOperations or ():
            if operation.get("path") == "/apiStages":
                members["apiStages"] = self._stages(plan, members["apiStages"], operation)
            else:
                rest.append(operation)
        for name, convert in (("quota", _QUOTA), ("throttle", _THROTTLE)):
            own = [each for each in rest if each["path"].startswith(f"/{name}")]
            rest = [each for each in rest if each not in own]
            for operation in own:
                if operation["path"] == f"/{name}":
                    members.pop(name, None)
                    continue
                shorter = {**operation, "path": operation["path"].removeprefix(f"/{name}")}
                plain = {f"/{key}": each for key, each in convert.items()}
                fresh = {"offset": 0} if name == "quota" else {}
                members[name] = patches.patched(members.get(name, fresh), [shorter], plain)
        members = patches.patched(members, rest, {"/name": patches.text, "/description": patches.text})
        return shown(self.plans.put(replace(plan, members=members)))

    def delete_usage_plan(self, ctx, usagePlanId):
        plan = self._plan(usagePlanId)
        if plan.members.get("apiStages"):
            raise ApiError(
                "BadRequestException", f"Cannot delete Usage Plan {usagePlanId} because it has associated stages"
            )
        self.plans.delete(usagePlanId)

    def create_usage_plan_key(self, ctx, usagePlanId, keyId, keyType):
        plan = self._plan(usagePlanId)
        key = self.noun("Keys").key_with(keyId)
        if keyId in plan.keys:
            raise ApiError("ConflictException", f"Usage Plan {usagePlanId} cannot be added because API Key {keyId} is already "
                "associated with it")  # fmt: skip
        self.plans.put(replace(plan, keys=(*plan.keys, keyId)))
        return {"id": key.id, "type": keyType, "value": key.value, "name": key.members.get("name", "")}

    def get_usage_plan_key(self, ctx, usagePlanId, keyId):
        self._check_key(self._plan(usagePlanId), keyId)
        return self._key(keyId)

    def get_usage_plan_keys(self, ctx, usagePlanId, position=None, limit=None, nameQuery=None):
        keys = [self._key(each) for each in self._plan(usagePlanId).keys]
        return self.paged([k for k in keys if nameQuery is None or k["name"].startswith(nameQuery)], limit, position)

    def delete_usage_plan_key(self, ctx, usagePlanId, keyId):
        plan = self._plan(usagePlanId)
        self._check_key(plan, keyId)
        self.plans.put(replace(plan, keys=tuple(each for each in plan.keys if each != keyId)))

    def _stages(self, plan: UsagePlan, stages: list[Any], operation: dict[str, str]) -> list[Any]:
        api_id, colon, stage = (operation.get("value") or "").partition(":")
        if not colon or not stage or operation["op"] not in ("add", "remove"):
            raise ApiError("BadRequestException", "Invalid API Stage specified")
        self._check_stage(plan.id, api_id, stage)
        rest = [each for each in stages if (each["apiId"], each["stage"]) != (api_id, stage)]
        return [*rest, {"apiId": api_id, "stage": stage}] if operation["op"] == "add" else rest

    def _check_stage(self, plan_id: str, api_id: str, stage: str) -> None:
        if self.stages.get(api_id, stage) is None:
            raise ApiError("NotFoundException", f"Invalid API Stage {{api: {api_id}, stage: {stage}}} specified for usageplan "
                f"{plan_id}")  # fmt: skip

    def _check_key(self, plan: UsagePlan, key_id: str) -> None:
        if key_id not in plan.keys:
            raise ApiError("NotFoundException", "Invalid API Key identifier specified")

    def _key(self, key_id: str) -> dict[str, Any]:
        key = self.noun("Keys").key_with(key_id)
        return {"id": key.id, "type": "API_KEY", "value": key.value, "name": key.members.get("name", "")}

    def _plan(self, plan_id: str) -> UsagePlan:
        plan = self.plans.get(plan_id)
        if plan is None:
            raise ApiError("NotFoundException", "Invalid Usage Plan ID specified")
        return plan


def shown(plan: UsagePlan, created: bool = False) -> dict[str, Any]:
    answer = {"id": plan.id, **plan.members}
    if plan.tags or not created:
        answer["tags"] = plan.tags
    return answer
