"""Operations on queues."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.calls import Elsewhere
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Context, Operations
from windtunnel.kernel.tables import Table
from windtunnel.services.sqs import attributes as attribute
from windtunnel.services.sqs.records import Deduplication, Message, MoveTask, Queue

PURGE_INTERVAL_S = 60
MOST_LISTED = 1000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")


class SqsTables(Operations, api="sqs"):
    """What the nouns of SQS share: the tables, and finding a queue by its URL."""

    queues = Table(Queue, key="name")
    messages = Table(Message, key="id", within="queue", ordered="visible_at")
    deduplications = Table(Deduplication, key="key", within="queue")
    moves = Table(MoveTask, key="handle", within="source")

    def queue_at(self, ctx: Context, url: str) -> Queue:
        """The queue that a URL names, whatever its host. Raises Elsewhere for another account's, and QueueDoesNotExist."""
        parts = url.rsplit("/", 2)
        if len(parts) > 1 and not self._is_ours(parts[-2]):
            raise Elsewhere(parts[-2])
        queue = self.queues.get(parts[-1])
        if queue is None:
            version = " for this wsdl version" if ctx.protocol == "query" else ""
            raise ApiError("QueueDoesNotExist", f"The specified queue does not exist{version}.")
        return queue

    def _is_ours(self, account: str) -> bool:
        return account == self.home.account or not (len(account) == 12 and account.isdigit())

    def queue_with(self, arn: str) -> Queue | None:
        """The queue of this home that has this ARN."""
        return self.queues.get(arn.rsplit(":", 1)[-1]) if arn.startswith(self.home.arn("sqs", "")) else None

    def url(self, ctx: Context, name: str) -> str:
        base = f"http://{ctx.host}" if ctx.host else self.home.cloud.endpoint
        return f"{base or f'https://sqs.{self.home.region}.amazonaws.com'}/{self.home.account}/{name}"

    def expire(self, queue: Queue) -> None:
        """Forget messages that are older than the retention period; the oldest stand first."""
        oldest_allowed = self.clock.now() - queue.number("MessageRetentionPeriod")
        while (oldest := self.messages.oldest(queue.name)) is not None and oldest.sent_at <= oldest_allowed:
            self.messages.delete(queue.name, oldest.id)


