"""AWS::SNS::*: topics, subscriptions and topic policies in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone

_TEXT = (
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoThroughputScope",
    "FifoTopic",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
)


class TopicType(ResourceType):
    type = "AWS::SNS::Topic"
    properties = {
        **dict.fromkeys(_TEXT, ENFORCED),
        "ArchivePolicy": ENFORCED,
        "DisplayName": STORED,
        "KmsMasterKeyId": STORED,
        "TracingConfig": STORED,
        "Subscription": ENFORCED,
        "Tags": STORED,
        "TopicName": ENFORCED,
    }
    replaces = frozenset({"TopicName", "FifoTopic"})

    async def create(self, wish: Wish) -> Physical:
        properties = wish.properties
        fifo = _text(properties.get("FifoTopic", False)) == "true"
        name = properties.get("TopicName") or wish.name[: 251 if fifo else 256] + (".fifo" if fifo else "")
        tags = [{"Key": key, "Value": value} for key, value in {**wish.tags, **tags_of(properties)}.items()]
        call = {"Name": name, "Attributes": _attributes(properties), "Tags": tags}
        arn = (await self.call("sns", "CreateTopic", call))["TopicArn"]
        for each in properties.get("Subscription") or ():
            await self._subscribe(arn, each)
        return Physical(arn, {"TopicArn": arn, "TopicName": name})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        for name, value in _attributes(wish.properties).items():
            if name != "FifoTopic" and value != _attributes(old).get(name):
                await self._set(physical.id, name, value)
        for name in _attributes(old).keys() - _attributes(wish.properties).keys() - {"FifoTopic"}:
            await self._set(physical.id, name, "")
        wanted, before = wish.properties.get("Subscription") or [], old.get("Subscription") or []
        for each in (each for each in wanted if each not in before):
            await self._subscribe(physical.id, each)
        await self._unsubscribe(physical.id, [each for each in before if each not in wanted])
        tags = tags_of(wish.properties)
        if gone := [key for key in tags_of(old) if key not in tags]:
            await self.call("sns", "UntagResource", {"ResourceArn": physical.id, "TagKeys": gone})
        if tags:
            shown = [{"Key": key, "Value": value} for key, value in tags.items()]
            await self.call("sns", "TagResource", {"ResourceArn": physical.id, "Tags": shown})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("sns", "DeleteTopic", {"TopicArn": physical.id})

    async def _set(self, arn: str, name: str, value: str) -> None:
        wish = {"TopicArn": arn, "AttributeName": name, "AttributeValue": value}
        await self.call("sns", "SetTopicAttributes", wish)

    async def _subscribe(self, arn: str, each: dict[str, Any]) -> None:
        wish = {"TopicArn": arn, "Protocol": each["Protocol"], "Endpoint": each["Endpoint"]}
        await self.call("sns", "Subscribe", wish)

    async def _unsubscribe(self, arn: str, gone: list[dict[str, Any]]) -> None:
        known = (await self.call("sns", "ListSubscriptionsByTopic", {"TopicArn": arn}))["Subscriptions"] if gone else []
        for each in known:
            if {"Protocol": each["Protocol"], "Endpoint": each["Endpoint"]} in gone and ":" in each["SubscriptionArn"]:
                await self.call("sns", "Unsubscribe", {"SubscriptionArn": each["SubscriptionArn"]})


class SubscriptionType(ResourceType):
    type = "AWS::SNS::Subscription"
    properties = {
        "DeliveryPolicy": ENFORCED,
        "Endpoint": ENFORCED,
        "FilterPolicy": ENFORCED,
        "FilterPolicyScope": ENFORCED,
        "Protocol": ENFORCED,
        "RawMessageDelivery": ENFORCED,
        "RedrivePolicy": ENFORCED,
        "Region": STORED,
        "ReplayPolicy": ENFORCED,
        "TopicArn": ENFORCED,
    }
    replaces = frozenset({"Endpoint", "Protocol", "TopicArn"})

    async def create(self, wish: Wish) -> Physical:
        properties = wish.properties
        call = {
            "TopicArn": properties["TopicArn"],
            "Protocol": properties["Protocol"],
            "Endpoint": properties.get("Endpoint", ""),
            "Attributes": _subscription_attributes(properties),
            "ReturnSubscriptionArn": True,
        }
        arn = (await self.call("sns", "Subscribe", call))["SubscriptionArn"]
        return Physical(arn, {"Arn": arn})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        new, before = _subscription_attributes(wish.properties), _subscription_attributes(old)
        reset = {name: "false" if name == "RawMessageDelivery" else "" for name in before if name not in new}
        for name, value in {**reset, **new}.items():
            if value != before.get(name):
                call = {"SubscriptionArn": physical.id, "AttributeName": name, "AttributeValue": value}
                await self.call("sns", "SetSubscriptionAttributes", call)
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self.call("sns", "Unsubscribe", {"SubscriptionArn": physical.id})


class TopicPolicyType(ResourceType):
    type = "AWS::SNS::TopicPolicy"
    properties = {"PolicyDocument": STORED, "Topics": ENFORCED}

    async def create(self, wish: Wish) -> Physical:
        await self._set(wish.properties["Topics"], json.dumps(wish.properties["PolicyDocument"]))
        return Physical(wish.name, {"Id": wish.name})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._set(wish.properties["Topics"], json.dumps(wish.properties["PolicyDocument"]))
        await self._clear([arn for arn in old["Topics"] if arn not in wish.properties["Topics"]])
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self._clear(properties["Topics"])

    async def _clear(self, topics: list[str]) -> None:
        for arn in topics:
            await unless_gone(self._set([arn], ""))

    async def _set(self, topics: list[str], policy: str) -> None:
        for arn in topics:
            wish = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy}
            await self.call("sns", "SetTopicAttributes", wish)


def _attributes(properties: dict[str, Any]) -> dict[str, str]:
    given = {name: _text(properties[name]) for name in _TEXT if name in properties}
    if "ArchivePolicy" in properties:
        given["ArchivePolicy"] = _json(properties["ArchivePolicy"])
    if given.get("FifoTopic") == "false":
        given = {name: value for name, value in given.items() if name not in ("FifoTopic", "ContentBasedDeduplication")}
    return given


def _subscription_attributes(properties: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name in ("DeliveryPolicy", "FilterPolicy", "RedrivePolicy", "ReplayPolicy"):
        if name in properties:
            found[name] = _json(properties[name])
    for name in ("FilterPolicyScope", "RawMessageDelivery"):
        if name in properties:
            found[name] = _text(properties[name])
    return found


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
