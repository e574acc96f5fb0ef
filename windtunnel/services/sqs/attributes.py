"""The attributes of a queue: which there are, their defaults and limits, and how a wish to set them is refused.

AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError

MAXIMUM_MESSAGE_BYTES = 1_048_576

DEFAULTS = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": str(MAXIMUM_MESSAGE_BYTES),
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
LIMITS = {
    "VisibilityTimeout": (0, 43_200),
    "MaximumMessageSize": (1_024, MAXIMUM_MESSAGE_BYTES),
    "MessageRetentionPeriod": (60, 1_209_600),
    "DelaySeconds": (0, 900),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
CHOICES = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "ContentBasedDeduplication": ("true", "false"),
    "FifoQueue": ("true",),
    "SqsManagedSseEnabled": ("true", "false"),
}
OPTIONAL = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
COMPUTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
)
SETTABLE = frozenset([*LIMITS, *CHOICES, *OPTIONAL])
READABLE = frozenset([*SETTABLE, *COMPUTED])


def checked(wished: dict[str, str], fifo: bool) -> dict[str, str]:
    """The attributes as they are stored, an empty one as its default; raises InvalidAttributeName or InvalidAttributeValue."""
    stored = {}
    for name, value in wished.items():
        if name not in SETTABLE:
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if name in FIFO_DEFAULTS and not fifo:
            raise _only_for_fifo(name, value)
        default = {**DEFAULTS, **FIFO_DEFAULTS}.get(name, "")
        stored[name] = _checked_value(name, value) if value != "" else default
    return stored


def _checked_value(name: str, value: str) -> str:
    limits = LIMITS.get(name)
    if limits is not None:
        if not value.lstrip("-").isdigit() or not limits[0] <= int(value) <= limits[1]:
            raise invalid(name)
        return str(int(value))
    choices = CHOICES.get(name)
    if choices is not None:
        text = value if name in ("DeduplicationScope", "FifoThroughputLimit") else value.lower()
        if text not in choices:
            raise invalid(name)
        return text
    if name == "RedrivePolicy" and value:
        return _redrive_policy(value)
    if name in ("Policy", "RedriveAllowPolicy") and value:
        _json_object(value, name)
    return value


def _redrive_policy(value: str) -> str:
    policy = _json_object(value, "RedrivePolicy")
    target, count = policy.get("deadLetterTargetArn"), policy.get("maxReceiveCount")
    reason = ""
    if not target or count is None:
        missing = "deadLetterTargetArn" if not target else "maxReceiveCount"
        reason = f"Redrive policy does not contain mandatory attribute: {missing}."
    elif not str(count).isdigit() or not 1 <= int(count) <= 1000:
        reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
    elif str(target).count(":") != 5 or not str(target).startswith("arn:"):
        reason = "Dead letter target does not exist."
    if reason:
        raise ApiError(
            "InvalidParameterValue", f"Value {value} for parameter RedrivePolicy is invalid. Reason: {reason}"
        )
    return json.dumps({**policy, "maxReceiveCount": int(count)}, separators=(",", ":"))


def _json_object(value: str, name: str) -> dict[str, Any]:
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        if name == "RedrivePolicy":
            reason = "Redrive policy is not a valid JSON map."
            raise ApiError("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}")
        raise invalid(name)
    return parsed


def _only_for_fifo(name: str, value: str) -> ApiError:
    if name in ("DeduplicationScope", "FifoThroughputLimit"):
        return ApiError("InvalidAttributeName", f"You can specify the {name} only when FifoQueue is set to true.")
    return ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")


def invalid(name: str) -> ApiError:
    return ApiError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
