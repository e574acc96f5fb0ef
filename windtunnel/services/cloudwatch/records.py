"""What CloudWatch stores."""

from __future__ import annotations

from typing import Any

import msgspec


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A metric alarm. `settings` are the members of PutMetricAlarm as they were given; times are seconds since the epoch."""

    name: str
    arn: str
    settings: dict[str, Any]
    state: str
    reason: str
    state_updated_at: float
    updated_at: float
    tags: dict[str, str] = {}
    reason_data: str = ""


class Dashboard(msgspec.Struct, frozen=True):
    name: str
    body: str
    updated_at: float
