"""Who of elsewhere may use a topic: its policy decides; a subscription is also its owner's, wherever the topic is."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.calls import Call
from windtunnel.aws.visitors import Asked, Visiting
from windtunnel.services.sns import topic_attributes
from windtunnel.services.sns.records import Topic
from windtunnel.services.sns.topics import SnsTables

_ACTIONS = {"PublishBatch": "Publish"}
_OF_SUBSCRIPTIONS = ("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe")


class Visitors(SnsTables, Visiting):
    refusal = ("AuthorizationError", 403)
    named = "TopicArn"

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.topics.follow(self._changed)

    def _changed(self, old: Topic | None, new: Topic | None) -> None:
        if old is None or new is None or old.attributes is not new.attributes:
            self.judge_anew()

    def asked(self, call: Call) -> list[Asked]:
        params = call.params
        arn = params.get("TopicArn") or params.get("TargetArn") or params.get("ResourceArn") or ""
        if call.operation == "ConfirmSubscription":
            return []  # who has the token may
        if call.operation in _OF_SUBSCRIPTIONS:
            arn = params["SubscriptionArn"]
            subscription = self.subscriptions.get(arn.split(":")[5], arn)
            if subscription is not None and subscription.owner == call.account:
                return []
        action = _ACTIONS.get(call.operation, call.operation)
        topic = self.topics.get(arn.split(":")[5]) if arn.count(":") > 4 else None
        context = {"sns:Protocol": params.get("Protocol", ""), "sns:Endpoint": params.get("Endpoint", "")}
        return [
            Asked(
                f"SNS:{action}",
                arn,
                topic_attributes.policy_text(topic) if topic is not None else "",
                context if call.operation == "Subscribe" else {},
            )
        ]
