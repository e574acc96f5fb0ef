"""The forms in which a notification is delivered. AWS: sns/latest/dg/sns-message-and-json-formats.html"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

from windtunnel.aws import timestamps
from windtunnel.services.sns.records import Notification, Subscription, Topic
from windtunnel.services.sns.signing import Signer


class Envelopes:
    """For one home: `endpoint` is where it answers, `signer` signs what is not in order of groups."""

    def __init__(self, endpoint: str, signer: Signer) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._signer = signer

    def text(self, topic: Topic, notification: Notification, subscription: Subscription) -> str:
        """For queues, HTTP and email: JSON over several lines, as AWS writes it."""
        return json.dumps(self._fields(topic, notification, subscription), indent=2, separators=(",", " : "))

    def record(self, topic: Topic, notification: Notification, subscription: Subscription) -> dict[str, Any]:
        """For functions. AWS: lambda/latest/dg/with-sns.html"""
        fields = self._fields(topic, notification, subscription)
        fields["SigningCertUrl"] = fields.pop("SigningCertURL", "")
        fields["UnsubscribeUrl"] = fields.pop("UnsubscribeURL")
        fields.setdefault("Subject", None)
        fields.setdefault("MessageAttributes", {})
        return {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "Sns": fields,
        }

    def _fields(self, topic: Topic, notification: Notification, subscription: Subscription) -> dict[str, Any]:
        fields: dict[str, Any] = {"Type": notification.kind, "MessageId": notification.id}
        if notification.sequence:
            fields["SequenceNumber"] = notification.sequence
        if notification.token:
            fields["Token"] = notification.token
        fields["TopicArn"] = topic.arn
        if notification.subject is not None:
            fields["Subject"] = notification.subject
        fields["Message"] = notification.body_for(subscription.protocol)
        if notification.token:
            fields["SubscribeURL"] = self._url(
                f"ConfirmSubscription&TopicArn={quote(topic.arn, safe=':')}&Token={notification.token}"
            )
        fields["Timestamp"] = timestamps.iso_milliseconds(notification.published_at)
        if not notification.sequence:
            fields["SignatureVersion"] = notification.signature_version
            fields["Signature"] = self._signer.signature(fields)
            fields["SigningCertURL"] = f"{self._endpoint}{self._signer.path}"
        if not notification.token:
            fields["UnsubscribeURL"] = self._url(f"Unsubscribe&SubscriptionArn={quote(subscription.arn, safe=':')}")
        if notification.attributes:
            fields["MessageAttributes"] = {
                name: {"Type": attribute["DataType"], "Value": _value(attribute)}
                for name, attribute in notification.attributes.items()
            }
        return fields

    def _url(self, what: str) -> str:
        return f"{self._endpoint}/?Action={what}"


def _value(attribute: dict[str, Any]) -> str:
    if "BinaryValue" in attribute:
        return base64.b64encode(attribute["BinaryValue"]).decode()
    return str(attribute["StringValue"])
