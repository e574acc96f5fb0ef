"""The attributes of a subscription: which there are, what is refused. AWS: sns/latest/api/API_SetSubscriptionAttributes.html"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.sns import filters, topic_attributes
from windtunnel.services.sns.records import Subscription, Topic
from windtunnel.services.sns.topics import invalid, parsed

_SETTABLE = frozenset(
    [
        "DeliveryPolicy",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "ReplayPolicy",
        "SubscriptionRoleArn",
    ]
)
_SCOPES = ("MessageBody", "MessageAttributes")
_HTTP = ("http", "https")


def check(attributes: dict[str, str], changed: dict[str, str], protocol: str) -> None:
    """`changed` are those among `attributes` that a client has just given. Raises InvalidParameter."""
    for name, value in changed.items():
        if name not in _SETTABLE:
            raise invalid("AttributeName")
        if name == "RawMessageDelivery" and value.lower() not in ("true", "false"):
            raise invalid(f"RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
        if name == "RawMessageDelivery" and value.lower() == "true" and protocol not in ("sqs", "firehose", *_HTTP):
            raise invalid("RawMessageDelivery: Raw message delivery is not supported for this protocol")
        if name == "FilterPolicyScope" and value not in _SCOPES:
            raise invalid(
                f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
            )
        if name == "RedrivePolicy" and value:
            _check_redrive(value)
        if name == "DeliveryPolicy" and value and not isinstance(parsed(value, name), dict):
            raise invalid("DeliveryPolicy: must be a JSON object")
    if changed.keys() & {"FilterPolicy", "FilterPolicyScope"} and attributes.get("FilterPolicy"):
        policy = parsed(attributes["FilterPolicy"], "FilterPolicy")
        filters.check(policy, attributes.get("FilterPolicyScope", "MessageAttributes"))


def reasoned(error: ApiError) -> ApiError:
    """The same refusal where the attributes came along with Subscribe."""
    what = error.message.removeprefix("Invalid parameter: ")
    if what == "AttributeName":
        return invalid("Attributes Reason: Unknown attribute")
    return invalid(what if what.startswith("Filter policy scope") else f"Attributes Reason: {what}")


def _check_redrive(value: str) -> None:
    policy = parsed(value, "RedrivePolicy")
    target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    if not isinstance(target, str) or len(target.split(":")) != 6 or target.split(":")[2] != "sqs":
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")


def dead_letter_target(subscription: Subscription) -> str:
    """The ARN of its dead-letter queue; empty for none."""
    policy = json.loads(subscription.attributes.get("RedrivePolicy") or "{}")
    return str(policy.get("deadLetterTargetArn", ""))


def shown(subscription: Subscription, topic: Topic) -> dict[str, str]:
    values = {
        "SubscriptionArn": subscription.arn,
        "TopicArn": topic.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "RawMessageDelivery": "false",
        "PendingConfirmation": "false" if subscription.confirmed else "true",
        "ConfirmationWasAuthenticated": "true" if subscription.authenticated else "false",
        "SubscriptionPrincipal": subscription.principal,
    }
    given = {name: value for name, value in subscription.attributes.items() if value}
    if "FilterPolicy" in given:
        given.setdefault("FilterPolicyScope", "MessageAttributes")
    else:
        given.pop("FilterPolicyScope", None)
    if subscription.protocol in _HTTP:
        given["EffectiveDeliveryPolicy"] = json.dumps(delivery_policy(subscription, topic), separators=(",", ":"))
    return {**values, **given}


def delivery_policy(subscription: Subscription, topic: Topic) -> dict[str, Any]:
    """How often and when a delivery over HTTP is tried again: the subscription's own policy over the topic's."""
    of_topic = topic_attributes.delivery_policy(topic)["http"]
    own = json.loads(subscription.attributes.get("DeliveryPolicy") or "{}")
    retries = {**of_topic["defaultHealthyRetryPolicy"], **own.get("healthyRetryPolicy", {})}
    request = {**of_topic["defaultRequestPolicy"], **own.get("requestPolicy", {})}
    return {
        "healthyRetryPolicy": retries,
        "sicklyRetryPolicy": None,
        "throttlePolicy": None,
        "requestPolicy": request,
        "guaranteed": False,
    }
