"""AWS::Logs::*: groups, streams, filters and policies in templates."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone


class LogGroupType(ResourceType):
    type = "AWS::Logs::LogGroup"
    properties = {
        "KmsKeyId": STORED,
        "LogGroupClass": STORED,
        "LogGroupName": ENFORCED,
        "RetentionInDays": ENFORCED,
        "Tags": STORED,
    }
    replaces = frozenset({"LogGroupName"})

    async def create(self, wish: Wish) -> Physical:
        new = wish.properties
        name = new.get("LogGroupName") or wish.name[:512]
        wanted: dict[str, Any] = {"logGroupName": name, "tags": {**wish.tags, **tags_of(new)}}
        if new.get("KmsKeyId"):
            wanted["kmsKeyId"] = new["KmsKeyId"]
        if new.get("LogGroupClass"):
            wanted["logGroupClass"] = new["LogGroupClass"]
        await self.call("logs", "CreateLogGroup", wanted)
        try:
            await self._retain(name, new, {})
        except ApiError:
            await self.call("logs", "DeleteLogGroup", {"logGroupName": name})
            raise
        return Physical(name, {"Arn": f"arn:aws:logs:{wish.region}:{wish.account}:log-group:{name}:*"})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        new, whom = wish.properties, {"logGroupName": physical.id}
        await self._retain(physical.id, new, old)
        if new.get("KmsKeyId") and new.get("KmsKeyId") != old.get("KmsKeyId"):
            await self.call("logs", "AssociateKmsKey", {**whom, "kmsKeyId": new["KmsKeyId"]})
        elif old.get("KmsKeyId") and not new.get("KmsKeyId"):
            await self.call("logs", "DisassociateKmsKey", whom)
        if gone := [key for key in tags_of(old) if key not in tags_of(new)]:
            await self.call("logs", "UntagLogGroup", {**whom, "tags": gone})
        if tags_of(new):
            await self.call("logs", "TagLogGroup", {**whom, "tags": tags_of(new)})
        return physical

    async def _retain(self, name: str, new: dict[str, Any], old: dict[str, Any]) -> None:
        if new.get("RetentionInDays"):
            wanted = {"logGroupName": name, "retentionInDays": int(new["RetentionInDays"])}
            await self.call("logs", "PutRetentionPolicy", wanted)
        elif old.get("RetentionInDays"):
            await self.call("logs", "DeleteRetentionPolicy", {"logGroupName": name})

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("logs", "DeleteLogGroup", {"logGroupName": physical.id}))


class LogStreamType(ResourceType):
    type = "AWS::Logs::LogStream"
    properties = {"LogGroupName": ENFORCED, "LogStreamName": ENFORCED}
    replaces = frozenset({"LogGroupName", "LogStreamName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("LogStreamName") or wish.name[:512]
        wanted = {"logGroupName": wish.properties["LogGroupName"], "logStreamName": name}
        await self.call("logs", "CreateLogStream", wanted)
        return Physical(name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"logGroupName": properties["LogGroupName"], "logStreamName": physical.id}
        await unless_gone(self.call("logs", "DeleteLogStream", wanted))


class MetricFilterType(ResourceType):
    type = "AWS::Logs::MetricFilter"
    properties = {
        "FilterName": STORED,
        "FilterPattern": STORED,
        "LogGroupName": STORED,
        "MetricTransformations": STORED,
    }
    replaces = frozenset({"FilterName", "LogGroupName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("FilterName") or wish.name[:512]
        await self._put(name, wish.properties)
        return Physical(name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._put(physical.id, wish.properties)
        return physical

    async def _put(self, name: str, properties: dict[str, Any]) -> None:
        wanted = {
            "logGroupName": properties["LogGroupName"],
            "filterName": name,
            "filterPattern": properties.get("FilterPattern", ""),
            "metricTransformations": [_transformation(each) for each in properties["MetricTransformations"]],
        }
        await self.call("logs", "PutMetricFilter", wanted)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"logGroupName": properties["LogGroupName"], "filterName": physical.id}
        await unless_gone(self.call("logs", "DeleteMetricFilter", wanted))


class SubscriptionFilterType(ResourceType):
    type = "AWS::Logs::SubscriptionFilter"
    properties = {
        "DestinationArn": ENFORCED,
        "Distribution": STORED,
        "FilterName": ENFORCED,
        "FilterPattern": ENFORCED,
        "LogGroupName": ENFORCED,
        "RoleArn": STORED,
    }
    replaces = frozenset({"FilterName", "LogGroupName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("FilterName") or wish.name[:512]
        await self._put(name, wish.properties)
        return Physical(name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._put(physical.id, wish.properties)
        return physical

    async def _put(self, name: str, properties: dict[str, Any]) -> None:
        wanted = {
            "logGroupName": properties["LogGroupName"],
            "filterName": name,
            "filterPattern": properties.get("FilterPattern", ""),
            "destinationArn": properties["DestinationArn"],
        }
        for property, member in (("RoleArn", "roleArn"), ("Distribution", "distribution")):
            if properties.get(property):
                wanted[member] = properties[property]
        await self.call("logs", "PutSubscriptionFilter", wanted)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wanted = {"logGroupName": properties["LogGroupName"], "filterName": physical.id}
        await unless_gone(self.call("logs", "DeleteSubscriptionFilter", wanted))


class ResourcePolicyType(ResourceType):
    type = "AWS::Logs::ResourcePolicy"
    properties = {"PolicyDocument": STORED, "PolicyName": STORED}
    replaces = frozenset({"PolicyName"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties["PolicyName"]
        wanted = {"policyName": name, "policyDocument": wish.properties["PolicyDocument"]}
        await self.call("logs", "PutResourcePolicy", wanted)
        return Physical(name)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        return await self.create(wish)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("logs", "DeleteResourcePolicy", {"policyName": physical.id}))


def _transformation(properties: dict[str, Any]) -> dict[str, Any]:
    """`MetricName` → `metricName`, and numbers as numbers."""
    spelled: dict[str, Any] = {name[:1].lower() + name[1:]: value for name, value in properties.items()}
    if "defaultValue" in spelled:
        spelled["defaultValue"] = float(spelled["defaultValue"])
    if "metricValue" in spelled:
        spelled["metricValue"] = str(spelled["metricValue"])
    if isinstance(spelled.get("dimensions"), list):
        spelled["dimensions"] = {each["Key"]: each["Value"] for each in spelled["dimensions"]}
    return spelled
