"""Statements of a topic's access policy, one label each."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from windtunnel.services.sns import topic_attributes
from windtunnel.services.sns.records import Topic
from windtunnel.services.sns.topics import SnsTables, invalid

_ACTIONS = {*topic_attributes.ACTIONS, "Receive"}


class TopicPermissions(SnsTables):
    def add_permission(self, ctx, TopicArn, Label, AWSAccountId, ActionName):
        topic = self.topic_at(TopicArn)
        if not set(ActionName) <= _ACTIONS:
            raise invalid("Policy statement action out of service scope!")
        policy = topic_attributes.policy(topic)
        if any(statement.get("Sid") == Label for statement in policy["Statement"]):
            raise invalid("Statement already exists")
        statement = {
            "Sid": Label,
            "Effect": "Allow",
            "Principal": {"AWS": _one([f"arn:aws:iam::{account}:root" for account in AWSAccountId])},
            "Action": _one([f"SNS:{action}" for action in ActionName]),
            "Resource": topic.arn,
        }
        self._put(topic, {**policy, "Statement": [*policy["Statement"], statement]})

    def remove_permission(self, ctx, TopicArn, Label):
        topic = self.topic_at(TopicArn)
        policy = topic_attributes.policy(topic)
        kept = [statement for statement in policy["Statement"] if statement.get("Sid") != Label]
        self._put(topic, {**policy, "Statement": kept})

    def _put(self, topic: Topic, policy: dict[str, Any]) -> None:
        text = json.dumps(policy, separators=(",", ":"))
        self.topics.put(replace(topic, attributes={**topic.attributes, "Policy": text}))


def _one(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values
