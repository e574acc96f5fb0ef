"""What a state wants when it is given a turn: go on, sleep, have something done, or fork."""

from __future__ import annotations

from typing import Any

import msgspec


class Leave(msgspec.Struct, frozen=True):
    """The state is over: on to `next` with this output; None ends this line of states."""

    output: Any
    next: str | None
    assigned: dict[str, Any] = {}


class Sleep(msgspec.Struct, frozen=True):
    """Come back at `until`, in seconds since the epoch."""

    until: float


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Have this done by a resource. Seconds are 0 where there is no limit."""

    resource: str
    payload: Any
    timeout_s: float = 0.0
    heartbeat_s: float = 0.0
    role: str = ""


class Branches(msgspec.Struct, frozen=True):
    """Run every branch, each on this input."""

    input: Any
    count: int


class Items(msgspec.Struct, frozen=True):
    """Run the processor once for each item, as the state says (`Map.limits`, `Map.inputs`)."""

    items: list[Any]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Of a Map: how many at a time, 0 for all of them, and how many may fail."""

    at_a_time: int = 0
    tolerated: int = 0
    tolerated_percentage: float = 0.0
    tolerates: bool = False


Outcome = Leave | Sleep | Work | Branches | Items
