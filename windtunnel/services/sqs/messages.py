"""Operations on single messages: send, receive, delete. Batches are in `batches.py`, what moves by itself in `redrive.py`."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Context
from windtunnel.services.sqs.checksums import md5, md5_of_attributes
from windtunnel.services.sqs.facts import MessageDeadLettered, MessageDeleted, MessageSent, MessagesReceived
from windtunnel.services.sqs.fifo import FifoOrder
from windtunnel.services.sqs.queues import SqsTables
from windtunnel.services.sqs.records import Message, Queue, shown_sequence

MAXIMUM_RECEIVED = 10
MAXIMUM_WAIT_S = 20
MAXIMUM_DELAY_S = 900
MAXIMUM_ATTRIBUTES = 10
LONGEST_NAME = 256
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_-]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(number for number in range(0x20) if number not in b"\t\n\r")
_TRACE = "AWSTraceHeader"
RECEIVABLE = frozenset(
    ["All", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", _TRACE, "DeadLetterQueueSourceArn",
     "MessageDeduplicationId", "MessageGroupId", "SenderId", "SentTimestamp", "SequenceNumber"]
)  # fmt: skip


class Messages(SqsTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.fifo = FifoOrder(self)

    def send_message(
        self,
        ctx,
        QueueUrl,
        MessageBody,
        DelaySeconds=None,
        MessageAttributes=None,
        MessageSystemAttributes=None,
        MessageDeduplicationId=None,
        MessageGroupId=None,
    ):
        queue = self.queue_at(ctx, QueueUrl)
        return self.send(
            ctx, queue, MessageBody, DelaySeconds, MessageAttributes or {}, MessageSystemAttributes or {},
            MessageGroupId or "", MessageDeduplicationId or "",
        )  # fmt: skip

    def send(self, ctx, queue: Queue, body, delay, attributes, system, group, deduplication) -> dict[str, Any]:
        """Store one message and wake who waits for it. The answer of SendMessage."""
        check_body(body)
        attributes = checked_attributes(attributes)
        size = size_of(body, attributes)
        if size > (limit := queue.number("MaximumMessageSize")):
            reason = f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
            raise ApiError("InvalidParameterValue", reason)
        trace = system.get(_TRACE, {}).get("StringValue") or ctx.trace
        now = self.clock.now()
        if queue.fifo:
            message = self.fifo.admit(queue, body, delay, attributes, group, deduplication, now)
            if isinstance(message, dict):
                return message
        else:
            if deduplication:
                raise ApiError("InvalidParameterValue", f"Value {deduplication} for parameter MessageDeduplicationId "
                    "is invalid. Reason: The request includes a parameter that is not valid for this queue type.")  # fmt: skip
            visible_at = now + checked_delay(delay, queue)
            message = Message(queue.name, self.ids.uuid(), body, visible_at, now, "", md5(body), group=group)
        message = replace(
            message,
            sender=sender_of(ctx, self.home),
            attributes=attributes,
            md5_of_attributes=md5_of_attributes(attributes),
            trace=trace,
        )
        self.messages.put(message)
        self.home.signal(queue.arn).fire()
        self.home.record(MessageSent(queue.arn, message.id, size))
        return sent(message, bool(system.get(_TRACE)))

    async def receive_message(
        self,
        ctx,
        QueueUrl,
        AttributeNames=(),
        MessageSystemAttributeNames=(),
        MessageAttributeNames=(),
        MaxNumberOfMessages=1,
        VisibilityTimeout=None,
        WaitTimeSeconds=None,
        ReceiveRequestAttemptId=None,
    ):
        queue = self.queue_at(ctx, QueueUrl)
        _check_range(
            "MaxNumberOfMessages", MaxNumberOfMessages, 1, MAXIMUM_RECEIVED, "Must be between 1 and 10, if provided."
        )
        wait = queue.number("ReceiveMessageWaitTimeSeconds") if WaitTimeSeconds is None else WaitTimeSeconds
        _check_range("WaitTimeSeconds", wait, 0, MAXIMUM_WAIT_S, "Must be >= 0 and <= 20, if provided.")
        hidden_for = queue.number("VisibilityTimeout") if VisibilityTimeout is None else VisibilityTimeout
        _check_range("VisibilityTimeout", hidden_for, 0, 43_200, "Must be >= 0 and <= 43200, if provided.")
        system = frozenset(AttributeNames or ()) | frozenset(MessageSystemAttributeNames or ())
        if unknown := sorted(system - RECEIVABLE):
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {unknown[0]}.")
        deadline = self.clock.now() + wait
        while not (taken := self.take(queue, MaxNumberOfMessages, hidden_for)) and self.clock.now() < deadline:
            wake = self.next_visible(queue)
            await self.home.signal(queue.arn).wait_until(deadline if wake is None else min(deadline, wake))
            queue = self.queue_at(ctx, QueueUrl)
        if not taken:
            return {}
        return {"Messages": [as_received(m, system, MessageAttributeNames or ()) for m in taken]}

    def take(self, queue: Queue, limit: int, hidden_for: float) -> list[Message]:
        """Hide up to `limit` visible messages and hand them out; those received too often go to the dead-letter queue."""
        self.expire(queue)
        now = self.clock.now()
        redrive = json.loads(queue.attributes["RedrivePolicy"]) if "RedrivePolicy" in queue.attributes else None
        taken: list[Message] = []
        with self.home.step():
            while len(taken) < limit:
                wanted = limit - len(taken)
                found = self.fifo.ready(queue, wanted, now) if queue.fifo else self._next(queue, wanted, now)
                found = [m for m in found if m.visible_at <= now and all(m.id != t.id for t in taken)]
                if not found:
                    break
                for message in found:
                    if redrive and message.receives >= redrive["maxReceiveCount"]:
                        self._dead_letter(queue, message, redrive["deadLetterTargetArn"])
                    else:
                        taken.append(self._hand_out(queue, message, now, hidden_for))
        if taken:
            self.home.record(MessagesReceived(queue.arn, tuple(m.id for m in taken), limit))
        return taken

    def _next(self, queue: Queue, limit: int, now: float) -> list[Message]:
        """The oldest visible ones, unless a fault takes them out of their order."""
        faults = self.home.cloud.faults
        if not faults.active:
            return self.messages.first(limit, queue.name, now)

        def first(count: int) -> list[Message]:
            return self.messages.first(count, queue.name, now)

        found: list[Message] = faults.reordered("sqs", "ReceiveMessage", queue.arn, first, limit)
        return found

    def _hand_out(self, queue: Queue, message: Message, now: float, hidden_for: float) -> Message:
        return self.messages.put(
            replace(
                message,
                receipt=receipt_for(queue, message, self.ids.hex(32), now),
                receives=message.receives + 1,
                first_received_at=message.first_received_at or now,
                visible_at=now + hidden_for,
            )
        )

    def _dead_letter(self, queue: Queue, message: Message, target_arn: str) -> None:
        self.messages.delete(queue.name, message.id)
        target = self.queue_with(target_arn)
        if target is None:
            return
        now = self.clock.now()
        sequence = self.fifo.next_sequence(target) if target.fifo else 0
        self.messages.put(
            replace(
                message, queue=target.name, visible_at=now, receipt="", dead_letter_source=queue.arn, sequence=sequence
            )
        )
        self.home.record(MessageDeadLettered(queue.arn, target.arn, message.id, message.receives))
        self.home.signal(target.arn).fire()

    def next_visible(self, queue: Queue) -> float | None:
        """When the next hidden message comes back, in seconds since the epoch; None when there is none."""
        if queue.fifo:
            return self.fifo.next_visible(queue)
        message = self.messages.smallest(queue.name)
        return None if message is None else message.visible_at

    def delete_message(self, ctx, QueueUrl, ReceiptHandle):
        self.delete(self.queue_at(ctx, QueueUrl), ReceiptHandle)

    def delete(self, queue: Queue, handle: str) -> None:
        """Deleting what is gone already is a success, as on AWS."""
        message = self.messages.get(queue.name, message_of(queue, handle))
        if message is None:
            return
        if queue.fifo and (message.receipt != handle or message.visible_at <= self.clock.now()):
            raise ApiError("InvalidParameterValue",
                f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")  # fmt: skip
        self.messages.delete(queue.name, message.id)
        self.home.record(MessageDeleted(queue.arn, message.id))
        if queue.fifo:
            self.home.signal(queue.arn).fire()


def sent(message: Message, with_system_attributes: bool) -> dict[str, Any]:
    """What SendMessage answers for a stored message."""
    answer = {"MessageId": message.id, "MD5OfMessageBody": message.md5}
    if message.md5_of_attributes:
        answer["MD5OfMessageAttributes"] = message.md5_of_attributes
    if with_system_attributes:
        answer["MD5OfMessageSystemAttributes"] = md5_of_attributes(
            {_TRACE: {"DataType": "String", "StringValue": message.trace}}
        )
    if message.sequence:
        answer["SequenceNumber"] = shown_sequence(message.sequence)
    return answer


def as_received(message: Message, system: frozenset[str], wanted: list[str] | tuple[str, ...]) -> dict[str, Any]:
    """A message as ReceiveMessage shows it: with the system attributes and message attributes that were asked for."""
    shown: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": message.md5,
        "Body": message.body,
    }
    if system:
        values = system_attributes(message)
        if "All" not in system:
            values = {name: value for name, value in values.items() if name in system}
        if values:
            shown["Attributes"] = values
    if wanted and message.attributes:
        chosen = {name: value for name, value in message.attributes.items() if _is_wanted(name, wanted)}
        if chosen:
            shown["MessageAttributes"] = chosen
            shown["MD5OfMessageAttributes"] = md5_of_attributes(chosen)
    return shown


def system_attributes(message: Message) -> dict[str, str]:
    values = {
        "SenderId": message.sender,
        "SentTimestamp": str(int(message.sent_at * 1000)),
        "ApproximateReceiveCount": str(message.receives),
        "ApproximateFirstReceiveTimestamp": str(int(message.first_received_at * 1000)),
    }
    if message.trace:
        values[_TRACE] = message.trace
    if message.dead_letter_source:
        values["DeadLetterQueueSourceArn"] = message.dead_letter_source
    if message.group:
        values["MessageGroupId"] = message.group
    if message.sequence:
        values["MessageDeduplicationId"] = message.deduplication
        values["SequenceNumber"] = shown_sequence(message.sequence)
    return values


def _is_wanted(name: str, wanted: list[str] | tuple[str, ...]) -> bool:
    return any(w in ("All", ".*", name) or (w.endswith(".*") and name.startswith(w[:-2])) for w in wanted)


def receipt_for(queue: Queue, message: Message, token: str, now: float) -> str:
    return base64.b64encode(f"{token} {queue.arn} {message.id} {now:.6f}".encode()).decode()


def message_of(queue: Queue, handle: str) -> str:
    """The id of the message that a receipt handle was given for; raises ReceiptHandleIsInvalid."""
    try:
        _, arn, message, _ = base64.b64decode(handle, validate=True).decode().split(" ")
    except ValueError:
        arn = message = ""
    if arn != queue.arn:
        raise ApiError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    return message


def sender_of(ctx: Context, home: Any) -> str:
    known = home.cloud.credentials.find(ctx.access_key)
    return known.user_id if known else f"AIDA{home.account}WIND"


def check_body(body: str) -> None:
    if not body:
        raise ApiError("MissingParameter", "The request must contain the parameter MessageBody.")
    if _has_forbidden(body):
        raise ApiError("InvalidMessageContents", "Invalid characters found. Valid unicode characters are "
            "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")  # fmt: skip


def _has_forbidden(body: str) -> bool:
    """Most bodies are ASCII, of which bytes are told apart ten times as fast."""
    if body.isascii():
        return len(body.encode().translate(None, _CONTROLS)) != len(body)
    return _FORBIDDEN.search(body) is not None


def checked_attributes(attributes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The attributes as they are stored; raises InvalidParameterValue in SQS's words."""
    if len(attributes) > MAXIMUM_ATTRIBUTES:
        raise ApiError("InvalidParameterValue",
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MAXIMUM_ATTRIBUTES}].")  # fmt: skip
    kept = {}
    for name, attribute in attributes.items():
        _check_name(name)
        kind = attribute.get("DataType") or ""
        if kind.split(".")[0] not in ("String", "Number", "Binary"):
            problem = (f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
                "prefixes is Binary, Number, and String.")  # fmt: skip
            raise ApiError("InvalidParameterValue", problem)
        member = "BinaryValue" if kind.startswith("Binary") else "StringValue"
        if not attribute.get(member):
            problem = f"Message (user) attribute '{name}' must contain a non-empty value of type '{member[:-5]}'."
            raise ApiError("InvalidParameterValue", problem)
        if kind.startswith("Number") and not _is_number(attribute[member]):
            problem = f"Can't cast the value of message (user) attribute '{name}' to a number."
            raise ApiError("InvalidParameterValue", problem)
        kept[name] = {"DataType": kind, member: attribute[member]}
    return kept


