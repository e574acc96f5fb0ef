"""Who calls a resource for a task."""

from __future__ import annotations

from typing import Any

import msgspec


class Caller(msgspec.Struct, frozen=True):
    """`key` is the access key of the role's session; `machine` and `execution` are ARNs."""

    home: Any
    key: str
    trace: str
    machine: str
    execution: str
