"""Log events as people read them: JSON lines by their level and message, the platform's reports in short, the rest as it is."""

from __future__ import annotations

import json
from typing import Any

import click

COLOURS = {
    "ERROR": "red",
    "CRITICAL": "red",
    "FATAL": "red",
    "WARN": "yellow",
    "WARNING": "yellow",
    "DEBUG": "bright_black",
}
PLAIN = frozenset({"timestamp", "level", "message", "logger", "requestId"})


def readable(message: str) -> str:
    """Empty for what only machines want, such as the start of an invocation."""
    if not message.startswith("{"):
        return message.rstrip()
    try:
        line = json.loads(message)
    except ValueError:
        return message.rstrip()
    kind = str(line.get("type", ""))
    if kind == "platform.report":
        return click.style(_report(line["record"]), fg="bright_black")
    if kind.startswith("platform."):
        return ""
    if "level" not in line or "message" not in line:
        return message.rstrip()
    more = " ".join(f"{name}={value}" for name, value in line.items() if name not in PLAIN)
    level = str(line["level"])
    return f"{click.style(level, fg=COLOURS.get(level, 'green'))} {line['message']}{'  ' + more if more else ''}"


def _report(record: dict[str, Any]) -> str:
    metrics = record.get("metrics", {})
    cold = f", init {metrics['initDurationMs']:g} ms" if "initDurationMs" in metrics else ""
    memory = f"{metrics.get('maxMemoryUsedMB')} of {metrics.get('memorySizeMB')} MB"
    return f"took {metrics.get('durationMs', 0):g} ms{cold}, {memory}, {record.get('status', '')}"
