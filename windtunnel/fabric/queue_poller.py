"""From a queue to whoever processes its batches: gathers, hands over, deletes what succeeded. Woken by the queue, never polling.

    receive (long poll) ─► batch ─► process ─┬─► done: delete all but those that failed
         ▲                                   └─► error, throttle: leave; they come back when their visibility ends
         └── as many at once as the scaling rule allows: 5, and 300 more for each minute of backlog

AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.fabric.facts import BatchProcessed

LONG_POLL_S = 20
FIRST_CONCURRENCY = 5
GROWTH_PER_MINUTE = 300
MAXIMUM_CONCURRENCY = 1_250
BATCHES_OF_POLLER = 10
"""In provisioned mode. AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
PROVISIONED_GROWTH_PER_MINUTE = 1_000
BATCH_LIMIT_BYTES = 6_000_000
RECEIVED_AT_ONCE = 10


class QueueSource(msgspec.Struct, frozen=True):
    """What a poller needs to know: `reader` is the mapping or pipe, `target` the ARN of who gets the batches."""

    reader: str
    queue_arn: str
    target: str
    batch_size: int
    window_s: float
    access_key: str
    partial_failures: bool = False
    maximum_concurrency: int | None = None
    minimum_pollers: int | None = None
    maximum_pollers: int | None = None
    accepts: Callable[[dict[str, Any]], bool] | None = None


class Handled(msgspec.Struct, frozen=True):
    """What became of a batch: with an `error` all of it failed, otherwise the messages with these ids did."""

    error: str = ""
    failed: frozenset[str] = frozenset()


Process = Callable[[list[dict[str, Any]], str], Awaitable[Handled]]
"""Gets the records of a batch, as functions see them, and the trace header of the first."""


class QueuePoller:
    """Runs from `start` until `stop`; `report` is told what became of each batch."""

    def __init__(self, home: Home, source: QueueSource, process: Process, report: Callable[[str], None]) -> None:
        self._home = home
        self._clock = home.clock
        self.source = source
        self._hand_over = process
        self._report = report
        _, _, _, region, account, name = source.queue_arn.split(":", 5)
        self._url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
        self._where: dict[str, Any] = {"account": account, "region": region, "access_key": source.access_key}
        self._busy = 0
        self._backlog_since: float | None = None
        self._freed = home.signal(f"poller:{source.reader}")
        self._task: asyncio.Task[Any] | None = None

    def start(self) -> None:
        self._task = self._home.spawn(self._run(), f"queue poller {self.source.reader}")

    def stop(self) -> None:
        """Batches under way are finished; nothing new is received."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def limit(self) -> int:
        """How many batches may be under way now."""
        source = self.source
        if source.maximum_concurrency is not None:
            return source.maximum_concurrency
        first, growth, most = FIRST_CONCURRENCY, GROWTH_PER_MINUTE, MAXIMUM_CONCURRENCY
        if source.minimum_pollers is not None and source.maximum_pollers is not None:
            first, most = source.minimum_pollers * BATCHES_OF_POLLER, source.maximum_pollers * BATCHES_OF_POLLER
            growth = PROVISIONED_GROWTH_PER_MINUTE
        if self._backlog_since is None:
            return first
        minutes = int((self._clock.now() - self._backlog_since) // 60)
        return min(most, first + growth * minutes)

    async def _run(self) -> None:
        while True:
            while self._busy >= self.limit():
                if self._backlog_since is None:
                    self._backlog_since = self._clock.now()
                await self._freed.wait_until(None)
            try:
                messages = await self._gather()
            except ApiError as error:
                self._report(f"PROBLEM: {error.message}")
                await self._clock.sleep_until(self._clock.now() + LONG_POLL_S)
                continue
            if messages:
                self._busy += 1
                self._home.spawn(self._process(messages), f"batch of {self.source.reader}")
            elif self._busy == 0:
                self._backlog_since = None

    async def _gather(self) -> list[dict[str, Any]]:
        """A batch: full, or as much as the window brought, or as much as fits."""
        size, window = self.source.batch_size, self.source.window_s
        messages = await self._receive(min(size, RECEIVED_AT_ONCE), LONG_POLL_S)
        if not messages:
            return []
        closes_at = self._clock.now() + window
        weight = sum(len(m["Body"]) for m in messages)
        while len(messages) < size and weight < BATCH_LIMIT_BYTES:
            left = closes_at - self._clock.now()
            more = await self._receive(min(size - len(messages), RECEIVED_AT_ONCE), max(0, min(LONG_POLL_S, int(left))))
            if not more and (self._clock.now() >= closes_at or left < 1):
                break
            messages += more
            weight += sum(len(m["Body"]) for m in more)
        return messages

    async def _receive(self, limit: int, wait: int) -> list[dict[str, Any]]:
        wish = {
            "QueueUrl": self._url,
            "MaxNumberOfMessages": limit,
            "WaitTimeSeconds": wait,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        answer = await self._home.call("sqs", "ReceiveMessage", wish, **self._where)
        return list(answer.get("Messages", ()))

    async def _process(self, messages: list[dict[str, Any]]) -> None:
        try:
            with self._clock.working():
                accepted, refused = self._filtered(messages)
                await self._delete(refused)
                if accepted:
                    await self._handle(accepted)
        finally:
            self._busy -= 1
            self._freed.fire()

    def _filtered(self, messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        accepts = self.source.accepts
        if accepts is None:
            return messages, []
        verdicts = [(message, accepts(self._record(message))) for message in messages]
        return [m for m, taken in verdicts if taken], [m for m, taken in verdicts if not taken]

    async def _handle(self, messages: list[dict[str, Any]]) -> None:
        source = self.source
        trace = messages[0].get("Attributes", {}).get("AWSTraceHeader", "")
        result = await self._hand_over([self._record(m) for m in messages], trace)
        failed = {m["MessageId"] for m in messages} if result.error else set(result.failed)
        await self._delete([m for m in messages if m["MessageId"] not in failed])
        self._home.record(
            BatchProcessed(
                source.reader, source.queue_arn, source.target, len(messages), tuple(sorted(failed)), result.error,
                source.partial_failures,
            )
        )  # fmt: skip
        self._report("OK" if not result.error else f"PROBLEM: {result.error}")

    async def _delete(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), RECEIVED_AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + RECEIVED_AT_ONCE])
            ]
            try:
                await self._home.call(
                    "sqs", "DeleteMessageBatch", {"QueueUrl": self._url, "Entries": entries}, **self._where
                )
            except ApiError as error:
                self._report(f"PROBLEM: {error.message}")

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as it stands in the event that the function gets."""
        attributes = {
            name: {
                ("stringValue" if "StringValue" in value else "binaryValue"): value.get(
                    "StringValue", value.get("BinaryValue")
                ),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        }
        record: dict[str, Any] = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": attributes,
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self.source.queue_arn,
            "awsRegion": self._where["region"],
        }
        checksum = message.get("MD5OfMessageAttributes")
        if checksum or self.source.window_s:  # AWS writes null for none, but only where a batching window collects
            record["md5OfMessageAttributes"] = checksum
        return record


def seen_by_filters(record: dict[str, Any]) -> dict[str, Any]:
    """A record as filter patterns see it: a body that is JSON is looked into."""
    try:
        body = msgspec.json.decode(record["body"])
    except msgspec.DecodeError:
        return record
    return {**record, "body": body if isinstance(body, dict) else record["body"]}
