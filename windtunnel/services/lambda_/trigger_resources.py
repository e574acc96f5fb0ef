"""AWS::Lambda::*: event source mappings, invoke configs, layers and URLs in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone


class EventSourceMappingType(ResourceType):
    type = "AWS::Lambda::EventSourceMapping"
    properties = {
        **dict.fromkeys(
            (
                "BatchSize",
                "BisectBatchOnFunctionError",
                "DestinationConfig",
                "Enabled",
                "EventSourceArn",
                "FilterCriteria",
                "FunctionName",
                "FunctionResponseTypes",
                "MaximumBatchingWindowInSeconds",
                "MaximumRecordAgeInSeconds",
                "MaximumRetryAttempts",
                "ParallelizationFactor",
                "ProvisionedPollerConfig",
                "ScalingConfig",
                "StartingPosition",
                "StartingPositionTimestamp",
                "TumblingWindowInSeconds",
            ),
            ENFORCED,
        ),
        "MetricsConfig": STORED,
        "Tags": STORED,
    }
    replaces = frozenset({"EventSourceArn", "StartingPosition", "StartingPositionTimestamp"})

    async def create(self, wish: Wish) -> Physical:
        start = {
            name: wish.properties[name] for name in ("EventSourceArn", "StartingPosition") if name in wish.properties
        }
        if "StartingPositionTimestamp" in wish.properties:
            start["StartingPositionTimestamp"] = float(wish.properties["StartingPositionTimestamp"])
        members = {**_mapping(wish.properties), **start, "Tags": tags_of(wish.properties)}
        made = await self.call("lambda", "CreateEventSourceMapping", members)
        return Physical(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": made["EventSourceMappingArn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        """What the template says no more is what it was before anybody said it."""
        gone = {name: default for name, default in _DEFAULTS.items() if name in old and name not in wish.properties}
        await self.call(
            "lambda", "UpdateEventSourceMapping", {"UUID": physical.id, **gone, **_mapping(wish.properties)}
        )
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("lambda", "DeleteEventSourceMapping", {"UUID": physical.id}))


_START = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Tags")
_NUMBERS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
)
_FLAGS = ("BisectBatchOnFunctionError", "Enabled")
_DEFAULTS: dict[str, Any] = {
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {},
    "FilterCriteria": {},
    "FunctionResponseTypes": [],
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "MetricsConfig": {},
    "ParallelizationFactor": 1,
    "ProvisionedPollerConfig": {},
    "ScalingConfig": {},
    "TumblingWindowInSeconds": 0,
}


def _mapping(properties: dict[str, Any]) -> dict[str, Any]:
    members = {name: value for name, value in properties.items() if name not in _START}
    for name in _NUMBERS:
        if name in members:
            members[name] = int(members[name])
    for name in _FLAGS:
        if name in members:
            members[name] = str(members[name]).lower() == "true"
    for name in ("ScalingConfig", "ProvisionedPollerConfig"):
        if members.get(name):
            members[name] = {key: int(value) for key, value in members[name].items()}
    return members


class EventInvokeConfigType(ResourceType):
    type = "AWS::Lambda::EventInvokeConfig"
    properties = dict.fromkeys(
        ("DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"), ENFORCED
    )
    replaces = frozenset({"FunctionName", "Qualifier"})

    async def create(self, wish: Wish) -> Physical:
        await self._put(wish)
        return Physical(wish.name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._put(wish)
        return physical

    async def _put(self, wish: Wish) -> None:
        members = dict(wish.properties)
        for name in ("MaximumEventAgeInSeconds", "MaximumRetryAttempts"):
            if name in members:
                members[name] = int(members[name])
        await self.call("lambda", "PutFunctionEventInvokeConfig", members)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"FunctionName": properties["FunctionName"], "Qualifier": properties["Qualifier"]}
        await unless_gone(self.call("lambda", "DeleteFunctionEventInvokeConfig", wish))


class LayerVersionType(ResourceType):
    type = "AWS::Lambda::LayerVersion"
    properties = {
        "CompatibleArchitectures": STORED,
        "CompatibleRuntimes": STORED,
        "Content": ENFORCED,
        "Description": STORED,
        "LayerName": ENFORCED,
        "LicenseInfo": STORED,
    }
    replaces = frozenset(properties)

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("lambda", "PublishLayerVersion", {"LayerName": wish.name[-64:], **wish.properties})
        return Physical(made["LayerVersionArn"], {"LayerVersionArn": made["LayerVersionArn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        layer, _, number = physical.id.rpartition(":")
        await self.call("lambda", "DeleteLayerVersion", {"LayerName": layer, "VersionNumber": int(number)})


class LayerVersionPermissionType(ResourceType):
    type = "AWS::Lambda::LayerVersionPermission"
    properties = dict.fromkeys(("Action", "LayerVersionArn", "OrganizationId", "Principal"), ENFORCED)
    replaces = frozenset(properties)

    async def create(self, wish: Wish) -> Physical:
        members = {k: v for k, v in wish.properties.items() if k != "LayerVersionArn"}
        statement = wish.name[-100:]
        named = _layer(wish.properties["LayerVersionArn"])
        await self.call("lambda", "AddLayerVersionPermission", {"StatementId": statement, **named, **members})
        return Physical(f"{wish.properties['LayerVersionArn']}#{statement}", {"Id": statement})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        arn, _, statement = physical.id.rpartition("#")
        await unless_gone(
            self.call("lambda", "RemoveLayerVersionPermission", {"StatementId": statement, **_layer(arn)})
        )


def _layer(arn: str) -> dict[str, Any]:
    layer, _, number = arn.rpartition(":")
    return {"LayerName": layer, "VersionNumber": int(number)}


class CodeSigningConfigType(ResourceType):
    type = "AWS::Lambda::CodeSigningConfig"
    properties = {
        "AllowedPublishers": STORED,
        "CodeSigningPolicies": ENFORCED,
        "Description": STORED,
        "Tags": STORED,
    }

    async def create(self, wish: Wish) -> Physical:
        members = {**wish.properties, "Tags": {**wish.tags, **tags_of(wish.properties)}}
        made = (await self.call("lambda", "CreateCodeSigningConfig", members))["CodeSigningConfig"]
        arn, config_id = made["CodeSigningConfigArn"], made["CodeSigningConfigId"]
        return Physical(arn, {"CodeSigningConfigArn": arn, "CodeSigningConfigId": config_id})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        gone = {"Description": "", "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Warn"}}
        members = {k: v for k, v in wish.properties.items() if k != "Tags"}
        cleared = {k: v for k, v in gone.items() if k in old and k not in members}
        await self.call(
            "lambda", "UpdateCodeSigningConfig", {"CodeSigningConfigArn": physical.id, **cleared, **members}
        )
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("lambda", "DeleteCodeSigningConfig", {"CodeSigningConfigArn": physical.id}))


class UrlType(ResourceType):
    type = "AWS::Lambda::Url"
    properties = {
        "AuthType": ENFORCED,
        "Cors": ENFORCED,
        "InvokeMode": ENFORCED,
        "Qualifier": ENFORCED,
        "TargetFunctionArn": ENFORCED,
    }
    replaces = frozenset({"TargetFunctionArn", "Qualifier"})

    async def create(self, wish: Wish) -> Physical:
        made = await self.call("lambda", "CreateFunctionUrlConfig", _url(wish.properties))
        return Physical(made["FunctionArn"], {"FunctionUrl": made["FunctionUrl"], "FunctionArn": made["FunctionArn"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self.call("lambda", "UpdateFunctionUrlConfig", _url(wish.properties))
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {k: v for k, v in _url(properties).items() if k in ("FunctionName", "Qualifier")}
        await unless_gone(self.call("lambda", "DeleteFunctionUrlConfig", wish))


def _url(properties: dict[str, Any]) -> dict[str, Any]:
    members = {k: v for k, v in properties.items() if k != "TargetFunctionArn"}
    if "MaxAge" in (members.get("Cors") or {}):
        members["Cors"] = {**members["Cors"], "MaxAge": int(members["Cors"]["MaxAge"])}
    return {"FunctionName": properties["TargetFunctionArn"], **members}