def _check_name(name: str) -> None:
    """AWS: AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html, "Message attribute components"."""
    problem = ""
    if len(name) > LONGEST_NAME:
        problem = f"Message (user) attribute names must be at most {LONGEST_NAME} characters long."
    elif not _ATTRIBUTE_NAME.fullmatch(name) or ".." in name:
        problem = (
            f"Message (user) attribute name '{name}' can only contain A-Z, a-z, 0-9, underscores, hyphens and single periods, "
            "and can't start or end with a period."
        )
    elif name.lower().startswith(("aws.", "amazon.")):
        problem = f"Message (user) attribute name '{name}' can't start with AWS. or Amazon., which are reserved."
    if problem:
        raise ApiError("InvalidParameterValue", problem)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def checked_delay(delay: int | None, queue: Queue) -> int:
    if delay is None:
        return queue.number("DelaySeconds")
    _check_range("DelaySeconds", delay, 0, MAXIMUM_DELAY_S, "DelaySeconds must be >= 0 and <= 900.")
    return delay


def size_of(body: str, attributes: dict[str, dict[str, Any]]) -> int:
    """Bytes that count against the limit: the body, and names, types and values of the attributes."""
    size = len(body) if body.isascii() else len(body.encode())
    for name, attribute in attributes.items():
        size += len(name.encode()) + sum(
            len(v) if isinstance(v, bytes) else len(v.encode()) for v in attribute.values()
        )
    return size


def _check_range(name: str, value: int, low: int, high: int, reason: str) -> None:
    if not low <= value <= high:
        raise ApiError("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}")
