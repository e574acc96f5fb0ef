"""Retry and Catch: what a state does about its failure.

AWS: step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.kernel.ids import Ids
from windtunnel.services.stepfunctions.language.failures import StateFailed, matches


class Retrier(msgspec.Struct, frozen=True, kw_only=True):
    errors: tuple[str, ...]
    interval_s: float = 1.0
    most_attempts: int = 3
    backoff: float = 2.0
    longest_s: float = 0.0
    jitters: bool = False

    def delay(self, attempts: int, ids: Ids) -> float:
        """Before the next attempt, after so many retries."""
        delay: float = self.interval_s * self.backoff**attempts
        if self.longest_s:
            delay = min(delay, self.longest_s)
        return delay * ids.fraction() if self.jitters else delay


class Catcher(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` is the catcher as written, for the language of its state."""

    errors: tuple[str, ...]
    next: str
    fields: dict[str, Any]


def retriers(state: dict[str, Any]) -> tuple[Retrier, ...]:
    return tuple(
        Retrier(
            errors=tuple(each["ErrorEquals"]),
            interval_s=each.get("IntervalSeconds", 1),
            most_attempts=each.get("MaxAttempts", 3),
            backoff=each.get("BackoffRate", 2.0),
            longest_s=each.get("MaxDelaySeconds", 0),
            jitters=each.get("JitterStrategy") == "FULL",
        )
        for each in state.get("Retry", ())
    )


def catchers(state: dict[str, Any]) -> tuple[Catcher, ...]:
    return tuple(
        Catcher(errors=tuple(each["ErrorEquals"]), next=each["Next"], fields=each) for each in state.get("Catch", ())
    )


def wanting(retriers: tuple[Retrier, ...], failure: StateFailed, counts: tuple[int, ...]) -> int:
    """The place of the retrier that takes this failure and has attempts left; -1 for none. The first that names it decides."""
    for place, each in enumerate(retriers):
        if matches(each.errors, failure):
            done = counts[place] if place < len(counts) else 0
            return place if done < each.most_attempts else -1
    return -1


def counted(counts: tuple[int, ...], place: int) -> tuple[int, ...]:
    """One retry more by the retrier at this place."""
    filled = list(counts) + [0] * (place + 1 - len(counts))
    filled[place] += 1
    return tuple(filled)
