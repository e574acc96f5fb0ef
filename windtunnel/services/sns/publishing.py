"""Publishing: one message or a batch, to everyone who has subscribed and wants it, or to one phone."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.sns import filters, messages
from windtunnel.services.sns.facts import LetterSent, Published
from windtunnel.services.sns.records import Deduplication, Notification, Topic
from windtunnel.services.sns.topics import SnsTables, invalid

REMEMBERED_S = 300
MOST_ENTRIES = 10
FIRST_SEQUENCE = 10_000_000_000_000_000_000
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]+")
_PHONE = re.compile(r"\+[0-9]{1,15}")


class Publishing(SnsTables):
    async def publish(
        self, ctx, Message, TopicArn=None, TargetArn=None, PhoneNumber=None, Subject=None, MessageStructure=None,
        MessageAttributes=None, MessageDeduplicationId=None, MessageGroupId=None,
    ):  # fmt: skip
        attributes = dict(MessageAttributes or {})
        if PhoneNumber is not None:
            return self._to_phone(PhoneNumber, Message, attributes)
        arn = TopicArn or TargetArn
        if arn is None:
            raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
        if ":endpoint/" in arn:
            return self._to_endpoint(arn, Message, Subject, MessageStructure, attributes)
        topic = self.topic_at(arn)
        entry = {
            "Message": Message,
            "Subject": Subject,
            "MessageStructure": MessageStructure,
            "MessageAttributes": attributes,
            "MessageDeduplicationId": MessageDeduplicationId,
            "MessageGroupId": MessageGroupId,
        }
        return await self._publish(topic, entry, ctx.trace)

    async def publish_batch(self, ctx, TopicArn, PublishBatchRequestEntries):
        topic = self.topic_at(TopicArn)
        entries = PublishBatchRequestEntries
        _check_entries(entries)
        for entry in entries if topic.fifo else ():
            self._order(topic, entry)
        successful, failed = [], []
        for entry in entries:
            try:
                answer = await self._publish(topic, entry, ctx.trace)
            except ApiError as error:
                failed.append({"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True})
            else:
                successful.append({"Id": entry["Id"], **answer})
        return {"Successful": successful, "Failed": failed}

    async def _publish(self, topic: Topic, entry: dict[str, Any], trace: str) -> dict[str, Any]:
        attributes = dict(entry.get("MessageAttributes") or {})
        message, subject = entry["Message"], entry.get("Subject")
        messages.check(message, subject, attributes)
        group, deduplication = self._order(topic, entry)
        bodies = messages.bodies(message, entry.get("MessageStructure"))
        notification = Notification(
            id=self.ids.uuid(), topic=topic.name, message=bodies.get("default", message), subject=subject, bodies=bodies,
            attributes=attributes, published_at=self.clock.now(), group=group, deduplication=deduplication, trace=trace,
            signature_version=topic.attributes.get("SignatureVersion", "1"),
        )  # fmt: skip
        archives = self.noun("Archives")
        if topic.fifo:
            known = self._known(topic, notification)
            if known is not None:
                return {"MessageId": known.message, "SequenceNumber": known.sequence}
            with self.home.step():
                notification = self._numbered(topic, notification)
                archives.keep(topic, notification)
        confirmed = [each for each in self.subscriptions.all(topic.name) if each.confirmed]
        wanting = [each for each in confirmed if filters.wants(each, notification)]
        self.home.record(
            Published(topic.arn, notification.id, len(message), len(wanting), len(confirmed) - len(wanting))
        )
        if topic.archive_days:
            wanting = [each for each in wanting if not archives.holds_back(each)]
        if wanting:
            await self.noun("Deliveries").deliver(topic, notification, wanting)
        answer = {"MessageId": notification.id}
        return {**answer, "SequenceNumber": notification.sequence} if topic.fifo else answer

    def _order(self, topic: Topic, entry: dict[str, Any]) -> tuple[str, str]:
        """The group and the deduplication id of a message. Raises InvalidParameter."""
        group, deduplication = entry.get("MessageGroupId") or "", entry.get("MessageDeduplicationId") or ""
        if not topic.fifo:
            if deduplication:
                raise invalid(
                    "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid "
                    "for this topic type"
                )
            return group, ""
        if not group:
            raise invalid("The MessageGroupId parameter is required for FIFO topics")
        if not deduplication and topic.attributes.get("ContentBasedDeduplication", "false").lower() != "true":
            raise invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
            )
        return group, deduplication or hashlib.sha256(entry["Message"].encode()).hexdigest()

    def _known(self, topic: Topic, notification: Notification) -> Deduplication | None:
        now = self.clock.now()
        for old in self.deduplications.first(16, topic.name, now):
            self.deduplications.delete(topic.name, old.key)
        return self.deduplications.get(topic.name, self._key(topic, notification))

    def _numbered(self, topic: Topic, notification: Notification) -> Notification:
        topic = self.topics.get(topic.name) or topic
        sequence = str(FIRST_SEQUENCE + topic.next_sequence)
        until = self.clock.now() + REMEMBERED_S
        key = self._key(topic, notification)
        with self.home.step():
            self.topics.put(replace(topic, next_sequence=topic.next_sequence + 1))
            self.deduplications.put(Deduplication(topic.name, key, notification.id, sequence, until))
        return replace(notification, sequence=sequence)

    @staticmethod
    def _key(topic: Topic, notification: Notification) -> str:
        by_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
        return f"{notification.group if by_group else ''}/{notification.deduplication}"

    def _to_endpoint(
        self, arn: str, message: str, subject: str | None, structure: str | None, attributes: dict[str, Any]
    ) -> dict[str, Any]:
        messages.check(message, subject, attributes)
        bodies = messages.bodies(message, structure) or {"default": message}
        self.noun("PlatformEndpoints").push(arn, subject, bodies)
        return {"MessageId": self.ids.uuid()}

    def _to_phone(self, number: str, message: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if not _PHONE.fullmatch(number):
            raise invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
        messages.check(message, None, attributes)
        phone = self.phones.get(number)
        if phone is None or not phone.opted_out:
            self.home.record(LetterSent("sms", number, "", message, ""))
        return {"MessageId": self.ids.uuid()}


def _check_entries(entries: list[dict[str, Any]]) -> None:
    if not entries:
        raise ApiError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > MOST_ENTRIES:
        raise ApiError(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
        )  # fmt: skip
    for entry in entries:
        if len(entry["Id"]) > 80:
            raise ApiError(
                "InvalidBatchEntryId", f"The Id of a batch entry in the batch request is too long: {entry['Id']}"
            )
        if not _ENTRY_ID.fullmatch(entry["Id"]):
            raise ApiError(
                "InvalidBatchEntryId",
                f"The Id of a batch entry in the batch request contains an impermissible character: {entry['Id']}",
            )
    if len({entry["Id"] for entry in entries}) != len(entries):
        raise ApiError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    total = sum(messages.size(entry["Message"], dict(entry.get("MessageAttributes") or {})) for entry in entries)
    if total > messages.MOST_BYTES:
        raise ApiError(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
        )  # fmt: skip
