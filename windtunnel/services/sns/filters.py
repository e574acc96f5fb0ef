"""
Filter policies: which notifications a subscription wants, by their attributes or by their body.

The language is that of event patterns (`fabric/patterns.py`); its limits and words are SNS's own.
AWS: sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.fabric.patterns import InvalidPattern, compiled
from windtunnel.services.sns.records import Notification, Subscription
from windtunnel.services.sns.topics import invalid

MOST_COMBINATIONS = 150
MOST_KEYS = 5


def check(policy: Any, scope: str) -> None:
    """Raises InvalidParameter."""
    if not isinstance(policy, dict):
        raise invalid("FilterPolicy: Filter policy must be a JSON object")
    if not policy:
        return
    if scope == "MessageAttributes" and any(isinstance(value, dict) for value in policy.values()):
        raise invalid("Filter policy scope MessageAttributes does not support nested filter policy")
    try:
        compiled(policy)
    except InvalidPattern as error:
        raise invalid(f"FilterPolicy: {error}") from None
    if len(policy.keys() - {"$or"}) > MOST_KEYS:
        raise invalid(f"FilterPolicy: Filter policy can not have more than {MOST_KEYS} keys")
    if _combinations(policy, 1) > MOST_COMBINATIONS:
        raise invalid("FilterPolicy: Filter policy is too complex")


def wants(subscription: Subscription, notification: Notification) -> bool:
    """Whether this notification is for that subscription."""
    text = subscription.attributes.get("FilterPolicy")
    if not text or text == "{}":
        return True
    of_attributes = subscription.attributes.get("FilterPolicyScope") != "MessageBody"
    matches = _matcher(text, of_attributes)
    if of_attributes:
        return matches(_attributes(notification))
    try:
        body = msgspec.json.decode(notification.body_for(subscription.protocol))
    except msgspec.DecodeError:
        return False
    return isinstance(body, dict) and matches(body)


@functools.lru_cache(maxsize=1024)
def _matcher(text: str, of_attributes: bool) -> Callable[[Any], bool]:
    """An attribute is never null: where the policy of attributes says null, it means one that is not there."""
    policy = json.loads(text)
    if of_attributes:
        policy = {name: _or_missing(wanted) for name, wanted in policy.items()}
    return compiled(policy)


def _or_missing(wanted: Any) -> Any:
    return [*wanted, {"exists": False}] if isinstance(wanted, list) and None in wanted else wanted


def _attributes(notification: Notification) -> dict[str, Any]:
    """The message attributes as the fields of an event; binary ones cannot be matched."""
    fields: dict[str, Any] = {}
    for name, attribute in notification.attributes.items():
        kind = attribute["DataType"].partition(".")[0]
        text = attribute.get("StringValue")
        if kind == "Binary" or text is None:
            continue
        if attribute["DataType"] == "String.Array":
            fields[name] = _list(text)
        elif kind == "Number":
            fields[name] = float(text)
        else:
            fields[name] = text
    return fields


def _list(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _combinations(policy: dict[str, Any], depth: int) -> int:
    """AWS: each field counts its alternatives times how deep it stands; fields multiply, `$or` adds."""
    total = 1
    for field, wanted in policy.items():
        if field == "$or" and isinstance(wanted, list):
            total *= sum(_combinations(each, depth) for each in wanted if isinstance(each, dict))
        elif isinstance(wanted, dict):
            total *= _combinations(wanted, depth + 1)
        elif isinstance(wanted, list):
            total *= len(wanted) * depth
    return total
