"""
The steps of a pipe's execution, one batch on its way, as the pipe's log tells them.

AWS: eventbridge/latest/userguide/eb-pipes-logs.html, .../eb-pipes-logs-schema.html, .../eb-pipes-logs-execution-steps.html
"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home
from windtunnel.services.pipes.records import Pipe

LARGEST_RECORD_BYTES = 256 * 1024
_LEVELS = {"OFF": 0, "ERROR": 1, "INFO": 2, "TRACE": 3}
_FAILURES = ("_FAILED", "_THROTTLED", "_TIMEOUT")
_INFORMING = frozenset(
    [
        "ENRICHMENT_INVOCATION_SKIPPED",
        "ENRICHMENT_STAGE_ENTERED",
        "ENRICHMENT_STAGE_SUCCEEDED",
        "EXECUTION_STARTED",
        "EXECUTION_SUCCEEDED",
        "TARGET_STAGE_ENTERED",
        "TARGET_STAGE_SUCCEEDED",
    ]
)
_DATA = ("payload", "awsRequest", "awsResponse")


def check(configuration: dict[str, Any] | None) -> None:
    """Raises NotImplementedHere for a log that goes elsewhere than to CloudWatch Logs."""
    for name in ("FirehoseLogDestination", "S3LogDestination"):
        if (configuration or {}).get(name):
            raise NotImplementedHere(f"The member LogConfiguration.{name} of a pipe")


class Execution:
    """One execution. Its steps are kept until `end`, which writes those that the pipe's level wants."""

    def __init__(self, home: Home, pipe: Pipe) -> None:
        self._home = home
        self._pipe = pipe
        wish = pipe.log_configuration
        self._group = wish.get("CloudwatchLogsLogDestination", {}).get("LogGroupArn", "")
        self._level = _LEVELS[wish.get("Level", "ERROR")] if self._group else 0
        self._tells_data = "ALL" in (wish.get("IncludeExecutionData") or ())
        self._id = home.ids.uuid() if self._level else ""
        self._told: list[tuple[int, str]] = []

    def step(self, name: str, error: ApiError | str | None = None, service: str = "", **data: Any) -> None:
        """`data` are the payload, awsRequest and awsResponse that the step has."""
        if not self._level:
            return
        level = "ERROR" if name.endswith(_FAILURES) else "INFO" if name in _INFORMING else "TRACE"
        if _LEVELS[level] > self._level:
            return
        at = int(self._home.clock.now() * 1000)
        record: dict[str, Any] = {
            "resourceArn": self._pipe.arn,
            "timestamp": at,
            "executionId": self._id,
            "messageType": name,
            "logLevel": level,
        }
        if error is not None:
            record["error"] = _shown(error, service)
        if self._tells_data and data:
            record |= {member: _text(data[member]) for member in _DATA if member in data}
            _shorten(record)
        self._told.append((at, json.dumps(record, separators=(",", ":"))))

    def end(self) -> None:
        if not self._told:
            return
        _, _, _, region, account, resource = self._group.split(":", 5)
        logs: Any = self._home.cloud.home(account, region).service("logs").nouns["Writing"]
        logs.write(resource.removeprefix("log-group:").removesuffix(":*"), self._pipe.name, self._told)
        self._told = []


def _shown(error: ApiError | str, service: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": error if isinstance(error, str) else error.message or error.code, "details": ""}
    if isinstance(error, ApiError):
        shown = {"httpStatusCode": error.status or 400, **shown}
    return {**shown, **({"awsService": service} if service else {})}


def _text(data: Any) -> str:
    if isinstance(data, bytes):
        return data.decode(errors="replace")
    return data if isinstance(data, str) else json.dumps(data, separators=(",", ":"), default=str)


def _shorten(record: dict[str, Any]) -> None:
    """Cut the ends of the data, one member after the other, until the record is no larger than a log takes."""
    cut = []
    for member in _DATA:
        over = len(json.dumps(record)) - LARGEST_RECORD_BYTES
        if over > 0 and record.get(member):
            kept = len(record[member]) - over - 64
            record[member] = record[member][: max(0, kept)]
            cut.append(member)
            record["truncatedFields"] = cut
