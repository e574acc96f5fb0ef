"""What CloudWatch Logs stores. Times of groups and streams are seconds since the epoch, times of events milliseconds."""

from __future__ import annotations

from typing import Any

import msgspec


class LogGroup(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arn: str
    created_at: float
    retention_days: int = 0
    """0: for ever."""
    kms_key: str = ""
    group_class: str = "STANDARD"
    tags: dict[str, str] = {}


class LogStream(msgspec.Struct, frozen=True, kw_only=True):
    group: str
    name: str
    arn: str
    created_at: float


class LogBatch(msgspec.Struct, frozen=True):
    """Events that came together, in order: (milliseconds, message). `stream` is `group:name`, which no name contains."""

    stream: str
    ingested: int
    events: tuple[tuple[int, str], ...]


class MetricFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`transformations` as boto3 spells them."""

    group: str
    name: str
    pattern: str
    transformations: tuple[dict[str, Any], ...]
    created_at: float


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription filter: which events of a group go where."""

    group: str
    name: str
    pattern: str
    target: str
    role: str = ""
    distribution: str = "ByLogStream"
    created_at: float


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    arn: str
    target: str
    role: str
    created_at: float
    policy: str = ""
    tags: dict[str, str] = {}


class ResourcePolicy(msgspec.Struct, frozen=True):
    name: str
    document: str
    updated_at: float


class QueryDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A saved query of Logs Insights."""

    id: str
    name: str
    query: str
    language: str
    log_groups: tuple[str, ...]
    updated_at: float
