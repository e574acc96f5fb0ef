"""Operations on up to ten messages at once, each of which succeeds or fails by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.sqs.attributes import MAXIMUM_MESSAGE_BYTES
from windtunnel.services.sqs.messages import Messages, size_of
from windtunnel.services.sqs.queues import SqsTables
from windtunnel.services.sqs.visibility import Visibility

MAXIMUM_ENTRIES = 10
_ID = re.compile(r"[\w-]{1,80}", re.ASCII)


class Batches(SqsTables):
    def send_message_batch(self, ctx, QueueUrl, Entries=()):
        queue = self.queue_at(ctx, QueueUrl)
        check_entries(Entries, "SendMessageBatchRequestEntry")
        total = sum(size_of(e["MessageBody"], e.get("MessageAttributes") or {}) for e in Entries)
        if total > MAXIMUM_MESSAGE_BYTES:
            raise ApiError("BatchRequestTooLong",
                f"Batch requests cannot be longer than {MAXIMUM_MESSAGE_BYTES} bytes. You have sent {total} bytes.")  # fmt: skip
        messages: Messages = self.noun("Messages")

        def send(entry: dict[str, Any]) -> dict[str, Any]:
            return messages.send(
                ctx, queue, entry["MessageBody"], entry.get("DelaySeconds"), entry.get("MessageAttributes") or {},
                entry.get("MessageSystemAttributes") or {}, entry.get("MessageGroupId") or "",
                entry.get("MessageDeduplicationId") or "",
            )  # fmt: skip

        return each(Entries, send)

    def delete_message_batch(self, ctx, QueueUrl, Entries=()):
        queue = self.queue_at(ctx, QueueUrl)
        check_entries(Entries, "DeleteMessageBatchRequestEntry")
        messages: Messages = self.noun("Messages")
        return each(Entries, lambda entry: messages.delete(queue, entry["ReceiptHandle"]))

    def change_message_visibility_batch(self, ctx, QueueUrl, Entries=()):
        queue = self.queue_at(ctx, QueueUrl)
        check_entries(Entries, "ChangeMessageVisibilityBatchRequestEntry")
        visibility: Visibility = self.noun("Visibility")
        return each(
            Entries, lambda entry: visibility.change(queue, entry["ReceiptHandle"], entry.get("VisibilityTimeout", 0))
        )


def check_entries(entries: list[dict[str, Any]], kind: str) -> None:
    if not entries:
        raise ApiError("EmptyBatchRequest", f"There should be at least one {kind} in the request.")
    if len(entries) > MAXIMUM_ENTRIES:
        problem = f"Maximum number of entries per request are {MAXIMUM_ENTRIES}. You have sent {len(entries)}."
        raise ApiError("TooManyEntriesInBatchRequest", problem)
    seen: set[str] = set()
    for entry in entries:
        name = entry["Id"]
        if not _ID.fullmatch(name):
            problem = ("A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.")  # fmt: skip
            raise ApiError("InvalidBatchEntryId", problem)
        if name in seen:
            raise ApiError("BatchEntryIdsNotDistinct", f"Id {name} repeated.")
        seen.add(name)


def each(entries: list[dict[str, Any]], act: Callable[[dict[str, Any]], dict[str, Any] | None]) -> dict[str, Any]:
    """Do `act` for each entry; one that fails is told apart and stops nobody."""
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            done.append({"Id": entry["Id"], **(act(entry) or {})})
        except ApiError as error:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
    answer: dict[str, Any] = {}
    if done:
        answer["Successful"] = done
    if failed:
        answer["Failed"] = failed
    return answer
