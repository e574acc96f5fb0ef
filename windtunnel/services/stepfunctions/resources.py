"""AWS::StepFunctions::*: state machines, their versions and aliases, and activities in templates."""

from __future__ import annotations

import json
import re
from typing import Any

from windtunnel.aws.errors import NotImplementedHere
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone

_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


class StateMachineType(ResourceType):
    type = "AWS::StepFunctions::StateMachine"
    properties = {
        **dict.fromkeys(
            (
                "Definition", "DefinitionS3Location", "DefinitionString", "DefinitionSubstitutions", "LoggingConfiguration",
                "RoleArn", "StateMachineName", "StateMachineType",
            ),
            ENFORCED,
        ),
        "EncryptionConfiguration": STORED,
        "Tags": STORED,
        "TracingConfiguration": STORED,
    }  # fmt: skip
    replaces = frozenset({"StateMachineName", "StateMachineType"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("StateMachineName") or wish.name[:80]
        tags = {**wish.tags, **tags_of(wish.properties)}
        call = {
            "name": name,
            "type": wish.properties.get("StateMachineType", "STANDARD"),
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
            **await self._wanted(wish.properties),
        }
        arn = (await self.call("stepfunctions", "CreateStateMachine", call))["stateMachineArn"]
        return await self._made(arn, name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        call = {"stateMachineArn": physical.id, **await self._wanted(wish.properties)}
        await self.call("stepfunctions", "UpdateStateMachine", call)
        before, now = tags_of(old), tags_of(wish.properties)
        if gone := [key for key in before if key not in now]:
            await self.call("stepfunctions", "UntagResource", {"resourceArn": physical.id, "tagKeys": gone})
        if now:
            tags = [{"key": key, "value": value} for key, value in now.items()]
            await self.call("stepfunctions", "TagResource", {"resourceArn": physical.id, "tags": tags})
        return await self._made(physical.id, physical.attributes["Name"])

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("stepfunctions", "DeleteStateMachine", {"stateMachineArn": physical.id})

    async def _made(self, arn: str, name: str) -> Physical:
        found = await self.call("stepfunctions", "DescribeStateMachine", {"stateMachineArn": arn})
        revision = found.get("revisionId", "INITIAL")
        return Physical(arn, {"Arn": arn, "Name": name, "StateMachineRevisionId": revision})

    async def _wanted(self, properties: dict[str, Any]) -> dict[str, Any]:
        wanted: dict[str, Any] = {"definition": await self._definition(properties), "roleArn": properties["RoleArn"]}
        if logging := properties.get("LoggingConfiguration"):
            wanted["loggingConfiguration"] = _logging(logging)
        if "TracingConfiguration" in properties:
            enabled = properties["TracingConfiguration"].get("Enabled", False)
            wanted["tracingConfiguration"] = {"enabled": str(enabled).lower() == "true"}
        if encryption := properties.get("EncryptionConfiguration"):
            names = {
                "KmsDataKeyReusePeriodSeconds": "kmsDataKeyReusePeriodSeconds",
                "KmsKeyId": "kmsKeyId",
                "Type": "type",
            }
            wanted["encryptionConfiguration"] = {names[name]: value for name, value in encryption.items()}
        return wanted

    async def _definition(self, properties: dict[str, Any]) -> str:
        """AWS: AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html"""
        if place := properties.get("DefinitionS3Location"):
            call = {"Bucket": place["Bucket"], "Key": place["Key"]}
            if "Version" in place:
                call["VersionId"] = place["Version"]
            text = bytes((await self.call("s3", "GetObject", call))["Body"]).decode()
        elif "DefinitionString" in properties:
            text = properties["DefinitionString"]
        else:
            text = json.dumps(properties.get("Definition"))
        values = {key: _plain(value) for key, value in (properties.get("DefinitionSubstitutions") or {}).items()}
        return _SUBSTITUTED.sub(lambda found: values.get(found[1], found[0]), text)


class ActivityType(ResourceType):
    type = "AWS::StepFunctions::Activity"
    properties = {"EncryptionConfiguration": STORED, "Name": ENFORCED, "Tags": STORED}
    replaces = frozenset({"EncryptionConfiguration", "Name"})

    async def create(self, wish: Wish) -> Physical:
        tags = {**wish.tags, **tags_of(wish.properties)}
        call = {"name": wish.properties["Name"], "tags": [{"key": key, "value": value} for key, value in tags.items()]}
        arn = (await self.call("stepfunctions", "CreateActivity", call))["activityArn"]
        return Physical(arn, {"Arn": arn, "Name": wish.properties["Name"]})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        tags = [{"key": key, "value": value} for key, value in tags_of(wish.properties).items()]
        await self.call("stepfunctions", "TagResource", {"resourceArn": physical.id, "tags": tags})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("stepfunctions", "DeleteActivity", {"activityArn": physical.id})


class StateMachineVersionType(ResourceType):
    type = "AWS::StepFunctions::StateMachineVersion"
    properties = {"Description": STORED, "StateMachineArn": ENFORCED, "StateMachineRevisionId": ENFORCED}
    replaces = frozenset({"Description", "StateMachineArn", "StateMachineRevisionId"})

    async def create(self, wish: Wish) -> Physical:
        call = {"stateMachineArn": wish.properties["StateMachineArn"]}
        if "Description" in wish.properties:
            call["description"] = wish.properties["Description"]
        if "StateMachineRevisionId" in wish.properties:
            call["revisionId"] = wish.properties["StateMachineRevisionId"]
        arn = (await self.call("stepfunctions", "PublishStateMachineVersion", call))["stateMachineVersionArn"]
        return Physical(arn, {"Arn": arn})

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("stepfunctions", "DeleteStateMachineVersion", {"stateMachineVersionArn": physical.id})


class StateMachineAliasType(ResourceType):
    """A gradual DeploymentPreference is refused as not built; ALL_AT_ONCE is."""

    type = "AWS::StepFunctions::StateMachineAlias"
    properties = {
        "DeploymentPreference": ENFORCED,
        "Description": STORED,
        "Name": ENFORCED,
        "RoutingConfiguration": ENFORCED,
    }
    replaces = frozenset({"Name"})

    async def create(self, wish: Wish) -> Physical:
        routes = _routes(wish.properties)
        name = wish.properties.get("Name") or wish.name[:80]
        call = {"name": name, "routingConfiguration": routes, "description": wish.properties.get("Description", "")}
        arn = (await self.call("stepfunctions", "CreateStateMachineAlias", call))["stateMachineAliasArn"]
        return Physical(arn, {"Arn": arn})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        routes = _routes(wish.properties)
        call = {
            "stateMachineAliasArn": physical.id,
            "routingConfiguration": routes,
            "description": wish.properties.get("Description", ""),
        }
        await self.call("stepfunctions", "UpdateStateMachineAlias", call)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(
            self.call("stepfunctions", "DeleteStateMachineAlias", {"stateMachineAliasArn": physical.id})
        )  # fmt: skip


def _routes(properties: dict[str, Any]) -> list[dict[str, Any]]:
    if preference := properties.get("DeploymentPreference"):
        if preference.get("Type") != "ALL_AT_ONCE":
            raise NotImplementedHere(f"The DeploymentPreference {preference.get('Type')} of a StateMachineAlias")
        return [{"stateMachineVersionArn": preference["StateMachineVersionArn"], "weight": 100}]
    return [
        {"stateMachineVersionArn": each["StateMachineVersionArn"], "weight": int(each["Weight"])}
        for each in properties["RoutingConfiguration"]
    ]


def _logging(wish: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"level": wish.get("Level", "OFF")}
    made["includeExecutionData"] = str(wish.get("IncludeExecutionData", False)).lower() == "true"
    made["destinations"] = [
        {"cloudWatchLogsLogGroup": {"logGroupArn": each["CloudWatchLogsLogGroup"]["LogGroupArn"]}}
        for each in wish.get("Destinations") or ()
    ]
    return made


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
