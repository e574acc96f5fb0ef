"""
What the platform itself says of an environment: its lines in the log, in text and in JSON, its telemetry, what is billed.

Each thing said is an `Event`; `line` is what the log shows of it.
AWS: lambda/latest/dg/telemetry-schema-reference.html, lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from windtunnel.engine.spec import Outcome, Spec

Level = Literal["DEBUG", "INFO", "WARN"]
Record = dict[str, Any]
LEVELS = ("DEBUG", "INFO", "WARN")
_RUNTIME_VERSION = "v1"
_RUNTIME = re.compile(r"^([a-z]+)\.?(.*?)(?:\.x)?$")
"""`python3.13`, `nodejs22.x`, `provided.al2023`: a language and its version."""


class Event(NamedTuple):
    """`level` decides whether a log in JSON has it, `text` is its line in a log in text: empty where that has none."""

    kind: str
    level: Level
    record: Record
    text: str = ""


def billed_ms(duration_ms: float, init_ms: float | None) -> int:
    """
    Whole milliseconds, rounded up; the initialisation counts too, since 2025-08-01.
    AWS: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
    """
    return math.ceil(round(duration_ms + (init_ms or 0.0), 6))


def iso(at: float) -> str:
    """As AWS writes times in logs: 2026-01-01T00:00:00.000Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03d}Z"


def line(spec: Spec, at: float, event: Event) -> str:
    """What the log of this function shows; empty where it shows nothing."""
    if spec.log_format != "JSON":
        return event.text
    if LEVELS.index(event.level) < LEVELS.index(spec.system_log_level or "INFO"):
        return ""
    return json.dumps({"time": iso(at), "type": event.kind, "record": event.record}, separators=(",", ":")) + "\n"


def init_start(spec: Spec, initialization: str, phase: str = "init") -> Event:
    version, arn = runtime_version(spec)
    record = {
        "initializationType": initialization,
        "phase": phase,
        "runtimeVersion": version,
        "runtimeVersionArn": arn,
        "functionName": spec.name,
        "functionVersion": spec.version,
        "instanceMaxMemory": spec.memory_mb,
    }
    text = f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"
    return Event("platform.initStart", "INFO", record, text if phase == "init" else "")


def runtime_version(spec: Spec) -> tuple[str, str]:
    """The version of the runtime and its ARN, as AWS writes them."""
    language, number = _RUNTIME.sub(r"\1 \2", spec.runtime).split(" ")
    version = f"{language}:{number}.{_RUNTIME_VERSION}"
    return version, f"arn:aws:lambda:{spec.region}::runtime:{spec.runtime}"


def init_runtime_done(initialization: str, phase: str, status: str, error_type: str) -> Event:
    record = {"initializationType": initialization, "phase": phase, "status": status, **_error(error_type)}
    return Event("platform.initRuntimeDone", "DEBUG" if status == "success" else "WARN", record)


def init_report(initialization: str, init_ms: float, phase: str, status: str, error_type: str) -> Event:
    """A log in text has it only where the initialisation failed or overran."""
    record = {
        "initializationType": initialization,
        "phase": phase,
        "status": status,
        **_error(error_type),
        "metrics": {"durationMs": round(init_ms, 3)},
    }
    if status == "success" and initialization == "snap-start":
        return Event("platform.initReport", "INFO", record, f"INIT_REPORT Init Duration: {init_ms:.2f} ms\n")
    if status == "success":
        return Event("platform.initReport", "DEBUG" if initialization == "on-demand" else "INFO", record)
    kind = f"\tError Type: {error_type}" if error_type else ""
    text = f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{kind}\n"
    return Event("platform.initReport", "WARN", record, text)


def restore_start(spec: Spec) -> Event:
    version, arn = runtime_version(spec)
    record = {
        "functionName": spec.name,
        "functionVersion": spec.version,
        "instanceMaxMemory": spec.memory_mb,
        "runtimeVersion": version,
        "runtimeVersionArn": arn,
    }
    text = f"RESTORE_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"
    return Event("platform.restoreStart", "INFO", record, text)


def restore_runtime_done(status: str, error_type: str) -> Event:
    record = {"status": status, **_error(error_type)}
    return Event("platform.restoreRuntimeDone", "DEBUG" if status == "success" else "WARN", record)


def restore_report(restore_ms: float, status: str, error_type: str) -> Event:
    record = {"status": status, **_error(error_type), "metrics": {"durationMs": round(restore_ms, 3)}}
    text = f"RESTORE_REPORT Restore Duration: {restore_ms:.2f} ms"
    if status != "success":
        text += f"\tStatus: {status}" + (f"\tError Type: {error_type}" if error_type else "")
    return Event("platform.restoreReport", "INFO" if status == "success" else "WARN", record, text + "\n")


def start(spec: Spec, request_id: str, trace: str = "") -> Event:
    record = {"requestId": request_id, "version": spec.version, **_tracing(spec, trace)}
    return Event("platform.start", "INFO", record, start_text(spec, request_id))


def start_text(spec: Spec, request_id: str) -> str:
    return f"START RequestId: {request_id} Version: {spec.version}\n"


