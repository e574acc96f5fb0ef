"""
A lane: records whose order matters to each other, one batch at a time.

    records ─► batch ─► attempt ─┬─► done
                ▲                ├─► failed from a record on: the rest is a batch of its own
                │                ├─► failed: two halves, where batches are bisected
                └── back-off ◄───┴─► failed: again, until it has been tried or waited for too long, then discarded

AWS: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from windtunnel.fabric.stream_records import Batch, Discarded, Processed, StreamRecord, Window
from windtunnel.kernel.clock import Timer
from windtunnel.kernel.signals import Signal

if TYPE_CHECKING:
    from windtunnel.fabric.shard_reader import ShardReader

BATCH_LIMIT_BYTES = 6_000_000
AFTER_DEFECT_S = 60
FIRST_BACKOFF_S = 1
LONGEST_BACKOFF_S = 60
SHORTEST_RETENTION_S = 86_400
"""No stream forgets its records earlier."""
STATE_LIMIT_BYTES = 1_000_000


class Attempt(msgspec.Struct):
    """A batch under way: `failures` count against the retries, `tries` are all that were made."""

    records: list[StreamRecord]
    failures: int = 0
    tries: int = 0
    unreached: int = 0
    last: Processed | None = None


class Lane:
    def __init__(self, reader: ShardReader) -> None:
        self._reader = reader
        self._poller = reader.poller
        self._reading = reader.poller.reading
        self._clock = reader.home.clock
        self._waiting: deque[tuple[float, StreamRecord]] = deque()
        self._weight = 0
        self._changed = Signal(self._clock)
        self._ending = False
        self._stopping = False
        self._at_work = False
        self._attempts: list[Attempt] = []
        self._task: asyncio.Task[Any] | None = None
        self._again: Timer | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.window = reader.window

    def start(self) -> None:
        self._again = None
        self._task = self._reader.home.spawn(self._run(), f"lane of {self._reader.name}")
        self._task.add_done_callback(self._ended)

    def put(self, record: StreamRecord) -> None:
        self._waiting.append((self._clock.now(), record))
        self._weight += record.size
        self._changed.fire()

    def end(self) -> None:
        """No record will follow; the lane ends when it has none left."""
        self._ending = True
        self._changed.fire()

    def stop(self) -> None:
        """A batch that is being processed is finished, nothing else."""
        self._stopping = True
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if self._task is None or self._task.done():
            self._is_over()
        elif not self._at_work:
            self._task.cancel()

    async def over(self) -> None:
        """Returns when nothing is under way any more, after `end` or `stop`."""
        await self._over

    def _is_over(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    async def _run(self) -> None:
        try:
            await self._work()
        except Exception:
            # A defect of ours must not cost the records: they stay, and are tried again later.
            if not self._stopping:
                self._again = self._clock.call_at(self._clock.now() + AFTER_DEFECT_S, self.start)
            raise

    def _ended(self, _: asyncio.Task[Any]) -> None:
        if self._again is None:
            self._is_over()

    async def _work(self) -> None:
        while not self._stopping:
            if self._attempts:
                await self._see_through()
            elif self.window is not None and self._window_is_over(self.window):
                await self._close_window(self.window)
            elif self._waiting:
                records = await self._gathered()
                self._enter_window(records[0])
                self._attempts = [Attempt(records)]
            elif self._ending:
                return
            else:
                await self._changed.wait_until(self.window.end if self.window else None)

    async def _gathered(self) -> list[StreamRecord]:
        """A batch: full, or as much as the batching window brought, or as much as fits."""
        closes_at = self._waiting[0][0] + self._reading.window_s
        while not self._is_full() and not self._ending and self._clock.now() < closes_at:
            await self._changed.wait_until(closes_at)
        return self._taken()

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._reading.batch_size or self._weight >= BATCH_LIMIT_BYTES

    def _taken(self) -> list[StreamRecord]:
        """Records of one tumbling window only."""
        records: list[StreamRecord] = []
        weight = 0
        while self._waiting and len(records) < self._reading.batch_size:
            record = self._waiting[0][1]
            weight += record.size
            if records and (weight > BATCH_LIMIT_BYTES or not self._same_window(records[0], record)):
                break
            self._waiting.popleft()
            self._weight -= record.size
            records.append(record)
        return records

    async def _see_through(self) -> None:
        """Returns when each record of the batch is done, or has been discarded."""
        while self._attempts and not self._stopping:
            attempt = self._attempts[-1]
            await self._drop_aged(attempt)
            left = await self._left_after(attempt) if attempt.records else []
            self._attempts.pop()
            self._attempts += left

    async def _left_after(self, attempt: Attempt) -> list[Attempt]:
        """What is still to try after one more try, the first of it at the end of the list."""
        result = await self._tried(attempt)
        if result.error:
            return await self._after_failure(attempt, result)
        self._done(attempt.records, result)
        return []

    async def _tried(self, attempt: Attempt) -> Processed:
        attempt.tries += 1
        with self._working():
            attempt.last = await self._poller.process(Batch(self._reader.shard, attempt.records, self.window))
        return attempt.last

    @contextmanager
    def _working(self) -> Iterator[None]:
        """What is done inside is not cut off by `stop`."""
        self._at_work = True
        try:
            with self._clock.working():
                yield
        finally:
            self._at_work = False

    async def _after_failure(self, attempt: Attempt, result: Processed) -> list[Attempt]:
        if not result.reached:
            attempt.unreached += 1
            attempt.tries -= 1
            await self._back_off(attempt.unreached)
            return [attempt]
        if result.failed:
            first = [record.sequence for record in attempt.records].index(result.failed)
            if first:
                self._done(attempt.records[:first], result)
                return [Attempt(attempt.records[first:])]
        if self._reading.bisects and len(attempt.records) > 1:
            middle = (len(attempt.records) + 1) // 2
            return [Attempt(attempt.records[middle:]), Attempt(attempt.records[:middle])]
        attempt.failures += 1
        if 0 <= self._reading.retries < attempt.failures:
            await self._discard(attempt, attempt.records, "RetryAttemptsExhausted")
            return []
        await self._back_off(attempt.failures)
        return [attempt]

    async def _drop_aged(self, attempt: Attempt) -> None:
        """Records that are older than they may be are discarded; those that the stream has forgotten are dropped."""
        oldest = self._clock.now() - attempt.records[0].at
        limit = self._reading.maximum_age_s
        if 0 <= limit < oldest:
            aged = [record for record in attempt.records if self._clock.now() - record.at > limit]
            attempt.records = attempt.records[len(aged) :]
            await self._discard(attempt, aged, "RecordAgeExceeded")
        elif oldest > SHORTEST_RETENTION_S and attempt.tries and oldest > await self._poller.source.retention_s():
            self._poller.problem(f"{len(attempt.records)} records have expired before they could be processed.")
            self._reader.finish(attempt.records, self.window)
            attempt.records = []

    async def _discard(self, attempt: Attempt, records: list[StreamRecord], condition: str) -> None:
        batch = Batch(self._reader.shard, records)
        with self._working():
            await self._poller.discard(Discarded(batch, condition, max(1, attempt.tries), attempt.last))
        self._reader.finish(records, self.window)

    async def _back_off(self, failures: int) -> None:
        if self._stopping:
            return
        wait = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** min(failures - 1, 10))
        await self._clock.sleep_until(self._clock.now() + wait)

    def _done(self, records: list[StreamRecord], result: Processed) -> None:
        if self.window is not None and result.state is not None:
            large = len(msgspec.json.encode(result.state)) > STATE_LIMIT_BYTES
            self.window = replace(self.window, state=result.state, terminated_early=large)
        self._reader.finish(records, self.window)

    # Tumbling windows. AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html

    def _window_of(self, record: StreamRecord) -> float:
        size = self._reading.tumbling_s
        return record.at // size * size if size else 0.0

    def _same_window(self, one: StreamRecord, other: StreamRecord) -> bool:
        return not self._reading.tumbling_s or self._window_of(one) == self._window_of(other)

    def _enter_window(self, record: StreamRecord) -> None:
        if self._reading.tumbling_s and self.window is None:
            start = self._window_of(record)
            self.window = Window(start, start + self._reading.tumbling_s, {})

    def _window_is_over(self, window: Window) -> bool:
        """By time, or because the next record belongs to another one, or because its state has grown too large."""
        if window.terminated_early or (self._ending and not self._waiting):
            return True
        if self._waiting:
            return self._window_of(self._waiting[0][1]) > window.start
        return self._clock.now() >= window.end

    async def _close_window(self, window: Window) -> None:
        """The final invocation; the lane waits until it has succeeded."""
        attempt = Attempt([])
        self.window = replace(window, final=True)
        while not self._stopping:
            result = await self._tried(attempt)
            if not result.error:
                self.window = None
                self._reader.finish([])
                return
            attempt.failures += 1
            await self._back_off(attempt.failures)
