"""
What a machine writes to CloudWatch Logs: the events of its executions, as many as its level asks for.

AWS: step-functions/latest/dg/cw-logs.html
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from windtunnel.services.stepfunctions.histories import shown
from windtunnel.services.stepfunctions.language.scopes import text_of
from windtunnel.services.stepfunctions.log_settings import group_of
from windtunnel.services.stepfunctions.records import Event, Execution
from windtunnel.services.stepfunctions.tables import StepTables

OFF, FATAL, ERROR, ALL = "OFF", "FATAL", "ERROR", "ALL"
_FATAL = frozenset(("ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"))
_ENDINGS = ("Aborted", "Failed", "TimedOut", "FailStateEntered")


class ExecutionLogs(StepTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._settings: dict[tuple[str, str], dict[str, Any]] = {}

    def level_of(self, execution: Execution) -> str:
        level: str = self._of(execution).get("level", OFF)
        return level

    def write(self, execution: Execution, first: int, events: list[Event]) -> None:
        """Part of the open step. A group that is gone gets nothing."""
        settings = self._of(execution)
        level = settings.get("level", OFF)
        account, region, group = group_of(settings)
        if level == OFF or not group:
            return
        writing: Any = self.home.cloud.home(account, region).service("logs").nouns["Writing"]
        lines = [
            (int(event.at * 1000), _line(execution, first + place, event, bool(settings.get("includeExecutionData"))))
            for place, event in enumerate(events)
            if _is_wanted(event.type, level)
        ]
        if lines and group in writing.groups:
            writing.write(group, self._stream(execution), lines)

    def forget(self, machine: str) -> None:
        """A machine that is no more."""
        for key in [key for key in self._settings if key[0] == machine]:
            del self._settings[key]

    def _of(self, execution: Execution) -> dict[str, Any]:
        key = (execution.machine, execution.revision)
        settings = self._settings.get(key)
        if settings is None:
            revision = self.revisions.get(*key)
            settings = self._settings[key] = revision.logging if revision is not None else {}
        return settings

    def _stream(self, execution: Execution) -> str:
        """One for the executions of a machine that began in the same minute."""
        at = f"{datetime.fromtimestamp(execution.started_at, UTC):%Y-%m-%d-%H-%M}"
        mark = hashlib.sha256(f"{execution.machine} {at}".encode()).hexdigest()[:8]
        return f"states/{execution.machine_name}/{at}/{mark}"


def _is_wanted(type: str, level: str) -> bool:
    if level == ALL or type in _FATAL:
        return True
    return level == ERROR and type.endswith(_ENDINGS)


def _line(execution: Execution, id: int, event: Event, with_data: bool) -> str:
    details = shown(id, event, with_data).get(event.member, {})
    return text_of(
        {
            "id": str(id),
            "type": event.type,
            "details": details,
            "redrive_count": str(execution.redrives),
            "previous_event_id": str(event.previous),
            "event_timestamp": str(int(event.at * 1000)),
            "execution_arn": execution.arn,
        }
    )
