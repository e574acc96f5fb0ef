"""
When a delivery is tried again, and when no more: the back-off of them all, and the retry policy of rules and schedules.

AWS: eventbridge/latest/userguide/eb-rule-retry-policy.html, scheduler/latest/UserGuide/managing-schedule.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.fabric.deliveries import Delivery

RETRIES = 185
MAXIMUM_AGE_S = 86_400
LONGEST_WAIT_S = 600


def back_off_s(attempts: int, longest_s: float) -> float:
    """The wait after so many attempts: one second, then twice as long each time, up to a limit."""
    return float(min(longest_s, 2 ** min(attempts - 1, 30)))


def of(target: dict[str, Any]) -> dict[str, int]:
    """The policy of a target, with AWS's defaults."""
    return {
        "MaximumEventAgeInSeconds": MAXIMUM_AGE_S,
        "MaximumRetryAttempts": RETRIES,
        **target.get("RetryPolicy", {}),
    }


def following(delivery: Delivery, target: dict[str, Any], now: float) -> tuple[float, str]:
    """When the next attempt is due, and which limit of the policy forbids it; empty when none does."""
    due_at = now + back_off_s(delivery.attempts, LONGEST_WAIT_S)
    if delivery.attempts > of(target)["MaximumRetryAttempts"]:
        return due_at, "MaximumRetryAttempts"
    return due_at, "MaximumEventAgeInSeconds" if due_at > delivery.expires_at else ""
