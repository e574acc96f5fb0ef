"""When a delivery is tried again. AWS: sns/latest/dg/sns-message-delivery-retries.html"""

from __future__ import annotations

from typing import Any

IMMEDIATE, PRE_BACKOFF, BACKOFF, POST_BACKOFF = 3, 2, 10, 100_000
SHORTEST_S, LONGEST_S = 1, 20


def wait_of_aws_s(retry: int) -> float | None:
    """Before the `retry`th retry (from 1) to a queue or function; None after the last: 100,015 in 23 days."""
    if retry <= IMMEDIATE:
        return 0.0
    retry -= IMMEDIATE
    if retry <= PRE_BACKOFF:
        return float(SHORTEST_S)
    retry -= PRE_BACKOFF
    if retry <= BACKOFF:
        return float(SHORTEST_S * (LONGEST_S / SHORTEST_S) ** ((retry - 1) / (BACKOFF - 1)))
    return float(LONGEST_S) if retry - BACKOFF <= POST_BACKOFF else None


def wait_of_http_s(policy: dict[str, Any], retry: int) -> float | None:
    """The same over HTTP, as the delivery policy says."""
    if retry > policy["numRetries"]:
        return None
    if retry <= policy["numNoDelayRetries"]:
        return 0.0
    retry -= policy["numNoDelayRetries"]
    shortest, longest = float(policy["minDelayTarget"]), float(policy["maxDelayTarget"])
    if retry <= policy["numMinDelayRetries"]:
        return shortest
    retry -= policy["numMinDelayRetries"]
    between = policy["numRetries"] - sum(policy[f"num{name}Retries"] for name in ("NoDelay", "MinDelay", "MaxDelay"))
    if retry > between:
        return longest
    part = (retry - 1) / max(between - 1, 1)
    if policy["backoffFunction"] in ("exponential", "geometric"):
        return shortest * (longest / shortest) ** part if shortest else longest * part
    if policy["backoffFunction"] == "arithmetic":
        return shortest + (longest - shortest) * part * (part + 1) / 2
    return shortest + (longest - shortest) * part
