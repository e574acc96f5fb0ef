"""What EventBridge tells the recorder."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class EventPut(Fact, frozen=True):
    """An event came to a bus; `rules` are those that it matched."""

    bus: str
    event: str
    source: str
    detail_type: str
    rules: tuple[str, ...]


class TargetInvoked(Fact, frozen=True):
    rule: str
    target: str
    event: str
    attempt: int


class TargetFailed(Fact, frozen=True):
    """An attempt failed. `next_at` is when the next one is made, 0 when there is none."""

    rule: str
    target: str
    event: str
    attempt: int
    error: str
    next_at: float


class EventDeadLetteredByRule(Fact, frozen=True):
    rule: str
    target: str
    event: str
    queue: str


class EventLostByRule(Fact, frozen=True):
    """No target got it, and there is no dead-letter queue that could keep it."""

    rule: str
    target: str
    event: str
    error: str


class ReplayEnded(Fact, frozen=True):
    """A replay is over, with so many events brought since this process took it up."""

    replay: str
    archive: str
    state: str
    events: int
