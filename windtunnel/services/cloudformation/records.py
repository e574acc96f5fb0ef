"""What CloudFormation stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """`processed` is the template after the transform; `resources` of a stack stand in a table of their own."""

    name: str
    id: str
    status: str
    body: str
    processed: dict[str, Any]
    parameters: dict[str, str]
    created_at: float
    updated_at: float = 0.0
    deleted_at: float = 0.0
    reason: str = ""
    description: str = ""
    tags: dict[str, str] = {}
    capabilities: tuple[str, ...] = ()
    outputs: tuple[dict[str, str], ...] = ()
    disable_rollback: bool = False
    termination_protection: bool = False
    role: str = ""
    change_set: str = ""
    notifications: tuple[str, ...] = ()
    allows_unsupported: bool = False

    @property
    def under_way(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


class StackResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that stands. `properties` are resolved, so that the next update can compare."""

    stack: str
    logical_id: str
    type: str
    physical_id: str
    attributes: dict[str, Any]
    properties: dict[str, Any]
    status: str
    updated_at: float
    reason: str = ""
    deletion_policy: str = "Delete"


class StackEvent(msgspec.Struct, frozen=True, kw_only=True):
    stack: str
    id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    at: float
    reason: str = ""
    properties: str = ""
    token: str = ""


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    stack: str
    stack_name: str
    kind: str
    status: str
    execution: str
    created_at: float
    body: str
    processed: dict[str, Any]
    parameters: dict[str, str]
    changes: tuple[dict[str, Any], ...] = ()
    reason: str = ""
    description: str = ""
    tags: dict[str, str] = {}
    capabilities: tuple[str, ...] = ()
    allows_unsupported: bool = False


class Export(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: str
    stack: str
