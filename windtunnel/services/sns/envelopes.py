"""The forms in which a notification is delivered. AWS: sns/latest/dg/sns-message-and-json-formats.html"""

from __future__ import annotations

import base64
import functools
import json
from typing import Any
from urllib.parse import quote

from windtunnel.aws import timestamps
from windtunnel.services.sns.records import Notification, Subscription, Topic
from windtunnel.services.sns.signing import Signer

_UNSUBSCRIBE = "UnsubscribeURL"
_HERE = "\x00here\x00"
"""Stands for the one value in which the envelopes of a message differ from subscription to subscription."""

_text = json.encoder.encode_basestring_ascii


class Envelopes:
    """For one home: `endpoint` is where it answers, `signer` signs what is not in order of groups."""

    def __init__(self, endpoint: str, signer: Signer) -> None:
        self.endpoint = endpoint
        self._signer = signer
        self._shared: tuple[tuple[str, str], str, str] = (("", ""), "", "")

    def text(self, topic: Topic, notification: Notification, subscription: Subscription) -> str:
        """For queues, HTTP and email: JSON over several lines, as AWS writes it. What all subscriptions get is made once."""
        if notification.token:
            return _lines(self._fields(topic, notification, subscription))
        if self._shared[0] != (notification.id, subscription.protocol) or notification.replayed:
            whole = _lines({**self._fields(topic, notification, subscription), _UNSUBSCRIBE: _HERE})
            before, _, after = whole.partition(_text(_HERE))
            self._shared = (("" if notification.replayed else notification.id, subscription.protocol), before, after)
        _, before, after = self._shared
        return f"{before}{_text(self._unsubscribe_url(subscription))}{after}"

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
                f"ConfirmSubscription&TopicArn={_quoted(topic.arn)}&Token={notification.token}"
            )
        fields["Timestamp"] = timestamps.iso_milliseconds(notification.published_at)
        if not notification.sequence:
            # AWS signs what functions get in the first way, whatever the topic says
            fields["SignatureVersion"] = "1" if subscription.protocol == "lambda" else notification.signature_version
            fields["Signature"] = self._signer.signature(fields)
            fields["SigningCertURL"] = f"{self.endpoint}{self._signer.path}"
        if not notification.token:
            fields[_UNSUBSCRIBE] = self._unsubscribe_url(subscription)
        if notification.replayed:
            fields["Replayed"] = True
        if notification.attributes:
            fields["MessageAttributes"] = {
                name: {"Type": attribute["DataType"], "Value": _value(attribute)}
                for name, attribute in notification.attributes.items()
            }
        return fields

    def _unsubscribe_url(self, subscription: Subscription) -> str:
        return self._url(f"Unsubscribe&SubscriptionArn={_quoted(subscription.arn)}")

    def _url(self, what: str) -> str:
        return f"{self.endpoint}/?Action={what}"


@functools.lru_cache(maxsize=4096)
def _quoted(arn: str) -> str:
    """As it stands in a URL; the same few are asked for again and again."""
    return quote(arn, safe=":")


def _lines(fields: dict[str, Any]) -> str:
    return "{\n" + ",\n".join([f'  "{name}" : {_json(value)}' for name, value in fields.items()]) + "\n}"


def _json(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value, indent=2, separators=(",", " : ")).replace("\n", "\n  ")


def _value(attribute: dict[str, Any]) -> str:
    if "BinaryValue" in attribute:
        return base64.b64encode(attribute["BinaryValue"]).decode()
    return str(attribute["StringValue"])
