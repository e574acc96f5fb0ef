"""AWS::SQS::*: queues and queue policies in templates."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.resources import ENFORCED, STORED, Physical, ResourceType, Wish, tags_of, unless_gone

_TEXT = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
_DOCUMENTS = ("RedrivePolicy", "RedriveAllowPolicy")


class QueueType(ResourceType):
    type = "AWS::SQS::Queue"
    properties = {
        **dict.fromkeys(_TEXT, ENFORCED),
        "KmsDataKeyReusePeriodSeconds": STORED,
        "KmsMasterKeyId": STORED,
        "SqsManagedSseEnabled": STORED,
        "QueueName": ENFORCED,
        "RedrivePolicy": ENFORCED,
        "RedriveAllowPolicy": STORED,
        "Tags": STORED,
    }
    replaces = frozenset({"QueueName", "FifoQueue"})

    async def create(self, wish: Wish) -> Physical:
        name = wish.properties.get("QueueName")
        if not name:
            fifo = str(wish.properties.get("FifoQueue")).lower() == "true"
            name = wish.name[: 75 if fifo else 80] + (".fifo" if fifo else "")
        made = await self.call(
            "sqs",
            "CreateQueue",
            {
                "QueueName": name,
                "Attributes": _attributes(wish.properties),
                "tags": {**wish.tags, **tags_of(wish.properties)},
            },
        )
        return Physical(
            made["QueueUrl"],
            {
                "Arn": f"arn:aws:sqs:{wish.region}:{wish.account}:{name}",
                "QueueName": name,
                "QueueUrl": made["QueueUrl"],
            },
        )

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        reset = {name: "" for name in _attributes(old) if name not in wish.properties}
        if attributes := {**_defaults(reset), **_attributes(wish.properties)}:
            await self.call("sqs", "SetQueueAttributes", {"QueueUrl": physical.id, "Attributes": attributes})
        tags = tags_of(wish.properties)
        if gone := [key for key in tags_of(old) if key not in tags]:
            await self.call("sqs", "UntagQueue", {"QueueUrl": physical.id, "TagKeys": gone})
        if tags:
            await self.call("sqs", "TagQueue", {"QueueUrl": physical.id, "Tags": tags})
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await unless_gone(self.call("sqs", "DeleteQueue", {"QueueUrl": physical.id}))


class QueuePolicyType(ResourceType):
    type = "AWS::SQS::QueuePolicy"
    properties = {"PolicyDocument": STORED, "Queues": ENFORCED}

    async def create(self, wish: Wish) -> Physical:
        await self._set(wish.properties["Queues"], json.dumps(wish.properties["PolicyDocument"]))
        return Physical(wish.name, {"Id": wish.name})

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        await self._set(wish.properties["Queues"], json.dumps(wish.properties["PolicyDocument"]))
        await self._clear([url for url in old["Queues"] if url not in wish.properties["Queues"]])
        return physical

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        await self._clear(properties["Queues"])

    async def _clear(self, queues: list[str]) -> None:
        for url in queues:
            await unless_gone(self._set([url], ""))

    async def _set(self, queues: list[str], policy: str) -> None:
        for url in queues:
            await self.call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": policy}})


def _attributes(properties: dict[str, Any]) -> dict[str, str]:
    attributes = {name: _text(properties[name]) for name in _TEXT if name in properties}
    for name in _DOCUMENTS:
        if name in properties:
            document = properties[name]
            attributes[name] = document if isinstance(document, str) else json.dumps(document)
    attributes.pop("FifoQueue", None) if attributes.get("FifoQueue") == "false" else None
    return attributes


def _defaults(reset: dict[str, str]) -> dict[str, str]:
    """What CloudFormation sets for a property that is gone: of the largest message, the limit of former times."""
    from windtunnel.services.sqs.attributes import DEFAULTS, FIFO_DEFAULTS

    defaults = {**DEFAULTS, **FIFO_DEFAULTS, "MaximumMessageSize": "262144"}
    return {name: defaults.get(name, "") for name in reset if name != "FifoQueue"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
