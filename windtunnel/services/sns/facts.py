"""What SNS tells the recorder."""

from __future__ import annotations

from windtunnel.kernel.recorder import Fact


class Published(Fact, frozen=True):
    """A message was published to a topic; it goes to so many of its subscriptions, `filtered` others did not want it."""

    topic: str
    message: str
    size: int
    subscriptions: int
    filtered: int


class NotificationDelivered(Fact, frozen=True):
    topic: str
    subscription: str
    protocol: str
    endpoint: str
    message: str
    attempt: int


class NotificationFailed(Fact, frozen=True):
    """An attempt failed. `next_at` is when the next one is made, 0 when there is none."""

    topic: str
    subscription: str
    message: str
    attempt: int
    error: str
    next_at: float


class NotificationDeadLettered(Fact, frozen=True):
    topic: str
    subscription: str
    message: str
    queue: str


class NotificationLost(Fact, frozen=True):
    """Nobody got it, and there is no dead-letter queue that could keep it."""

    topic: str
    subscription: str
    message: str
    error: str


class TopicReplayEnded(Fact, frozen=True):
    """A replay is over, with so many messages brought since this process took it up."""

    topic: str
    subscription: str
    status: str
    messages: int


class LetterSent(Fact, frozen=True):
    """What a person would have got, by email or SMS: the local inbox. `subject` is empty for SMS."""

    protocol: str
    address: str
    subject: str
    text: str
    topic: str
