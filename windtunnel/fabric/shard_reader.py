"""The reader of one shard: reads on when the shard's signal fires, and hands each record to the lane of its key."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.fabric.checkpoints import Checkpoint, Progress
from windtunnel.fabric.lanes import Lane
from windtunnel.fabric.stream_records import LATEST, TRIM_HORIZON, Start, StreamRecord, Window
from windtunnel.kernel.clock import Timer
from windtunnel.kernel.signals import Signal

if TYPE_CHECKING:
    from windtunnel.fabric.stream_poller import StreamPoller

READ_AT_ONCE = 1_000
MOST_UNDER_WAY = 10_000
"""Records that are read but not done; a reader waits while there are more."""
AFTER_PROBLEM_S = 20
AFTER_DEFECT_S = 60
UNKNOWN = "?"
"""A place that has to be looked up again."""


class ShardReader:
    def __init__(
        self, poller: StreamPoller, shard: str, start: Start, checkpoint: Checkpoint | None, place: str | None = None
    ) -> None:
        """`place` is that of an earlier reader, for a shard of which nothing has been read yet."""
        self.poller = poller
        self.home = poller.home
        self.shard = shard
        self.name = f"reader {poller.reading.reader} of {shard}"
        self._start = start
        self._checkpoint = checkpoint or Checkpoint(reader=poller.reading.reader, shard=shard)
        self._progress = Progress()
        self._last = self._checkpoint.sequence
        self._skips_before = 0.0
        self._place = None if self._last else place
        self._news = 0
        self._done = Signal(self.home.clock)
        factor = 1 if poller.reading.tumbling_s else poller.reading.factor
        self._lanes = [Lane(self) for _ in range(factor)]
        self._task: asyncio.Task[Any] | None = None
        self._again: Timer | None = None
        self._deaf: Callable[[], None] = lambda: None

    @property
    def window(self) -> Window | None:
        """The tumbling window that an earlier reader left open."""
        state, start = self._checkpoint.window_state, self._checkpoint.window_start
        if state is None:
            return None
        return Window(start, start + self.poller.reading.tumbling_s, state)

    @property
    def place(self) -> str | None:
        """Where a reader that follows may go on, as long as no record has been read; None afterwards."""
        return None if self._last or self._place == UNKNOWN else self._place

    async def open(self) -> None:
        """Take the place to read from. Raises the ApiErrors of the stream."""
        if self._place is not None:
            return
        if self._start.kind != LATEST or self._last or self._checkpoint.since:
            self._skips_before = float(int(self._checkpoint.since))
            await self._open_again()
            return
        now = self.home.clock.now()
        self._place = await self.poller.source.open(self.shard, self._start)
        self._checkpoint = replace(self._checkpoint, since=now)
        self.poller.save(self._checkpoint)

    async def _open_again(self) -> None:
        source = self.poller.source
        if self._last:
            self._place = await source.after(self.shard, self._last)
        else:
            start = Start(TRIM_HORIZON) if self._start.kind == LATEST else self._start
            self._place = await source.open(self.shard, start)

    def start(self) -> None:
        signal = self.home.signal(self.poller.source.news(self.shard))
        self._deaf = signal.listen(self._note)
        for lane in self._lanes:
            lane.start()
        self._task = self.home.spawn(self._run(), self.name)

    def stop(self) -> None:
        self._deaf()
        if self._again is not None:
            self._again.cancel()
        if self._task is not None:
            self._task.cancel()
        for lane in self._lanes:
            lane.stop()

    async def over(self) -> None:
        for lane in self._lanes:
            await lane.over()

    def finish(self, records: list[StreamRecord], window: Window | None = None) -> None:
        """These records are done. `window` is the tumbling window that is open now, if there are such windows."""
        reached = self._progress.finish([record.sequence for record in records])
        kept = self._checkpoint
        changed = replace(
            kept,
            sequence=reached or kept.sequence,
            window_start=window.start if window else 0.0,
            window_state=window.state if window else None,
        )
        if changed != kept:
            self._checkpoint = changed
            self.poller.save(changed)
        self._done.fire()

    def _note(self) -> None:
        self._news += 1

    async def _run(self) -> None:
        try:
            await self._read_on()
        except Exception:
            # A defect of ours must not end the reading: it goes on after the last record that a lane has got.
            self._again = self.home.clock.call_at(self.home.clock.now() + AFTER_DEFECT_S, self._begin_again)
            raise

    def _begin_again(self) -> None:
        self._again = None
        self._lose_place()
        self._task = self.home.spawn(self._run(), self.name)

    def _lose_place(self) -> None:
        """It is looked up again. What came before LATEST was taken stays out: whatever came since has been read already."""
        since = self._checkpoint.since
        self._skips_before = math.nextafter(since, math.inf) if since else 0.0
        self._place = UNKNOWN

    async def _read_on(self) -> None:
        while self._place is not None:
            seen = self._news
            try:
                with self.home.clock.working():
                    more = await self._read()
            except ApiError as error:
                await self._recover(error)
                continue
            if self._place is not None and not more and seen == self._news:
                await self.home.signal(self.poller.source.news(self.shard)).wait_until(None)
            while len(self._progress) >= MOST_UNDER_WAY:
                await self._done.wait_until(None)
        for lane in self._lanes:
            lane.end()
        for lane in self._lanes:
            await lane.over()
        self._deaf()
        self._checkpoint = replace(self._checkpoint, finished=True, window_state=None, window_start=0.0)
        self.poller.save(self._checkpoint)
        self.poller.shard_ended(self.shard)

    async def _read(self) -> bool:
        """Whether there may be more right now."""
        source, place = self.poller.source, self._place
        assert place is not None
        if place == UNKNOWN:
            await self._open_again()
            return True
        records, self._place = await source.read(self.shard, place, READ_AT_ONCE)
        accepts = self.poller.reading.accepts
        refused = []
        for record in records:
            old = record.at < self._skips_before
            wanted = not old and (accepts is None or accepts(source.seen_by_filters(record.event)))
            self._last = record.sequence
            self._progress.add(record.sequence)
            if wanted:
                self._lane(record.key).put(record)
            else:
                refused.append(record)
        if refused:
            self.finish(refused, self._lanes[0].window)
        return bool(records)

    def _lane(self, key: str) -> Lane:
        if len(self._lanes) == 1:
            return self._lanes[0]
        digest = hashlib.md5(key.encode(), usedforsecurity=False).digest()
        return self._lanes[digest[-1] % len(self._lanes)]

    async def _recover(self, error: ApiError) -> None:
        """An iterator that has expired is replaced; any other problem may pass."""
        if error.code not in ("ExpiredIteratorException", "TrimmedDataAccessException"):
            self.poller.problem(error.message)
            gone = error.code == "ResourceNotFoundException"
            until = None if gone else self.home.clock.now() + AFTER_PROBLEM_S
            await self.home.signal(self.poller.source.arn).wait_until(until)
        self._lose_place()