def end_text(request_id: str) -> str:
    """In text only: JSON has `platform.report` alone."""
    return f"END RequestId: {request_id}\n"


def runtime_done(spec: Spec, request_id: str, outcome: Outcome, error_type: str, trace: str) -> Event:
    status = status_of(outcome)
    metrics = {"durationMs": round(outcome.duration_ms, 3), "producedBytes": outcome.produced_bytes}
    record = {
        "requestId": request_id,
        "status": status,
        **_error("" if status == "success" else error_type),
        "metrics": metrics,
        **_tracing(spec, trace),
    }
    return Event("platform.runtimeDone", "DEBUG" if status == "success" else "WARN", record)


def status_of(outcome: Outcome) -> str:
    """As telemetry says it: what ends the process is a failure, what the function raises an error."""
    return {"crash": "failure"}.get(outcome.status, outcome.status)


def report(spec: Spec, request_id: str, outcome: Outcome, error_type: str, trace: str) -> Event:
    """The end of an invocation, extensions included."""
    status = outcome.status if outcome.status in ("success", "timeout") else "error"
    metrics: Record = {
        "durationMs": round(outcome.duration_ms, 3),
        "billedDurationMs": outcome.billed_ms,
        "memorySizeMB": spec.memory_mb,
        "maxMemoryUsedMB": outcome.memory_mb,
    }
    if outcome.init_ms is not None:
        metrics["initDurationMs"] = round(outcome.init_ms, 3)
    if outcome.restore_ms is not None:
        metrics["restoreDurationMs"] = round(outcome.restore_ms, 3)
    record = {
        "requestId": request_id,
        "metrics": metrics,
        "status": status,
        **_error("" if status == "success" else error_type),
        **_tracing(spec, trace),
    }
    text = report_text(spec, request_id, outcome, error_type, trace)
    return Event("platform.report", "INFO" if status == "success" else "WARN", record, text)


def report_text(spec: Spec, request_id: str, outcome: Outcome, error_type: str, trace: str) -> str:
    """The REPORT line; its fields are separated by tabs, and one more ends it, on which parsers rely."""
    text = (
        f"REPORT RequestId: {request_id}\tDuration: {outcome.duration_ms:.2f} ms\t"
        f"Billed Duration: {outcome.billed_ms} ms\tMemory Size: {spec.memory_mb} MB\t"
        f"Max Memory Used: {outcome.memory_mb} MB\t"
    )
    if outcome.init_ms is not None:
        text += f"Init Duration: {outcome.init_ms:.2f} ms\t"
    if outcome.restore_ms is not None:
        billed = math.ceil(round(outcome.restore_ms, 6))
        text += f"Restore Duration: {outcome.restore_ms:.2f} ms\tBilled Restore Duration: {billed} ms\t"
    if outcome.status in ("timeout", "crash"):
        text += f"Status: {'timeout' if outcome.status == 'timeout' else 'error'}\t"
        if outcome.status == "crash":
            text += f"Error Type: {error_type}\t"
    if trace and spec.tracing:
        text += (
            f"\nXRAY TraceId: {_part(trace, 'Root')}\tSegmentId: {_part(trace, 'Parent')}\tSampled: {_sampled(trace)}\t"
        )
    return text + "\n"


def extension(name: str, state: str, events: list[str], error_type: str = "") -> Event:
    """An extension is ready, or has failed."""
    failed = f"\tError Type: {error_type}" if error_type else ""
    text = f"EXTENSION\tName: {name}\tState: {state}\tEvents: [{', '.join(events)}]{failed}\n"
    record = {"name": name, "state": state, "events": events, **_error(error_type)}
    return Event("platform.extension", "WARN" if error_type else "INFO", record, text)


def subscription(name: str, types: list[str], logs_api: bool) -> Event:
    """An extension has subscribed to telemetry, by the newer API or by the one for logs."""
    kind = "platform.logsSubscription" if logs_api else "platform.telemetrySubscription"
    shown = ", ".join(kind.capitalize() for kind in types)
    text = f"{'LOGS' if logs_api else 'TELEMETRY'}\tName: {name}\tState: Subscribed\tTypes: [{shown}]\n"
    return Event(kind, "INFO", {"name": name, "state": "Subscribed", "types": types}, text)


def logs_dropped(size: int, count: int, reason: str) -> Event:
    record = {"droppedBytes": size, "droppedRecords": count, "reason": reason}
    return Event("platform.logsDropped", "WARN", record)


def _error(error_type: str) -> Record:
    return {"errorType": error_type} if error_type else {}


def _tracing(spec: Spec, trace: str) -> Record:
    if not trace or not spec.tracing:
        return {}
    return {"tracing": {"spanId": _part(trace, "Parent"), "type": "X-Amzn-Trace-Id", "value": trace}}


def _part(trace: str, name: str) -> str:
    return next((part.partition("=")[2] for part in trace.split(";") if part.startswith(name + "=")), "")


def _sampled(trace: str) -> str:
    return "true" if _part(trace, "Sampled") == "1" else "false"
