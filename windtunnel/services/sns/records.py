"""What SNS stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """`attributes` holds what a client has set, as text. What is published is archived for so many days."""

    name: str
    arn: str
    created_at: float
    attributes: dict[str, str] = {}
    tags: dict[str, str] = {}
    next_sequence: int = 0
    deleted_subscriptions: int = 0
    data_protection: str = ""
    archive_days: int = 0
    archived_since: float = 0.0

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """`token` confirms it; it is kept afterwards, because confirming twice is no error."""

    topic: str
    arn: str
    protocol: str
    endpoint: str
    owner: str
    principal: str
    created_at: float
    confirmed: bool
    authenticated: bool = True
    token: str = ""
    attributes: dict[str, str] = {}

    @property
    def raw(self) -> bool:
        return self.attributes.get("RawMessageDelivery", "false").lower() == "true"


class Deduplication(msgspec.Struct, frozen=True):
    """A message that a FIFO topic remembers for five minutes."""

    topic: str
    key: str
    message: str
    sequence: str
    until: float


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is that of the next message in the archive. AWS's words for the status; `end_at` is 0 for no end."""

    subscription: str
    topic: str
    id: str
    begin_at: float
    end_at: float
    position: int = 0
    status: str = "Pending"


class Phone(msgspec.Struct, frozen=True):
    number: str
    opted_out: bool


class SmsSettings(msgspec.Struct, frozen=True):
    account: str
    values: dict[str, str]


class PlatformApplication(msgspec.Struct, frozen=True, kw_only=True):
    arn: str
    platform: str
    attributes: dict[str, str]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A device, as its platform knows it by its token."""

    arn: str
    application: str
    attributes: dict[str, str]


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One published message, as it is delivered to every subscription; `bodies` differ by protocol where that was asked for."""

    id: str
    topic: str
    message: str
    subject: str | None = None
    bodies: dict[str, str] = {}
    attributes: dict[str, dict[str, Any]] = {}
    published_at: float = 0.0
    group: str = ""
    deduplication: str = ""
    sequence: str = ""
    trace: str = ""
    signature_version: str = "1"
    kind: str = "Notification"
    token: str = ""
    replayed: bool = False

    def body_for(self, protocol: str) -> str:
        return self.bodies.get(protocol, self.message)
