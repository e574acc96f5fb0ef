"""What EventBridge stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec

DEFAULT = "default"


class Bus(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arn: str
    created_at: float
    modified_at: float
    description: str = ""
    statements: tuple[dict[str, Any], ...] = ()
    tags: dict[str, str] = {}
    kms_key: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`place` is bus and name: `default/nightly`. `due_at` is when a schedule fires next."""

    place: str
    bus: str
    name: str
    arn: str
    owner: str
    pattern: str = ""
    schedule: str = ""
    state: str = "ENABLED"
    description: str = ""
    role: str = ""
    tags: dict[str, str] = {}
    due_at: float = 0.0
    managed_by: str = ""

    @property
    def enabled(self) -> bool:
        return self.state != "DISABLED"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """`wish` holds the members as the client gave them."""

    rule: str
    id: str
    arn: str
    wish: dict[str, Any]


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one target, as it was when the rule matched. `hopped`: it came from another bus."""

    event: dict[str, Any]
    rule: str
    rule_name: str
    target: dict[str, Any]
    ingested_at: float
    trace: str = ""
    hopped: bool = False


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """`retention_days` 0 keeps events for ever. `ruled`: it keeps them as long as its rule is there."""

    name: str
    arn: str
    bus: str
    source: str
    created_at: float
    description: str = ""
    pattern: str = ""
    retention_days: int = 0
    kms_key: str = ""
    ruled: bool = False


class Archived(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is the time of the event, `kept_at` when it came."""

    archive: str
    at: float
    kept_at: float
    event: dict[str, Any]


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is that of the next event in the archive."""

    name: str
    arn: str
    archive: str
    source: str
    destination: dict[str, Any]
    begin_at: float
    end_at: float
    started_at: float
    description: str = ""
    state: str = "STARTING"
    position: int = 0
    last_at: float = 0.0
    ended_at: float = 0.0


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How to be let in somewhere. `parameters` are the members as given, secrets too; `token` is OAuth's, until `token_ends_at`."""

    name: str
    arn: str
    secret: str
    kind: str
    parameters: dict[str, Any]
    created_at: float
    modified_at: float
    state: str
    description: str = ""
    reason: str = ""
    authorized_at: float = 0.0
    token: str = ""
    token_ends_at: float = 0.0


class ApiDestination(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arn: str
    connection: str
    endpoint: str
    method: str
    rate: int
    created_at: float
    modified_at: float
    description: str = ""
