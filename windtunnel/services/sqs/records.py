"""What SQS stores. Times are seconds since the epoch."""

from typing import Any

import msgspec

FIRST_SEQUENCE = 18_870_000_000_000_000_000


class Queue(msgspec.Struct, frozen=True):
    """`attributes` holds what a client may set, as text, the defaults included."""

    name: str
    arn: str
    attributes: dict[str, str]
    created_at: float
    modified_at: float
    tags: dict[str, str] = {}
    purged_at: float = 0.0
    next_sequence: int = 0

    @property
    def fifo(self) -> bool:
        return self.name.endswith(".fifo")

    def number(self, attribute: str) -> int:
        return int(self.attributes[attribute])


class Message(msgspec.Struct, frozen=True):
    queue: str
    id: str
    body: str
    visible_at: float
    sent_at: float
    sender: str
    md5: str
    attributes: dict[str, dict[str, Any]] = {}
    md5_of_attributes: str = ""
    trace: str = ""
    receives: int = 0
    first_received_at: float = 0.0
    receipt: str = ""
    group: str = ""
    deduplication: str = ""
    sequence: int = 0
    dead_letter_source: str = ""


class Deduplication(msgspec.Struct, frozen=True):
    """A message id that FIFO deduplication remembers for five minutes."""

    queue: str
    key: str
    message: str
    sequence: int
    until: float


class MoveTask(msgspec.Struct, frozen=True):
    handle: str
    source: str
    destination: str
    rate: int
    started_at: float
    total: int
    moved: int = 0
    status: str = "RUNNING"
    failure: str = ""


def shown_sequence(number: int) -> str:
    """The sequence number of a message in a FIFO queue: twenty digits, more than any stored number may have."""
    return f"{FIRST_SEQUENCE + number:020d}"
