"""The attributes of a topic: which there are, their defaults, what a client sees. AWS: sns/latest/api/API_SetTopicAttributes.html"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.sns.records import Topic

_FEEDBACK = {
    f"{protocol}{what}"
    for protocol in ("HTTP", "Firehose", "Lambda", "Application", "SQS")
    for what in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
}
SETTABLE = {
    "ContentBasedDeduplication",
    "DeliveryPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "Policy",
    "SignatureVersion",
    "TracingConfig",
    *_FEEDBACK,
}
_CREATABLE = {*SETTABLE, "FifoTopic"}
RETRIES = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
"""AWS: sns/latest/dg/sns-message-delivery-retries.html"""

_DELIVERY = {
    "http": {
        "defaultHealthyRetryPolicy": RETRIES,
        "disableSubscriptionOverrides": False,
        "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
    }
}
ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)


def check(given: dict[str, str], fifo: bool) -> None:
    """Raises InvalidParameter."""
    for name, value in given.items():
        if name == "ArchivePolicy":
            raise NotImplementedHere("The attribute ArchivePolicy of a topic")
        if name not in _CREATABLE:
            raise ApiError("InvalidParameter", "Invalid parameter: Attributes Reason: Unknown attribute " + name)
        if name in ("ContentBasedDeduplication", "FifoTopic") and value.lower() not in ("true", "false"):
            raise ApiError(
                "InvalidParameter", f"Invalid parameter: {name}: Invalid value [{value}]. Must be true or false."
            )
        if name == "SignatureVersion" and value not in ("1", "2"):
            raise ApiError("InvalidParameter", "Invalid parameter: SignatureVersion")
        if name in ("Policy", "DeliveryPolicy") and value:
            _check_json(name, value)
    if "ContentBasedDeduplication" in given and not fifo:
        raise ApiError(
            "InvalidParameter",
            "Invalid parameter: Attributes Reason: Content-based deduplication can only be set for FIFO topics",
        )


def _check_json(name: str, value: str) -> None:
    try:
        fine = isinstance(json.loads(value), dict)
    except ValueError:
        fine = False
    if not fine:
        reason = "Policy statement must be JSON" if name == "Policy" else "DeliveryPolicy must be a JSON object"
        raise ApiError("InvalidParameter", f"Invalid parameter: {name} Reason: {reason}")


def policy(topic: Topic) -> dict[str, Any]:
    """The access policy that was set, else the one that every topic has."""
    if text := topic.attributes.get("Policy"):
        found: dict[str, Any] = json.loads(text)
        return found
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in ACTIONS],
                "Resource": topic.arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": topic.arn.split(":")[4]}},
            }
        ],
    }


def policy_text(topic: Topic) -> str:
    """The same as text."""
    return topic.attributes.get("Policy") or json.dumps(policy(topic), separators=(",", ":"))


def delivery_policy(topic: Topic) -> dict[str, Any]:
    given = json.loads(topic.attributes.get("DeliveryPolicy") or "{}")
    return {"http": {**_DELIVERY["http"], **given.get("http", {})}}


def shown(topic: Topic) -> dict[str, str]:
    """All attributes but the counts of subscriptions."""
    values = {
        "TopicArn": topic.arn,
        "Owner": topic.arn.split(":")[4],
        "Policy": json.dumps(policy(topic), separators=(",", ":")),
        "DisplayName": "",
        "EffectiveDeliveryPolicy": json.dumps(delivery_policy(topic), separators=(",", ":")),
    }
    if topic.fifo:
        values |= {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    given = {name: value for name, value in topic.attributes.items() if name not in ("Policy", "FifoTopic")}
    return {**values, **given}
