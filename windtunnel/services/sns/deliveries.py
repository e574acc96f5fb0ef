"""
Bringing notifications to their subscriptions.

    publish ─► queue, function: at once ─ fails ─┐
               HTTP, email: in the background ───┴─► Delivery ─► attempt … ─► dead-letter queue

What the endpoint refuses for good (it is gone, it may not be sent to) is not tried again.
AWS: sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.calls import Sender
from windtunnel.aws.errors import ApiError
from windtunnel.fabric.deliveries import Delivery
from windtunnel.fabric.outside_calls import ask
from windtunnel.fabric.posting import NotPosted
from windtunnel.services.sns import retries, subscription_attributes
from windtunnel.services.sns.envelopes import Envelopes
from windtunnel.services.sns.facts import (
    LetterSent,
    NotificationDeadLettered,
    NotificationDelivered,
    NotificationFailed,
    NotificationLost,
)
from windtunnel.services.sns.records import Notification, Subscription, Topic
from windtunnel.services.sns.signing import Signer
from windtunnel.services.sns.topics import SnsTables

AT_ONCE = ("sqs", "lambda")
SERVICE = "sns.amazonaws.com"
LONGEST_S = 23 * 86_400
_AGENT = "Amazon Simple Notification Service Agent"
_TOO_MANY = 429


class Undelivered(Exception):
    """An attempt failed; `final` when another one cannot succeed."""

    def __init__(self, why: str, final: bool) -> None:
        super().__init__(why)
        self.final = final


class Deliveries(SnsTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._signer = Signer(self.home.blobs.put, self.clock.now())
        self._made: Envelopes | None = None

    async def deliver(self, topic: Topic, notification: Notification, subscriptions: list[Subscription]) -> None:
        """Returns when each of these subscriptions has it, or a delivery that will not be lost."""
        for subscription in subscriptions:
            if subscription.protocol not in AT_ONCE:
                self._accept(topic, notification, subscription)
                continue
            make = partial(self._delivery, topic, notification, subscription)
            try:
                await self._hand_over(topic, notification, subscription, attempt=1)
            except Undelivered as failure:
                first = replace(make(), attempts=1)
                again = await self._again(first, topic, notification, subscription, failure)
                if again is not None:
                    self.home.cloud.fabric.accept(again)
            else:
                self.home.cloud.fabric.passed(make, len(notification.message))

    def ask_for_confirmation(self, topic: Topic, subscription: Subscription) -> None:
        """The endpoint gets the token that confirms its subscription."""
        text = (
            f"You have chosen to subscribe to the topic {topic.arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        )
        self._accept(topic, self._notice(topic, "SubscriptionConfirmation", text, subscription.token), subscription)

    def tell_of_the_end(self, topic: Topic, subscription: Subscription) -> None:
        text = (
            f"You have chosen to deactivate subscription {subscription.arn}.\n"
            "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
        )
        self._accept(topic, self._notice(topic, "UnsubscribeConfirmation", text, subscription.token), subscription)

    async def attempt(self, delivery: Delivery) -> Delivery | None:
        """One try (`fabric/deliveries.py`)."""
        notification = msgspec.msgpack.decode(delivery.payload, type=Notification)
        topic = self.topics.get(notification.topic)
        if topic is None:
            return None  # what a deleted topic still had to say is not said any more
        subscription = msgspec.json.decode(delivery.details["subscription"], type=Subscription)
        try:
            await self._hand_over(topic, notification, subscription, delivery.attempts)
        except Undelivered as failure:
            return await self._again(delivery, topic, notification, subscription, failure)
        return None

    def _accept(self, topic: Topic, notification: Notification, subscription: Subscription) -> None:
        self.home.cloud.fabric.accept(self._delivery(topic, notification, subscription))

    def _delivery(self, topic: Topic, notification: Notification, subscription: Subscription) -> Delivery:
        now = self.clock.now()
        return Delivery(
            id=self.ids.uuid(), service="sns", noun="Deliveries", account=self.home.account, region=self.home.region,
            target=subscription.endpoint, payload=msgspec.msgpack.encode(notification), accepted_at=now, due_at=now,
            expires_at=now + LONGEST_S, details={"subscription": msgspec.json.encode(subscription).decode()},
        )  # fmt: skip

    def _notice(self, topic: Topic, kind: str, text: str, token: str) -> Notification:
        return Notification(
            id=self.ids.uuid(), topic=topic.name, message=text, published_at=self.clock.now(), kind=kind, token=token,
            signature_version=topic.attributes.get("SignatureVersion", "1"),
        )  # fmt: skip

    async def _again(
        self,
        delivery: Delivery,
        topic: Topic,
        notification: Notification,
        subscription: Subscription,
        failure: Undelivered,
    ) -> Delivery | None:
        """The same delivery with its next time; None when it has been given up."""
        if subscription.protocol in AT_ONCE:
            wait = retries.wait_of_aws_s(delivery.attempts)
        else:
            policy = subscription_attributes.delivery_policy(subscription, topic)["healthyRetryPolicy"]
            wait = retries.wait_of_http_s(policy, delivery.attempts)
        due_at = self.clock.now() + wait if wait is not None and not failure.final else 0.0
        self.home.record(
            NotificationFailed(
                topic.arn, subscription.arn, notification.id, delivery.attempts, str(failure), due_at
            )
        )  # fmt: skip
        if due_at:
            return replace(delivery, due_at=due_at)
        await self._dead_letter(topic, notification, subscription, failure)
        return None

    async def _dead_letter(
        self, topic: Topic, notification: Notification, subscription: Subscription, failure: Undelivered
    ) -> None:
        queue = subscription_attributes.dead_letter_target(subscription)
        try:
            if not queue:
                raise ApiError("NoDeadLetterQueue", str(failure))
            await self._to_queue(topic, notification, subscription, queue)
        except ApiError as error:
            self.home.record(NotificationLost(topic.arn, subscription.arn, notification.id, error.message))
        else:
            self.home.record(NotificationDeadLettered(topic.arn, subscription.arn, notification.id, queue))

    async def _hand_over(
        self, topic: Topic, notification: Notification, subscription: Subscription, attempt: int
    ) -> None:
        """Raises Undelivered."""
        protocol = subscription.protocol
        try:
            if protocol == "sqs":
                await self._to_queue(topic, notification, subscription, subscription.endpoint)
            elif protocol == "lambda":
                await self._to_function(topic, notification, subscription)
            elif protocol in ("http", "https"):
                await self._to_address(topic, notification, subscription)
            elif protocol == "application":
                bodies = notification.bodies or {"default": notification.message}
                self.noun("PlatformEndpoints").push(subscription.endpoint, notification.subject, bodies, topic.arn)
            else:
                self._to_person(topic, notification, subscription)
        except ApiError as error:
            raise Undelivered(f"{error.code}: {error.message}", final=not error.transient) from None
        self.home.record(
            NotificationDelivered(
                topic.arn, subscription.arn, protocol, subscription.endpoint, notification.id, attempt
            )
        )  # fmt: skip

    async def _to_queue(
        self, topic: Topic, notification: Notification, subscription: Subscription, arn: str
    ) -> None:  # fmt: skip
        _, _, _, region, account, name = arn.split(":", 5)
        wish: dict[str, Any] = {"QueueUrl": f"https://sqs.{region}.amazonaws.com/{account}/{name}"}
        if subscription.raw:
            wish["MessageBody"] = notification.body_for("sqs")
            if notification.attributes:
                wish["MessageAttributes"] = notification.attributes
        else:
            wish["MessageBody"] = self._envelopes().text(topic, notification, subscription)
        if notification.group:
            wish["MessageGroupId"] = notification.group
        if name.endswith(".fifo"):
            wish["MessageDeduplicationId"] = notification.deduplication or notification.id
        if notification.trace:
            header = {"DataType": "String", "StringValue": notification.trace}
            wish["MessageSystemAttributes"] = {"AWSTraceHeader": header}
        await self.home.call(
            "sqs", "SendMessage", wish, account=account, region=region, trace=notification.trace,
            sender=Sender(SERVICE, topic.arn, self.home.account),
        )  # fmt: skip

    async def _to_function(self, topic: Topic, notification: Notification, subscription: Subscription) -> None:
        record = self._envelopes().record(topic, notification, subscription)
        _, _, _, region, account, _ = subscription.endpoint.split(":", 5)
        wish = {
            "FunctionName": subscription.endpoint,
            "InvocationType": "Event",
            "Payload": json.dumps({"Records": [record]}).encode(),
        }
        await self.home.call(
            "lambda", "Invoke", wish, account=account, region=region, trace=notification.trace,
            sender=Sender(SERVICE, topic.arn, self.home.account),
        )  # fmt: skip

    async def _to_address(self, topic: Topic, notification: Notification, subscription: Subscription) -> None:
        policy = subscription_attributes.delivery_policy(subscription, topic)["requestPolicy"]
        headers = {
            "x-amz-sns-message-type": notification.kind,
            "x-amz-sns-message-id": notification.id,
            "x-amz-sns-topic-arn": topic.arn,
            "Content-Type": policy["headerContentType"],
            "User-Agent": _AGENT,
            "Accept-Encoding": "gzip,deflate",
        }
        if notification.kind != "SubscriptionConfirmation":
            headers["x-amz-sns-subscription-arn"] = subscription.arn
        if subscription.raw and notification.kind == "Notification":
            headers["x-amz-sns-rawdelivery"] = "true"
            body = notification.body_for(subscription.protocol)
        else:
            body = self._envelopes().text(topic, notification, subscription)
        try:
            faults = self.home.cloud.faults
            reply = await ask(faults, subscription.arn, "POST", subscription.endpoint, headers, body.encode())
        except NotPosted as failure:
            raise Undelivered(str(failure), final=False) from None
        status = reply.status
        if not 200 <= status < 300:
            final = 400 <= status < 500 and status != _TOO_MANY
            raise Undelivered(f"{subscription.endpoint} answered {status}", final)

    def _to_person(self, topic: Topic, notification: Notification, subscription: Subscription) -> None:
        protocol, address = subscription.protocol, subscription.endpoint
        if protocol == "sms":
            phone = self.phones.get(address)
            if phone is not None and phone.opted_out:
                raise Undelivered(f"{address} has opted out", final=True)
        whole = protocol == "email-json" or notification.kind != "Notification"
        text = (
            self._envelopes().text(topic, notification, subscription) if whole else notification.body_for(protocol)
        )  # fmt: skip
        subject = "" if protocol == "sms" else notification.subject or "AWS Notification Message"
        self.home.record(LetterSent(protocol, address, subject, text, topic.arn))

    def _envelopes(self) -> Envelopes:
        """The address of this cloud is known when it listens, which may be later."""
        endpoint = self.home.cloud.endpoint or f"https://sns.{self.home.region}.amazonaws.com"
        if self._made is None or self._made.endpoint != endpoint:
            self._made = Envelopes(endpoint, self._signer)
        return self._made
