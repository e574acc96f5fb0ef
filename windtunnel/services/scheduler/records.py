"""What the Scheduler stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec

DEFAULT = "default"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arn: str
    created_at: float
    modified_at: float
    token: str = ""
    tags: dict[str, str] = {}


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at` is the next time that its expression names, 0 when there is none; `target` holds the members as given."""

    name: str
    group: str
    arn: str
    expression: str
    target: dict[str, Any]
    created_at: float
    modified_at: float
    zone: str = "UTC"
    description: str = ""
    starts_at: float = 0.0
    ends_at: float = 0.0
    window_minutes: int = 0
    enabled: bool = True
    deleted_when_over: bool = False
    key: str = ""
    token: str = ""
    due_at: float = 0.0


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One time of a schedule, on its way to the target."""

    schedule: str
    target: dict[str, Any]
    scheduled_at: float
    execution: str
