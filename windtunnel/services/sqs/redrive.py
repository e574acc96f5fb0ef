"""Message move tasks: what goes back from a dead-letter queue, at a rate, until it is done, cancelled or fails."""

from __future__ import annotations

import base64
import json
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.sqs.queues import SqsTables
from windtunnel.services.sqs.records import Message, MoveTask, Queue

MAXIMUM_RATE = 500


class Redrive(SqsTables):
    def resume(self) -> None:
        for task in self.moves.all():
            if task.status in ("RUNNING", "CANCELLING"):
                self._go_on(task)

    def start_message_move_task(self, ctx, SourceArn, DestinationArn=None, MaxNumberOfMessagesPerSecond=None):
        source = self._known(SourceArn, "SourceArn")
        if DestinationArn:
            self._known(DestinationArn, "DestinationArn")
        if not any(self._dead_letter_target(queue) == source.arn for queue in self.queues.all()):
            raise ApiError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        if any(task.status == "RUNNING" for task in self.moves.all(SourceArn)):
            raise ApiError("InvalidParameterValue", "There is already a task running. Only one active task is allowed "
                "for a source queue arn at a given time.")  # fmt: skip
        task_id = self.ids.uuid()
        handle = base64.b64encode(json.dumps({"taskId": task_id, "sourceArn": SourceArn}).encode()).decode()
        task = self.moves.put(
            MoveTask(handle, SourceArn, DestinationArn or "", MaxNumberOfMessagesPerSecond or 0, self.clock.now(),
                     self.messages.count(source.name))
        )  # fmt: skip
        self._go_on(task)
        return {"TaskHandle": handle}

    def cancel_message_move_task(self, ctx, TaskHandle):
        try:
            source = json.loads(base64.b64decode(TaskHandle))["sourceArn"]
        except (ValueError, KeyError):
            raise ApiError("InvalidParameterValue", "Value for parameter TaskHandle is invalid.") from None
        self._known(source, "SourceArn")
        task = self.moves.get(source, TaskHandle)
        if task is None:
            raise ApiError("ResourceNotFoundException", "Task does not exist.", status=404)
        if task.status != "RUNNING":
            raise ApiError("ResourceNotFoundException", "Only active tasks can be cancelled.", status=404)
        self.moves.put(replace(task, status="CANCELLED"))
        return {"ApproximateNumberOfMessagesMoved": task.moved}

    def list_message_move_tasks(self, ctx, SourceArn, MaxResults=None):
        self._known(SourceArn, "SourceArn")
        tasks = sorted(self.moves.all(SourceArn), key=lambda task: -task.started_at)
        return {"Results": [_shown(task) for task in tasks[: MaxResults or 1]]}

    def _go_on(self, task: MoveTask) -> None:
        self.clock.call_at(self.clock.now(), lambda: self._move_some(task.source, task.handle))

    def _move_some(self, source_arn: str, handle: str) -> None:
        """Move one second's worth and come back in a second, or everything where no rate is set."""
        task = self.moves.get(source_arn, handle)
        if task is None or task.status != "RUNNING":
            return
        source = self.queue_with(source_arn)
        now = self.clock.now()
        limit = min(task.rate or MAXIMUM_RATE, MAXIMUM_RATE)
        messages = self.messages.first(1 if task.rate else limit, source.name, now) if source else []
        with self.home.step():
            for message in messages:
                target = self.queue_with(task.destination or message.dead_letter_source)
                if target is None:
                    self.moves.put(replace(task, status="FAILED", failure="AWS.SimpleQueueService.NonExistentQueue"))
                    return
                self._move(source, target, message, now)
                task = replace(task, moved=task.moved + 1)
            task = self.moves.put(task if messages else replace(task, status="COMPLETED"))
        if task.status == "RUNNING":
            self.clock.call_at(now + (1 / limit if task.rate else 0), lambda: self._move_some(source_arn, handle))

    def _move(self, source: Any, target: Queue, message: Message, now: float) -> None:
        self.messages.delete(source.name, message.id)
        sequence = self.noun("Messages").fifo.next_sequence(target) if target.fifo else 0
        self.messages.put(
            replace(message, queue=target.name, visible_at=now, sent_at=now, receives=0, receipt="", first_received_at=0.0,
                    dead_letter_source="", sequence=sequence)
        )  # fmt: skip
        self.home.signal(target.arn).fire()

    def _known(self, arn: str, parameter: str) -> Queue:
        queue = self.queue_with(arn)
        if queue is None:
            problem = f"The resource that you specified for the {parameter} parameter doesn't exist."
            raise ApiError("ResourceNotFoundException", problem, status=404)
        return queue

    @staticmethod
    def _dead_letter_target(queue: Queue) -> str:
        return str(json.loads(queue.attributes.get("RedrivePolicy", "{}")).get("deadLetterTargetArn", ""))


def _shown(task: MoveTask) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Status": task.status,
        "SourceArn": task.source,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.total,
        "StartedTimestamp": int(task.started_at * 1000),
    }
    if task.status == "RUNNING":
        shown["TaskHandle"] = task.handle
    if task.destination:
        shown["DestinationArn"] = task.destination
    if task.rate:
        shown["MaxNumberOfMessagesPerSecond"] = task.rate
    if task.failure:
        shown["FailureReason"] = task.failure
    return shown
