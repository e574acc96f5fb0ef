"""Operations on subscriptions: who gets what is published to a topic."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.calls import Elsewhere
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.paging import page
from windtunnel.services.sns import subscription_attributes
from windtunnel.services.sns.records import Subscription, Topic
from windtunnel.services.sns.topics import SnsTables, invalid

CONFIRMED_AT_ONCE = ("sqs", "lambda", "sms", "application")
_PROTOCOLS = (*CONFIRMED_AT_ONCE, "http", "https", "email", "email-json")
_NOT_BUILT = ("firehose",)
_PHONE = re.compile(r"\+?[0-9]+([-./ ][0-9]+)*")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PENDING = "pending confirmation"


class Subscriptions(SnsTables):
    def subscribe(self, ctx, TopicArn, Protocol, Endpoint="", Attributes=None, ReturnSubscriptionArn=False):
        topic = self.topic_at(TopicArn)
        _check_endpoint(topic, Protocol, Endpoint)
        attributes = dict(Attributes or {})
        try:
            subscription_attributes.check(attributes, attributes, Protocol)
        except ApiError as error:
            raise subscription_attributes.reasoned(error) from None
        known = self._same(topic, Protocol, Endpoint)
        if known is not None:
            if attributes and any(known.attributes.get(name) != value for name, value in attributes.items()):
                raise invalid("Attributes Reason: Subscription already exists with different attributes")
            subscription = known
        else:
            subscription = self.subscriptions.put(
                Subscription(
                    topic=topic.name, arn=f"{topic.arn}:{self.ids.uuid()}", protocol=Protocol, endpoint=Endpoint,
                    owner=ctx.account, principal=ctx.principal, created_at=self.clock.now(),
                    confirmed=_is_confirmed(Protocol, Endpoint, ctx.account), token=self.ids.hex(288), attributes=attributes,
                )
            )  # fmt: skip
            if attributes.get("ReplayPolicy"):
                self.noun("Archives").replay(topic, subscription, attributes["ReplayPolicy"])
        if not subscription.confirmed:
            self.noun("Deliveries").ask_for_confirmation(topic, subscription)
        shown = subscription.arn if subscription.confirmed or ReturnSubscriptionArn else PENDING
        return {"SubscriptionArn": shown}

    def unsubscribe(self, ctx, SubscriptionArn):
        parts = SubscriptionArn.split(":")
        if len(parts) < 6:
            raise invalid(f"SubscriptionArn Reason: An ARN must have at least 6 elements, not {len(parts)}")
        if len(parts) != 7:
            raise invalid("SubscriptionId")
        if parts[4] != self.home.account and len(parts[4]) == 12 and parts[4].isdigit():
            raise Elsewhere(parts[4])
        found = self.subscriptions.get(parts[5], SubscriptionArn)
        topic = self.topics.get(parts[5])
        if found is None or topic is None:
            return  # what is gone already is no error
        self.subscriptions.delete(topic.name, found.arn)
        self.noun("Archives").forget(found)
        self.topics.put(replace(topic, deleted_subscriptions=topic.deleted_subscriptions + 1))
        if found.protocol in ("http", "https") and found.confirmed:
            self.noun("Deliveries").tell_of_the_end(topic, found)

    def list_subscriptions(self, ctx, NextToken=None):
        return page("Subscriptions", [self._shown(each) for each in self.subscriptions.all()], NextToken)

    def list_subscriptions_by_topic(self, ctx, TopicArn, NextToken=None):
        topic = self.topic_at(TopicArn)
        return page("Subscriptions", [self._shown(each) for each in self.subscriptions.all(topic.name)], NextToken)

    def get_subscription_attributes(self, ctx, SubscriptionArn):
        subscription = self.subscription_at(SubscriptionArn)
        topic = self.topics.get(subscription.topic)
        shown = subscription_attributes.shown(subscription, topic)
        status = self.noun("Archives").status(subscription)
        return {"Attributes": {**shown, **({"ReplayStatus": status} if status else {})}}

    def set_subscription_attributes(self, ctx, SubscriptionArn, AttributeName, AttributeValue=""):
        subscription = self.subscription_at(SubscriptionArn)
        changed = {AttributeName: AttributeValue}
        attributes = {**subscription.attributes, **changed}
        subscription_attributes.check(attributes, changed, subscription.protocol)
        changed_subscription = self.subscriptions.put(replace(subscription, attributes=attributes))
        if AttributeName == "ReplayPolicy":
            self.noun("Archives").replay(self.topics.get(subscription.topic), changed_subscription, AttributeValue)

    def _same(self, topic: Topic, protocol: str, endpoint: str) -> Subscription | None:
        of_topic = self.subscriptions.all(topic.name)
        return next((each for each in of_topic if each.protocol == protocol and each.endpoint == endpoint), None)

    def _shown(self, subscription: Subscription) -> dict[str, Any]:
        return {
            "SubscriptionArn": subscription.arn if subscription.confirmed else "PendingConfirmation",
            "Owner": subscription.owner,
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "TopicArn": self.home.arn("sns", subscription.topic),
        }


def _is_confirmed(protocol: str, endpoint: str, subscriber: str) -> bool:
    """At once, but a queue of another account than who subscribes it: that one must confirm.

    AWS: sns/latest/dg/sns-send-message-to-sqs-cross-account.html
    """
    return protocol in CONFIRMED_AT_ONCE and (protocol != "sqs" or endpoint.split(":")[4] == subscriber)


def _check_endpoint(topic: Topic, protocol: str, endpoint: str) -> None:
    if protocol in _NOT_BUILT:
        raise NotImplementedHere(f"A subscription with the protocol {protocol}")
    if protocol not in _PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
        raise invalid("Endpoint must match the specified protocol")
    if protocol in ("sqs", "lambda"):
        _check_arn(topic, protocol, endpoint)
    if protocol == "application" and endpoint.split(":endpoint/")[-1].count("/") != 2:
        raise invalid(f"Application endpoint arn invalid:{endpoint}")
    if protocol == "sms" and not _PHONE.fullmatch(endpoint):
        raise ApiError("InvalidParameter", f"Invalid SMS endpoint: {endpoint}")
    if protocol.startswith("email") and not _MAIL.fullmatch(endpoint):
        raise invalid("Email address")
    if topic.fifo and protocol != "sqs":
        raise invalid(
            f"Invalid parameter: Endpoint Reason: Please use FIFO SQS queue; {protocol} cannot be subscribed to a FIFO topic"
        )


def _check_arn(topic: Topic, protocol: str, endpoint: str) -> None:
    parts = endpoint.split(":")
    if parts[0] != "arn" or len(parts) < 6 or parts[2] != protocol:
        raise invalid("SQS endpoint ARN" if protocol == "sqs" else "Lambda endpoint ARN")
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.fifo:
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )
