"""What the Scheduler tells the recorder."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class ScheduleInvoked(Fact, frozen=True):
    """The target of a schedule was called and took it."""

    schedule: str
    target: str
    scheduled_at: float
    attempt: int


class ScheduleFailed(Fact, frozen=True):
    """An attempt failed. `next_at` is when the next one is made, 0 when there is none."""

    schedule: str
    target: str
    attempt: int
    error: str
    next_at: float


class ScheduleDeadLettered(Fact, frozen=True):
    schedule: str
    target: str
    queue: str


class ScheduleLost(Fact, frozen=True):
    """The target did not take it, and no dead-letter queue keeps it."""

    schedule: str
    target: str
    error: str
