"""
What the default bus is told: a Standard execution has begun, or is over.

AWS: step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.services.stepfunctions.executions import redrivable
from windtunnel.services.stepfunctions.records import STANDARD, SUCCEEDED, Execution
from windtunnel.services.stepfunctions.tables import StepTables

INCLUDED = {"included": True}


class Notices(StepTables):
    def tell(self, execution: Execution) -> None:
        """Part of the step that is open."""
        if execution.kind != STANDARD:
            return
        service_events: Any = self.home.service("events").nouns["ServiceEvents"]
        # Not by PutEvents, which refuses the sources of AWS.
        service_events.accept(
            "aws.states", "Step Functions Execution Status Change", [execution.arn], _detail(execution), execution.trace
        )


def _detail(execution: Execution) -> dict[str, Any]:
    succeeded = execution.status == SUCCEEDED
    redrive = redrivable(execution)
    return {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine,
        "name": execution.name,
        "status": execution.status,
        "startDate": int(execution.started_at * 1000),
        "stopDate": int(execution.stopped_at * 1000) if execution.stopped_at else None,
        "input": execution.input,
        "output": execution.output if succeeded else None,
        "stateMachineVersionArn": execution.version or None,
        "stateMachineAliasArn": execution.alias or None,
        "redriveCount": execution.redrives,
        "redriveDate": int(execution.redriven_at * 1000) if execution.redriven_at else None,
        "redriveStatus": redrive["redriveStatus"],
        "redriveStatusReason": redrive.get("redriveStatusReason"),
        "inputDetails": INCLUDED,
        "outputDetails": INCLUDED if succeeded else None,
        "error": execution.error,
        "cause": execution.cause,
    }
