"""The history of an execution, as its events tell it."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.records import Event
from windtunnel.services.stepfunctions.tables import StepTables

PAGE = 100


class Histories(StepTables):
    def get_execution_history(
        self, ctx, executionArn, maxResults=None, reverseOrder=False, nextToken=None, includeExecutionData=True
    ):  # fmt: skip
        execution = self.execution_at(executionArn)
        if nextToken and not nextToken.isdigit():
            raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
        events = [event for _, chapter in self.chapters.read(execution.arn) for event in chapter.events]
        numbered = list(enumerate(events, 1))
        if reverseOrder:
            numbered.reverse()
        start = int(nextToken or 0)
        end = start + (maxResults or PAGE)
        answer: dict[str, Any] = {
            "events": [shown(id, event, includeExecutionData) for id, event in numbered[start:end]]
        }
        if end < len(numbered):
            answer["nextToken"] = str(end)
        return answer


def shown(id: int, event: Event, with_data: bool = True) -> dict[str, Any]:
    """An event as GetExecutionHistory gives it."""
    made: dict[str, Any] = {"timestamp": event.at, "type": event.type, "id": id, "previousEventId": event.previous}
    if event.member:
        details = dict(event.details)
        for name in ("input", "output"):
            if name in details:
                details[f"{name}Details"] = {"truncated": False}
                if not with_data:
                    del details[name]
        if not with_data:
            details.pop("assignedVariables", None)
        made[event.member] = details
    return made
