"""What Pipes stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec


class Pipe(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters are the members as given, those of the source with their defaults; `state` is the current one."""

    name: str
    arn: str
    source: str
    target: str
    role: str
    created_at: float
    modified_at: float
    source_parameters: dict[str, Any]
    target_parameters: dict[str, Any]
    enrichment: str = ""
    enrichment_parameters: dict[str, Any] = {}
    description: str = ""
    log_configuration: dict[str, Any] = {}
    runs: bool = True
    state: str = "CREATING"
    reason: str = ""
    tags: dict[str, str] = {}
