"""What a task tells the history, for each kind of resource: functions by their ARN, activities, and services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from windtunnel.services.stepfunctions.integrations import calls
from windtunnel.services.stepfunctions.language.failures import TIMEOUT, StateFailed
from windtunnel.services.stepfunctions.language.outcomes import Work
from windtunnel.services.stepfunctions.language.scopes import text_of
from windtunnel.services.stepfunctions.language.states import State
from windtunnel.services.stepfunctions.records import Line
from windtunnel.services.stepfunctions.resource_arns import ACTIVITY, FUNCTION, SERVICE, Resource, resource_of

if TYPE_CHECKING:
    from windtunnel.services.stepfunctions.runs import Run


class TaskEvents:
    """The part of a run that knows of tasks."""

    def prepare(self: Run, line: Line, state: State) -> None:
        """Before a task is evaluated: one that waits for a callback has its token now."""
        if state.kind != "Task":
            return
        resource = resource_of(state.fields["Resource"])
        line.token = self.new_token(line) if resource.waits_for_token or resource.kind == ACTIVITY else ""

    def begin_work(self: Run, line: Line, work: Work) -> None:
        """The task is scheduled, and started where that is at once."""
        resource = resource_of(work.resource)
        if resource.kind == SERVICE:
            payload = calls.fitted(resource, work.payload)
            work = work if payload is work.payload else replace(work, payload=payload)
        line.work = work
        line.phase = "calling"
        line.was_submitted = line.was_taken = False
        line.early = None
        now = self.home.clock.now()
        line.expires_at = now + work.timeout_s if work.timeout_s else 0.0
        line.heartbeat_at = now + work.heartbeat_s if work.heartbeat_s else 0.0
        limits = {
            name: int(value)
            for name, value in (("timeoutInSeconds", work.timeout_s), ("heartbeatInSeconds", work.heartbeat_s))
            if value
        }
        if resource.kind == FUNCTION:
            details = {"resource": work.resource, "input": text_of(work.payload), **limits, **_credentials(work)}
            details.pop("heartbeatInSeconds", None)
            line.event = self.tell(
                "LambdaFunctionScheduled", line.event, "lambdaFunctionScheduledEventDetails", details
            )
            line.event = self.tell("LambdaFunctionStarted", line.event)
        elif resource.kind == ACTIVITY:
            details = {"resource": work.resource, "input": text_of(work.payload), **limits}
            line.phase = "expecting"
            line.heartbeat_at = 0.0
            self.check_activity(work.resource)
            line.event = self.tell("ActivityScheduled", line.event, "activityScheduledEventDetails", details)
        else:
            named = {"resourceType": resource.type, "resource": resource.name}
            details = {
                **named,
                "region": self.home.region,
                "parameters": text_of(work.payload),
                **limits,
                **_credentials(work),
            }
            line.event = self.tell("TaskScheduled", line.event, "taskScheduledEventDetails", details)
            line.event = self.tell("TaskStarted", line.event, "taskStartedEventDetails", named)
        self.calls.append(line)

    def taken(self: Run, line: Line, worker: str | None) -> None:
        """A worker has taken the task of an activity."""
        line.was_taken = True
        if line.work is not None and line.work.heartbeat_s:
            line.heartbeat_at = self.home.clock.now() + line.work.heartbeat_s
        details = {"workerName": worker} if worker else {}
        line.event = self.tell("ActivityStarted", line.event, "activityStartedEventDetails", details)
        self.changed[line.number] = line

    def beat(self: Run, line: Line) -> None:
        """A sign of life."""
        if line.work is not None and line.work.heartbeat_s:
            line.heartbeat_at = self.home.clock.now() + line.work.heartbeat_s
            self.changed[line.number] = line

    def tell_submission(self: Run, line: Line, answer: Any) -> None:
        resource = _resource(line)
        details = {"resourceType": resource.type, "resource": resource.name, "output": text_of(answer)}
        line.event = self.tell("TaskSubmitted", line.event, "taskSubmittedEventDetails", details)

    def tell_success(self: Run, line: Line, result: Any) -> None:
        self._tell_end(line, "Succeeded", {"output": text_of(result)})

    def tell_failure(self: Run, line: Line, failure: StateFailed) -> None:
        if failure.evaluated:
            return
        details = {name: text for name, text in (("error", failure.error), ("cause", failure.cause)) if text}
        self._tell_end(line, "TimedOut" if failure.error == TIMEOUT else "Failed", details)

    def _tell_end(self: Run, line: Line, how: str, details: dict[str, Any]) -> None:
        resource = _resource(line)
        if resource.kind == FUNCTION:
            kind, member = f"LambdaFunction{how}", f"lambdaFunction{how}EventDetails"
        elif resource.kind == ACTIVITY:
            kind, member = f"Activity{how}", f"activity{how}EventDetails"
        else:
            kind, member = f"Task{how}", f"task{how}EventDetails"
            details = {"resourceType": resource.type, "resource": resource.name, **details}
        line.event = self.tell(kind, line.event, member, details)


def _resource(line: Line) -> Resource:
    assert line.work is not None
    return resource_of(line.work.resource)


def _credentials(work: Work) -> dict[str, Any]:
    return {"taskCredentials": {"roleArn": work.role}} if work.role else {}
