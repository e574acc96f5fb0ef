"""Changing how long a received message stays hidden."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.sqs.messages import message_of
from windtunnel.services.sqs.queues import SqsTables
from windtunnel.services.sqs.records import Queue

MAXIMUM_S = 43_200


class Visibility(SqsTables):
    def change_message_visibility(self, ctx, QueueUrl, ReceiptHandle, VisibilityTimeout):
        self.change(self.queue_at(ctx, QueueUrl), ReceiptHandle, VisibilityTimeout)

    def change(self, queue: Queue, handle: str, seconds: int) -> None:
        """Raises MessageNotInflight for a message that is visible, and InvalidParameterValue for one that is gone."""
        if not 0 <= seconds <= MAXIMUM_S:
            raise ApiError("InvalidParameterValue", f"Value {seconds} for parameter VisibilityTimeout is invalid. "
                "Reason: VisibilityTimeout must be an integer between 0 and 43200.")  # fmt: skip
        message = self.messages.get(queue.name, message_of(queue, handle))
        now = self.clock.now()
        if message is None:
            raise ApiError("InvalidParameterValue", f"Value {handle} for parameter ReceiptHandle is invalid. Reason: "
                "Message does not exist or is not available for visibility timeout change.")  # fmt: skip
        if message.visible_at <= now or message.receipt != handle:
            raise ApiError("MessageNotInflight", "The message referred to isn't in flight.")
        self.messages.put(replace(message, visible_at=now + seconds))
        self.home.signal(queue.arn).fire()
