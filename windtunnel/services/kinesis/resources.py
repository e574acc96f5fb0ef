"""AWS::Kinesis::*: streams, their consumers and resource policies in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone


class StreamType(ResourceType):
    type = "AWS::Kinesis::Stream"
    properties = {
        "DesiredShardLevelMetrics": STORED,
        "MaxRecordSizeInKiB": ENFORCED,
        "Name": ENFORCED,
        "RetentionPeriodHours": ENFORCED,
        "ShardCount": ENFORCED,
        "StreamEncryption": STORED,
        "StreamModeDetails": ENFORCED,
        "Tags": STORED,
    }
    replaces = frozenset({"Name"})

    async def create(self, wish: Wish) -> Physical:
        properties = wish.properties
        name = properties.get("Name") or wish.name[:128]
        mode = _mode(properties)
        call: dict[str, Any] = {"StreamName": name, "StreamModeDetails": {"StreamMode": mode}}
        if mode == "PROVISIONED" or "ShardCount" in properties:
            call["ShardCount"] = int(properties.get("ShardCount", 1))
        if "MaxRecordSizeInKiB" in properties:
            call["MaxRecordSizeInKiB"] = int(properties["MaxRecordSizeInKiB"])
        await self.call("kinesis", "CreateStream", {**call, "Tags": {**wish.tags, **tags_of(properties)}})
        await self._set(name, properties, {})
        arn = f"arn:aws:kinesis:{wish.region}:{wish.account}:stream/{name}"
        return Physical(name, {"Arn": arn})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        name, arn, properties = physical.id, physical.attributes["Arn"], wish.properties
        mode = _mode(properties)
        if mode != _mode(old):
            wished = {"StreamARN": arn, "StreamModeDetails": {"StreamMode": mode}}
            await self.call("kinesis", "UpdateStreamMode", wished)
        if mode == "PROVISIONED" and "ShardCount" in properties:
            scaling = {"TargetShardCount": int(properties["ShardCount"]), "ScalingType": "UNIFORM_SCALING"}
            await self.call("kinesis", "UpdateShardCount", {"StreamName": name, **scaling})
        size = int(properties.get("MaxRecordSizeInKiB", 1024))
        if size != int(old.get("MaxRecordSizeInKiB", 1024)):
            await self.call("kinesis", "UpdateMaxRecordSize", {"StreamARN": arn, "MaxRecordSizeInKiB": size})
        await self._set(name, properties, old)
        tags = tags_of(properties)
        if gone := [key for key in tags_of(old) if key not in tags]:
            await self.call("kinesis", "RemoveTagsFromStream", {"StreamName": name, "TagKeys": gone})
        if tags:
            await self.call("kinesis", "AddTagsToStream", {"StreamName": name, "Tags": tags})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        wish = {"StreamName": physical.id, "EnforceConsumerDeletion": True}
        await unless_gone(self.call("kinesis", "DeleteStream", wish))

    async def _set(self, name: str, properties: dict[str, Any], old: dict[str, Any]) -> None:
        stream = {"StreamName": name}
        hours, before = int(properties.get("RetentionPeriodHours", 24)), int(old.get("RetentionPeriodHours", 24))
        if hours != before:
            change = "IncreaseStreamRetentionPeriod" if hours > before else "DecreaseStreamRetentionPeriod"
            await self.call("kinesis", change, {**stream, "RetentionPeriodHours": hours})
        encryption, former = properties.get("StreamEncryption"), old.get("StreamEncryption")
        if former and encryption != former:
            await self.call("kinesis", "StopStreamEncryption", {**stream, **former})
        if encryption and encryption != former:
            await self.call("kinesis", "StartStreamEncryption", {**stream, **encryption})
        metrics, former = properties.get("DesiredShardLevelMetrics") or [], old.get("DesiredShardLevelMetrics") or []
        if gone := [metric for metric in former if metric not in metrics]:
            await self.call("kinesis", "DisableEnhancedMonitoring", {**stream, "ShardLevelMetrics": gone})
        if metrics:
            await self.call("kinesis", "EnableEnhancedMonitoring", {**stream, "ShardLevelMetrics": metrics})


class StreamConsumerType(ResourceType):
    type = "AWS::Kinesis::StreamConsumer"
    properties = {"ConsumerName": ENFORCED, "StreamARN": ENFORCED, "Tags": STORED}
    replaces = frozenset({"ConsumerName", "StreamARN"})

    async def create(self, wish: Wish) -> Physical:
        call = {name: wish.properties[name] for name in ("ConsumerName", "StreamARN")}
        tags = tags_of(wish.properties)
        made = (await self.call("kinesis", "RegisterStreamConsumer", {**call, "Tags": tags}))["Consumer"]
        attributes = {
            "ConsumerARN": made["ConsumerARN"],
            "ConsumerName": made["ConsumerName"],
            "ConsumerStatus": "ACTIVE",
            "ConsumerCreationTimestamp": str(made["ConsumerCreationTimestamp"]),
            "StreamARN": call["StreamARN"],
        }
        return Physical(made["ConsumerARN"], attributes)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        tags = tags_of(wish.properties)
        if gone := [key for key in tags_of(old) if key not in tags]:
            await self.call("kinesis", "UntagResource", {"ResourceARN": physical.id, "TagKeys": gone})
        if tags:
            await self.call("kinesis", "TagResource", {"ResourceARN": physical.id, "Tags": tags})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("kinesis", "DeregisterStreamConsumer", {"ConsumerARN": physical.id}))


class ResourcePolicyType(ResourceType):
    type = "AWS::Kinesis::ResourcePolicy"
    properties = {"ResourceArn": ENFORCED, "ResourcePolicy": STORED}
    replaces = frozenset({"ResourceArn"})

    async def create(self, wish: Wish) -> Physical:
        await self._put(wish.properties)
        return Physical(wish.properties["ResourceArn"])

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._put(wish.properties)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("kinesis", "DeleteResourcePolicy", {"ResourceARN": physical.id}))

    async def _put(self, properties: dict[str, Any]) -> None:
        call = {"ResourceARN": properties["ResourceArn"], "Policy": json.dumps(properties["ResourcePolicy"])}
        await self.call("kinesis", "PutResourcePolicy", call)


def _mode(properties: dict[str, Any]) -> str:
    return str((properties.get("StreamModeDetails") or {}).get("StreamMode", "PROVISIONED"))
