"""
What the default bus is told: a Standard execution has begun, or is over.

AWS: step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws import timestamps
from windtunnel.services.stepfunctions.executions import redrivable
from windtunnel.services.stepfunctions.records import STANDARD, SUCCEEDED, Execution
from windtunnel.services.stepfunctions.tables import StepTables

INCLUDED = {"included": True}


class Notices(StepTables):
    def tell(self, execution: Execution) -> None:
        """In the background: at most once, as AWS promises no more than its best."""
        if execution.kind != STANDARD:
            return
        entries: Any = self.home.service("events").nouns["Entries"]
        if not entries.listened("default"):
            return
        event = {
            "version": "0",
            "id": self.ids.uuid(),
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": self.home.account,
            "time": timestamps.iso(int(self.clock.now())),
            "region": self.home.region,
            "resources": [execution.arn],
            "detail": _detail(execution),
        }
        # Not by PutEvents, which refuses the sources of AWS.
        self.home.spawn(entries.arrive("default", event, execution.trace), f"notice of {execution.arn}")


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