class Queues(SqsTables):
    def create_queue(self, ctx, QueueName, Attributes=None, tags=None):
        wished = dict(Attributes or {})
        fifo = QueueName.endswith(".fifo")
        if not _NAME.fullmatch(QueueName):
            raise ApiError(
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
            )
        if fifo and wished.get("FifoQueue", "").lower() != "true":
            raise ApiError("InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, "
                "hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")  # fmt: skip
        if wished.get("FifoQueue", "").lower() == "true" and not fifo:
            raise ApiError("InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, "
                "hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")  # fmt: skip
        given = attribute.checked(wished, fifo)
        existing = self.queues.get(QueueName)
        if existing is not None:
            for name, value in given.items():
                if existing.attributes.get(name, "") != value:
                    raise ApiError(
                        "QueueNameExists",
                        f"A queue already exists with the same name and a different value for attribute {name}",
                    )
            return {"QueueUrl": self.url(ctx, QueueName)}
        now = self.clock.now()
        self._check_dead_letter_target(wished, fifo)
        values = {**attribute.DEFAULTS, **(attribute.FIFO_DEFAULTS if fifo else {}), **given}
        if given.get("KmsMasterKeyId"):
            values.setdefault("KmsDataKeyReusePeriodSeconds", "300")
            values["SqsManagedSseEnabled"] = given.get("SqsManagedSseEnabled", "false")
        arn = self.home.arn("sqs", QueueName)
        self.queues.put(Queue(QueueName, arn, {k: v for k, v in values.items() if v != ""}, now, now, dict(tags or {})))
        return {"QueueUrl": self.url(ctx, QueueName)}

    def get_queue_url(self, ctx, QueueName, QueueOwnerAWSAccountId=None):
        if QueueOwnerAWSAccountId and not self._is_ours(QueueOwnerAWSAccountId):
            raise Elsewhere(QueueOwnerAWSAccountId)
        if QueueOwnerAWSAccountId not in (None, self.home.account) or self.queues.get(QueueName) is None:
            return self.queue_at(ctx, f"//{QueueName}/")
        return {"QueueUrl": self.url(ctx, QueueName)}

    def list_queues(self, ctx, QueueNamePrefix="", NextToken=None, MaxResults=None):
        names = sorted(q.name for q in self.queues.all() if q.name.startswith(QueueNamePrefix or ""))
        if NextToken:
            last = _url_of(NextToken).rpartition("/")[2]
            names = [name for name in names if name > last]
        if MaxResults is not None and not 1 <= MaxResults <= MOST_LISTED:
            problem = f"Value {MaxResults} for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided."
            raise ApiError("InvalidParameterValue", problem)
        limit = MaxResults or MOST_LISTED
        page = names[:limit]
        answer: dict[str, Any] = {"QueueUrls": [self.url(ctx, name) for name in page]} if page else {}
        if MaxResults and len(names) > limit:
            answer["NextToken"] = base64.b64encode(answer["QueueUrls"][-1].encode()).decode()
        return answer

    def delete_queue(self, ctx, QueueUrl):
        queue = self.queue_at(ctx, QueueUrl)
        self.messages.clear(queue.name)
        self.deduplications.clear(queue.name)
        self.queues.delete(queue.name)
        self.home.signal(queue.arn).fire()

    def purge_queue(self, ctx, QueueUrl):
        queue = self.queue_at(ctx, QueueUrl)
        now = self.clock.now()
        if now - queue.purged_at < PURGE_INTERVAL_S:
            raise ApiError("PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds.", status=403)  # fmt: skip
        self.messages.clear(queue.name)
        self.queues.put(replace(queue, purged_at=now))

    def get_queue_attributes(self, ctx, QueueUrl, AttributeNames=None):
        queue = self.queue_at(ctx, QueueUrl)
        names = AttributeNames or []
        for name in names:
            if name != "All" and name not in attribute.READABLE:
                raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if not names:
            return {}
        values = {**queue.attributes, **self._computed(queue)}
        if "All" not in names:
            values = {name: values[name] for name in names if name in values}
        return {"Attributes": values} if values else {}

    def _computed(self, queue: Queue) -> dict[str, str]:
        self.expire(queue)
        now = self.clock.now()
        hidden = [m for m in self.messages.all(queue.name) if m.visible_at > now]
        in_flight = sum(1 for m in hidden if m.receipt)
        return {
            "QueueArn": queue.arn,
            "ApproximateNumberOfMessages": str(self.messages.count(queue.name) - len(hidden)),
            "ApproximateNumberOfMessagesNotVisible": str(in_flight),
            "ApproximateNumberOfMessagesDelayed": str(len(hidden) - in_flight),
            "CreatedTimestamp": str(int(queue.created_at)),
            "LastModifiedTimestamp": str(int(queue.modified_at)),
        }

    def set_queue_attributes(self, ctx, QueueUrl, Attributes):
        queue = self.queue_at(ctx, QueueUrl)
        given = attribute.checked(Attributes, queue.fifo)
        if given.get("FifoQueue") and not queue.fifo:
            raise attribute.invalid("FifoQueue")
        self._check_dead_letter_target(Attributes, queue.fifo)
        values = {**queue.attributes, **given}
        if given.get("KmsMasterKeyId"):
            values.setdefault("KmsDataKeyReusePeriodSeconds", "300")
            values["SqsManagedSseEnabled"] = "false"
        values = {name: value for name, value in values.items() if value != ""}
        if "KmsMasterKeyId" not in values:
            values.pop("KmsDataKeyReusePeriodSeconds", None)
        self.queues.put(replace(queue, attributes=values, modified_at=self.clock.now()))
        self.home.signal(queue.arn).fire()

    def _check_dead_letter_target(self, given: dict[str, str], fifo: bool) -> None:
        if not given.get("RedrivePolicy"):
            return
        target = self.queue_with(json.loads(given["RedrivePolicy"])["deadLetterTargetArn"])
        reason = ""
        if target is None:
            reason = "Dead letter target does not exist."
        elif target.fifo != fifo:
            kind = "FIFO" if fifo else "standard"
            reason = f"Dead-letter target must be a {kind} queue."
        if reason:
            value = given["RedrivePolicy"]
            raise ApiError(
                "InvalidParameterValue", f"Value {value} for parameter RedrivePolicy is invalid. Reason: {reason}"
            )

    def list_dead_letter_source_queues(self, ctx, QueueUrl, NextToken=None, MaxResults=None):
        target = self.queue_at(ctx, QueueUrl)
        sources = [
            self.url(ctx, q.name)
            for q in self.queues.all()
            if json.loads(q.attributes.get("RedrivePolicy", "{}")).get("deadLetterTargetArn") == target.arn
        ]
        start = int(NextToken or 0)
        limit = MaxResults or 1000
        answer: dict[str, Any] = {"queueUrls": sources[start : start + limit]}
        if start + limit < len(sources):
            answer["NextToken"] = str(start + limit)
        return answer

    def tag_queue(self, ctx, QueueUrl, Tags):
        queue = self.queue_at(ctx, QueueUrl)
        self.queues.put(replace(queue, tags={**queue.tags, **Tags}))

    def untag_queue(self, ctx, QueueUrl, TagKeys):
        queue = self.queue_at(ctx, QueueUrl)
        self.queues.put(replace(queue, tags={k: v for k, v in queue.tags.items() if k not in TagKeys}))

    def list_queue_tags(self, ctx, QueueUrl):
        tags = self.queue_at(ctx, QueueUrl).tags
        return {"Tags": tags} if tags else {}


def _url_of(token: str) -> str:
    """The URL that ended the page before. Raises InvalidParameterValue."""
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise ApiError("InvalidParameterValue", "Invalid or expired next token.") from None
