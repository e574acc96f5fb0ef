"""Operations on API keys."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Key
from windtunnel.services.apigateway.rest_apis import RestApiTables

MINIMUM_CHARACTERS, MAXIMUM_CHARACTERS = 20, 128
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Keys(RestApiTables):
    inert = {"CreateApiKey.generateDistinctId": "the id of a key is always another one than its value"}

    def create_api_key(
        self, ctx, name=None, description=None, enabled=False, value=None, stageKeys=None, customerId=None, tags=None
    ):
        if value and len(value) < MINIMUM_CHARACTERS:
            raise ApiError("BadRequestException", "API Key value should be at least 20 characters")
        if value and len(value) > MAXIMUM_CHARACTERS:
            raise ApiError("BadRequestException", "API Key value exceeds maximum size of 128 characters")
        if value and any(key.value == value for key in self.keys.all()):
            raise ApiError("ConflictException", "API Key already exists")
        given = {"name": name, "description": description, "enabled": bool(enabled), "customerId": customerId}
        members: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        members["stageKeys"] = [f"{each['restApiId']}/{each['stageName']}" for each in stageKeys or ()]
        now = self.clock.now()
        key = Key(
            id=self.new_id(10), value=value or self.ids.text(40, _LETTERS), members=members, created_at=now,
            modified_at=now, tags=tags or {},
        )  # fmt: skip
        return shown(self.keys.put(key), True)

    def get_api_key(self, ctx, apiKey, includeValue=False):
        return shown(self.key_with(apiKey), bool(includeValue))

    def get_api_keys(self, ctx, position=None, limit=None, nameQuery=None, customerId=None, includeValues=False):
        found = [
            shown(key, bool(includeValues))
            for key in self.keys.all()
            if (nameQuery is None or key.members.get("name", "").startswith(nameQuery))
            and customerId in (None, key.members.get("customerId"))
        ]
        return self.paged(found, limit, position)

    def update_api_key(self, ctx, apiKey, patchOperations=None):
        key = self.key_with(apiKey)
        plain = {"/name": patches.text, "/description": patches.text, "/customerId": patches.text}
        members = patches.patched(key.members, patchOperations, {**plain, "/enabled": patches.truth})
        return shown(self.keys.put(replace(key, members=members, modified_at=self.clock.now())))

    def delete_api_key(self, ctx, apiKey):
        self.key_with(apiKey)
        for plan in self.plans.all():
            if apiKey in plan.keys:
                self.plans.put(replace(plan, keys=tuple(each for each in plan.keys if each != apiKey)))
        self.keys.delete(apiKey)

    def key_with(self, key_id: str) -> Key:
        """Raises NotFoundException."""
        key = self.keys.get(key_id)
        if key is None:
            raise ApiError("NotFoundException", "Invalid API Key identifier specified")
        return key

    def admits(self, value: str, api_id: str, stage: str) -> bool:
        """Whether a request to a stage may pass with this key: it is enabled, and a usage plan of the stage has it."""
        key = next((each for each in self.keys.all() if each.value == value), None)
        if key is None or not key.members["enabled"]:
            return False
        return any(
            key.id in plan.keys
            and any((each["apiId"], each["stage"]) == (api_id, stage) for each in plan.members.get("apiStages") or ())
            for plan in self.plans.all()
        )


def shown(key: Key, with_value: bool = False) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": key.id,
        "createdDate": int(key.created_at),
        "lastUpdatedDate": int(key.modified_at),
        **key.members,
    }
    if with_value:
        answer["value"] = key.value
    if key.tags:
        answer["tags"] = key.tags
    return answer
