"""What FIFO queues add: sequence numbers, deduplication for five minutes, and one batch of a message group at a time (`groups.py`)."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.sqs.checksums import md5
from windtunnel.services.sqs.groups import Groups
from windtunnel.services.sqs.queues import SqsTables
from windtunnel.services.sqs.records import Deduplication, Message, Queue, shown_sequence

DEDUPLICATION_S = 300
SEQUENCE_STEP = 256
_ID = re.compile(r"[!-~]{1,128}")


class FifoOrder:
    def __init__(self, tables: SqsTables) -> None:
        self._of = tables
        self._groups: dict[str, Groups] = {}
        tables.messages.follow(self._changed)

    def admit(
        self,
        queue: Queue,
        body: str,
        delay: Any,
        attributes: dict[str, Any],
        group: str,
        deduplication: str,
        now: float,
    ) -> Message | dict[str, Any]:
        """A new message, or the answer that the first one with this deduplication id got."""
        if not group:
            raise ApiError("MissingParameter", "The request must contain the parameter MessageGroupId.")
        _check_id("MessageGroupId", group)
        if delay:
            raise ApiError("InvalidParameterValue", f"Value {delay} for parameter DelaySeconds is invalid. Reason: "
                "The request include parameter that is not valid for this queue type.")  # fmt: skip
        if not deduplication:
            if queue.attributes.get("ContentBasedDeduplication") != "true":
                raise ApiError("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled "
                    "or MessageDeduplicationId provided explicitly")  # fmt: skip
            deduplication = hashlib.sha256(body.encode()).hexdigest()
        _check_id("MessageDeduplicationId", deduplication)
        scope = f"{group}/" if queue.attributes.get("DeduplicationScope") == "messageGroup" else ""
        key = scope + deduplication
        known = self._of.deduplications.get(queue.name, key)
        if known is not None and known.until > now:
            return {
                "MessageId": known.message,
                "MD5OfMessageBody": md5(body),
                "SequenceNumber": shown_sequence(known.sequence),
            }
        sequence = self.next_sequence(queue)
        message = Message(
            queue.name, self._of.ids.uuid(), body, now + queue.number("DelaySeconds"), now, "", md5(body),
            group=group, deduplication=deduplication, sequence=sequence,
        )  # fmt: skip
        self._of.deduplications.put(Deduplication(queue.name, key, message.id, sequence, now + DEDUPLICATION_S))
        self._forget(queue, now)
        return message

    def next_sequence(self, queue: Queue) -> int:
        """Above every earlier one of the queue; `records.shown_sequence` has the form that clients see."""
        current = self._of.queues.get(queue.name) or queue
        number = current.next_sequence or SEQUENCE_STEP
        self._of.queues.put(replace(current, next_sequence=number + SEQUENCE_STEP))
        return number

    def ready(self, queue: Queue, limit: int, now: float) -> list[Message]:
        """Up to `limit` messages that may be handed out now, in order inside each group."""
        rows = self._of.messages
        found = (rows.get(queue.name, id) for id in self._groups_of(queue).visible(limit, now))
        return [message for message in found if message is not None]

    def next_visible(self, queue: Queue) -> float | None:
        """When the next group that hands out nothing now can do so again; None when there is none."""
        return self._groups_of(queue).next_visible()

    def _groups_of(self, queue: Queue) -> Groups:
        groups = self._groups.get(queue.name)
        if groups is None:
            groups = self._groups[queue.name] = Groups(self._of.messages.all(queue.name), self._of.clock.now())
        return groups

    def _changed(self, old: Message | None, new: Message | None) -> None:
        message = old or new
        if message is not None and (groups := self._groups.get(message.queue)) is not None:
            groups.change(old, new, self._of.clock.now())

    def _forget(self, queue: Queue, now: float) -> None:
        """Drop ids that are remembered no longer; the oldest stand first."""
        while (oldest := self._of.deduplications.oldest(queue.name)) is not None and oldest.until <= now:
            self._of.deduplications.delete(queue.name, oldest.key)


def _check_id(parameter: str, text: str) -> None:
    """AWS: AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    if not _ID.fullmatch(text):
        reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        problem = f"Value {text} for parameter {parameter} is invalid. Reason: {reason}"
        raise ApiError("InvalidParameterValue", problem)
