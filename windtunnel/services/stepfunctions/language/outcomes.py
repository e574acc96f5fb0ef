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
    """Run the processor once for each item; the state says how (`Map.over`) when this is told."""

    items: list[Any]


class Iterations(msgspec.Struct, frozen=True, kw_only=True):
    """Run the processor once for each input. `limit` is how many at a time, 0 for all of them."""

    inputs: list[Any]
    items: list[Any]
    limit: int = 0
    tolerated: int = 0
    tolerated_percentage: float = 0.0


Outcome = Leave | Sleep | Work | Branches | Items
