"""The attributes of a topic: which there are, their defaults, what a client sees. AWS: sns/latest/api/API_SetTopicAttributes.html"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.sns.records import Topic

_FEEDBACK = {
    f"{protocol}{what}"
    for protocol in ("HTTP", "Firehose", "Lambda", "Application", "SQS")
    for what in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
}
SETTABLE = {
    "ArchivePolicy",
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
LONGEST_ARCHIVE_DAYS = 365
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


def archive_days(policy: str, fifo: bool) -> int:
    """How long an ArchivePolicy keeps messages; 0 for one that keeps none. Raises InvalidParameter."""
    if policy in ("", "{}"):
        return 0
    _check_json("ArchivePolicy", policy)
    wanted = json.loads(policy).get("MessageRetentionPeriod")
    number = int(wanted) if isinstance(wanted, int) or (isinstance(wanted, str) and wanted.isdigit()) else 0
    if not fifo:
        reason = "ArchivePolicy can only be set for FIFO topics"
        raise ApiError("InvalidParameter", f"Invalid parameter: Attributes Reason: {reason}")
    if not 1 <= number <= LONGEST_ARCHIVE_DAYS:
        reason = f"MessageRetentionPeriod must be between 1 and {LONGEST_ARCHIVE_DAYS} days"
        raise ApiError("InvalidParameter", f"Invalid parameter: ArchivePolicy Reason: {reason}")
    return number


def _check_json(name: str, value: str) -> None:
    try:
        fine = isinstance(json.loads(value), dict)
    except ValueError:
        fine = False
    if not fine:
        reason = "Policy statement must be JSON" if name == "Policy" else f"{name} must be a JSON object"
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
    if not topic.archive_days:
        given.pop("ArchivePolicy", None)
    return {**values, **given}
