"""Facts about events as people read them: what went from where to where, one line each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

FLOW: dict[str, tuple[str, str, str, str]] = {
    "MessageSent": ("sent", "", "queue", "green"),
    "MessagesReceived": ("received", "queue", "", "green"),
    "MessageDeleted": ("deleted", "queue", "", "bright_black"),
    "MessageDeadLettered": ("dead-lettered", "queue", "dead_letter_queue", "red"),
    "Published": ("published", "", "topic", "green"),
    "NotificationDelivered": ("notified", "topic", "endpoint", "green"),
    "NotificationFailed": ("failed", "topic", "subscription", "yellow"),
    "NotificationDeadLettered": ("dead-lettered", "topic", "queue", "red"),
    "NotificationLost": ("lost", "topic", "subscription", "red"),
    "TopicReplayEnded": ("replayed", "topic", "subscription", "green"),
    "NotificationSent": ("notified", "bucket", "target", "green"),
    "LetterSent": ("letter", "topic", "address", "green"),
    "EventPut": ("event", "source", "bus", "green"),
    "TargetInvoked": ("matched", "rule", "target", "green"),
    "TargetFailed": ("failed", "rule", "target", "yellow"),
    "EventDeadLetteredByRule": ("dead-lettered", "rule", "queue", "red"),
    "EventLostByRule": ("lost", "rule", "target", "red"),
    "ScheduleInvoked": ("scheduled", "schedule", "target", "green"),
    "ScheduleFailed": ("failed", "schedule", "target", "yellow"),
    "ScheduleDeadLettered": ("dead-lettered", "schedule", "queue", "red"),
    "ScheduleLost": ("lost", "schedule", "target", "red"),
    "RecordsPut": ("put", "", "stream", "green"),
    "RecordsRead": ("read", "stream", "", "green"),
    "ReadThrottled": ("throttled", "stream", "", "yellow"),
    "ItemWritten": ("written", "", "table", "green"),
    "CapacityExceeded": ("throttled", "", "table", "yellow"),
    "PermissionMissing": ("no leave", "source", "resource", "yellow"),
    "ItemExpired": ("expired", "table", "", "green"),
    "ChangeNotDelivered": ("lost", "table", "stream", "red"),
    "PipeEnriched": ("enriched", "pipe", "enrichment", "green"),
    "PipeLost": ("lost", "pipe", "target", "red"),
    "BatchDiscarded": ("given up", "source", "function", "red"),
    "BatchProcessed": ("batch", "source", "function", "green"),
    "EventAccepted": ("accepted", "", "function", "green"),
    "EventFailed": ("failed", "", "function", "yellow"),
    "EventDeadLettered": ("dead-lettered", "function", "target", "red"),
    "EventLost": ("lost", "function", "", "red"),
    "DestinationDeliveryFailed": ("failed", "function", "target", "red"),
    "Invoked": ("invoked", "", "function_arn", "cyan"),
    "InvocationThrottled": ("throttled", "", "function", "yellow"),
    "RecursionStopped": ("loop stopped", "", "function", "red"),
    "ObjectStored": ("stored", "", "bucket", "green"),
    "ExecutionStarted": ("started", "", "execution", "green"),
    "TaskDone": ("task", "state", "resource", "green"),
    "StateRetried": ("retried", "execution", "state", "yellow"),
    "StateCaught": ("caught", "execution", "state", "yellow"),
    "ExecutionEnded": ("ended", "execution", "", "green"),
    "FaultInjected": ("fault", "caller", "resource", "magenta"),
}
"""Kind of fact → what happened, the fields that say from where and to where, the colour. Pairs of kinds with the same word differ in who."""

_QUIET = frozenset(
    ("asked", "billed_ms", "claimed", "cpu_ms", "environment", "event", "init_ms", "machine", "mapping", "memory_mb", "memory_size_mb", "message",
     "messages", "partial", "request", "request_id", "restore_ms", "scheduled_at", "version")
)  # fmt: skip
"""Fields that `--json` shows and a line does not."""


def line(entry: dict[str, Any]) -> str:
    """The time, what happened, from where to where, and what else the fact says."""
    word, source, target, colour = FLOW[entry["kind"]]
    fact = entry["fact"]
    ends = [short(fact[field]) for field in (source, target) if field and fact.get(field)]
    arrow = "" if source and target else "← " if source else "→ "
    told = {name: value for name, value in fact.items() if name not in _QUIET | {source, target} and value}
    if target == "endpoint":
        told.pop("subscription", None)
    if entry["kind"] == "EventPut" and not fact["rules"]:
        told["rules"] = "none that matches"
    rest = " ".join(f"{name}={_told(name, value)}" for name, value in told.items())
    shown = click.style(f"{word:<13}", fg="red" if colour in ("green", "cyan") and went_wrong(entry) else colour)
    return f"{_clock(entry['at'])}  {shown}  {arrow}{' → '.join(ends)}  {click.style(rest, fg='bright_black')}".rstrip()


def went_wrong(entry: dict[str, Any]) -> bool:
    """Whether something failed, was throttled, lost or dead-lettered."""
    fact = entry["fact"]
    failed = fact.get("error") or fact.get("status", "success").lower() not in ("success", "succeeded")
    return bool(failed) or FLOW[entry["kind"]][3] in ("red", "yellow", "magenta")


def short(name: str) -> str:
    """What people call it: the last part of an ARN or URL; a function with its version or alias."""
    if name.startswith("arn:aws:lambda:"):
        return name.split(":", 6)[6]
    if not name.startswith(("arn:", "http")):
        return name
    return name.replace("/", ":").rpartition(":")[2] or name


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S.%f")[:-3]


def _told(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_told(name, each) for each in value)
    if name.endswith("_at"):
        return _clock(value)
    return short(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
