"""What EventBridge is told of stacks. AWS: AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html"""

from __future__ import annotations

from typing import Any

from windtunnel.services.cloudformation.records import StackEvent

_STACK = "AWS::CloudFormation::Stack"


def of(event: StackEvent) -> tuple[str, list[str], dict[str, Any]]:
    """The detail type, the resources and the detail."""
    status = {"status": event.status, "status-reason": event.reason}
    told: dict[str, Any] = {"stack-id": event.stack}
    is_stack = event.type == _STACK and event.physical_id == event.stack
    if not is_stack:
        told |= {"logical-resource-id": event.logical_id, "physical-resource-id": event.physical_id}
    told["status-details"] = status
    if not is_stack:
        told["resource-type"] = event.type
    told["client-request-token"] = event.token
    kind = "Stack" if is_stack else "Resource"
    return f"CloudFormation {kind} Status Change", [event.stack], told
