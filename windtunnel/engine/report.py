"""The lines that the platform itself writes into a function's log, in text and in JSON, and what is billed."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime

from windtunnel.engine.spec import Outcome, Spec

_RUNTIME_VERSION = "v1"
_RUNTIME = re.compile(r"^([a-z]+)\.?(.*?)(?:\.x)?$")
"""`python3.13`, `nodejs22.x`, `provided.al2023`: a language and its version."""


def billed_ms(duration_ms: float, init_ms: float | None) -> int:
    """
    Whole milliseconds, rounded up; the initialisation counts too, since 2025-08-01.
    AWS: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
    """
    return math.ceil(round(duration_ms + (init_ms or 0.0), 6))


def iso(at: float) -> str:
    """As AWS writes times in logs: 2026-01-01T00:00:00.000Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03d}Z"


def timed_out_message(request_id: str, timeout_s: float) -> str:
    return f"{request_id} Task timed out after {timeout_s:.2f} seconds"


def init_start(spec: Spec, at: float, initialization: str) -> str:
    arn = f"arn:aws:lambda:{spec.region}::runtime:{spec.runtime}"
    language, number = _RUNTIME.sub(r"\1 \2", spec.runtime).split(" ")
    version = f"{language}:{number}.{_RUNTIME_VERSION}"
    if spec.log_format == "JSON":
        record: dict[str, object] = {
            "initializationType": initialization,
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": spec.name,
            "functionVersion": spec.version,
        }
        return _event(at, "platform.initStart", record)
    return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"


def init_report(spec: Spec, at: float, init_ms: float, phase: str, status: str, error_type: str) -> str:
    """Only written when an initialisation failed or overran, as AWS does in text format."""
    if spec.log_format == "JSON":
        record = {"initializationType": "on-demand", "phase": phase, "status": status, "errorType": error_type}
        return _event(at, "platform.initReport", {**record, "metrics": {"durationMs": round(init_ms, 3)}})
    kind = f"\tError Type: {error_type}" if error_type else ""
    return f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{kind}\n"


def start(spec: Spec, at: float, request_id: str) -> str:
    if spec.log_format == "JSON":
        return _event(at, "platform.start", {"requestId": request_id, "version": spec.version})
    return f"START RequestId: {request_id} Version: {spec.version}\n"


def end(spec: Spec, request_id: str) -> str:
    """In text format only: JSON has `platform.report` alone."""
    return "" if spec.log_format == "JSON" else f"END RequestId: {request_id}\n"


def report(spec: Spec, at: float, request_id: str, outcome: Outcome, error_type: str, trace: str) -> str:
    """The REPORT line; its fields are separated by tabs, and one more ends it, on which parsers rely."""
    status = outcome.status if outcome.status in ("success", "timeout") else "error"
    if spec.log_format == "JSON":
        return _report_event(spec, at, request_id, outcome, status, error_type, trace)
    line = (
        f"REPORT RequestId: {request_id}\tDuration: {outcome.duration_ms:.2f} ms\t"
        f"Billed Duration: {outcome.billed_ms} ms\tMemory Size: {spec.memory_mb} MB\t"
        f"Max Memory Used: {outcome.memory_mb} MB\t"
    )
    if outcome.init_ms is not None:
        line += f"Init Duration: {outcome.init_ms:.2f} ms\t"
    if outcome.status in ("timeout", "crash"):
        line += f"Status: {status}\t"
        if outcome.status == "crash":
            line += f"Error Type: {error_type}\t"
    if trace and spec.tracing:
        line += (
            f"\nXRAY TraceId: {_part(trace, 'Root')}\tSegmentId: {_part(trace, 'Parent')}\tSampled: {_sampled(trace)}\t"
        )
    return line + "\n"


def _report_event(
    spec: Spec, at: float, request_id: str, outcome: Outcome, status: str, error_type: str, trace: str
) -> str:
    metrics: dict[str, object] = {
        "durationMs": round(outcome.duration_ms, 3),
        "billedDurationMs": outcome.billed_ms,
        "memorySizeMB": spec.memory_mb,
        "maxMemoryUsedMB": outcome.memory_mb,
    }
    if outcome.init_ms is not None:
        metrics["initDurationMs"] = round(outcome.init_ms, 3)
    record: dict[str, object] = {"requestId": request_id, "metrics": metrics, "status": status}
    if error_type and status != "success":
        record["errorType"] = error_type
    if trace and spec.tracing:
        record["tracing"] = {"type": "X-Amzn-Trace-Id", "value": trace}
    return _event(at, "platform.report", record)


def _event(at: float, kind: str, record: dict[str, object]) -> str:
    return json.dumps({"time": iso(at), "type": kind, "record": record}, separators=(",", ":")) + "\n"


def _part(trace: str, name: str) -> str:
    return next((part.partition("=")[2] for part in trace.split(";") if part.startswith(name + "=")), "")


def _sampled(trace: str) -> str:
    return "true" if _part(trace, "Sampled") == "1" else "false"
