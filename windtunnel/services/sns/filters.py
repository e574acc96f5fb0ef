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
_COMPARISONS = ("=", "<", "<=", ">", ">=")


def check(policy: Any, scope: str) -> None:
    """Raises InvalidParameter."""
    if not isinstance(policy, dict):
        raise invalid("FilterPolicy: Filter policy must be a JSON object")
    if not policy:
        return
    if scope == "MessageAttributes" and any(isinstance(value, dict) for value in policy.values()):
        raise invalid("Filter policy scope MessageAttributes does not support nested filter policy")
    for condition in _conditions(policy):
        if "numeric" in condition:
            _check_numeric(condition["numeric"])
    try:
        compiled(policy)
    except InvalidPattern as error:
        reason = str(error).removeprefix("Event pattern is not valid. Reason: ")
        raise invalid(f"FilterPolicy: {reason}") from None
    if _combinations(policy, 1) > MOST_COMBINATIONS:
        raise invalid("FilterPolicy: Filter policy is too complex")


def wants(subscription: Subscription, notification: Notification) -> bool:
    """Whether this notification is for that subscription."""
    text = subscription.attributes.get("FilterPolicy")
    if not text or text == "{}":
        return True
    matches = _matcher(text)
    if subscription.attributes.get("FilterPolicyScope") != "MessageBody":
        return matches(_attributes(notification))
    try:
        body = msgspec.json.decode(notification.body_for(subscription.protocol))
    except msgspec.DecodeError:
        return False
    return isinstance(body, dict) and matches(body)


@functools.lru_cache(maxsize=1024)
def _matcher(text: str) -> Callable[[Any], bool]:
    return compiled(json.loads(text))


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


def _conditions(policy: Any) -> list[dict[str, Any]]:
    """Every `{operator: …}` in it."""
    if isinstance(policy, list):
        return [each for each in policy if isinstance(each, dict)] + [c for each in policy for c in _conditions(each)]
    if isinstance(policy, dict):
        return [condition for value in policy.values() for condition in _conditions(value)]
    return []


def _check_numeric(operand: Any) -> None:
    """Term by term, as SNS reads it."""
    terms = list(operand) if isinstance(operand, list) else []
    first = terms[0] if terms else "]"
    if not isinstance(first, str) or not terms:
        raise invalid(f"FilterPolicy: Invalid member in numeric match: {first}")
    if first not in _COMPARISONS:
        raise invalid(f"FilterPolicy: Unrecognized numeric range operator: {first}")
    _check_number(terms, 1, "equals" if first == "=" else first)
    if len(terms) == 2:
        return
    if first in ("=", "<", "<="):
        raise invalid("FilterPolicy: Too many elements in numeric expression")
    second = terms[2]
    if not isinstance(second, str):
        raise invalid(f"FilterPolicy: Bad value in numeric range: {second}")
    if second not in ("<", "<="):
        raise invalid(f"FilterPolicy: Bad numeric range operator: {second}")
    _check_number(terms, 3, second)
    if len(terms) > 4:
        raise invalid("FilterPolicy: Too many terms in numeric range expression")
    if terms[3] <= terms[1]:
        raise invalid("FilterPolicy: Bottom must be less than top")


def _check_number(terms: list[Any], at: int, operator: str) -> None:
    value = terms[at] if at < len(terms) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise invalid(f"FilterPolicy: Value of {operator} must be numeric")


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
