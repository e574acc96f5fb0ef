"""
From a stream to whoever processes its batches: a reader for each shard, parents before children.

    shards ─► reader of a shard ─► lanes ─► batches ─► process ─┬─► done: checkpoint
                    │  woken by the shard's signal      ▲       └─► failed: again, in parts, or discarded
                    └─► the shard has ended: its children begin ┘

Nothing here knows who processes a batch, or where a checkpoint is kept. AWS:
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.fabric.checkpoints import Checkpoint
from windtunnel.fabric.shard_reader import ShardReader
from windtunnel.fabric.stream_records import (
    LATEST,
    TRIM_HORIZON,
    Batch,
    Discarded,
    Processed,
    Reading,
    Start,
    StreamShard,
    StreamSource,
)
from windtunnel.kernel.signals import Signal

AFTER_PROBLEM_S = 20


class StreamPoller:
    """Runs from `start` until `stop`. At least once: what is not checkpointed is processed again by the next poller."""

    def __init__(
        self,
        home: Home,
        source: StreamSource,
        reading: Reading,
        checkpoints: list[Checkpoint],
        *,
        process: Callable[[Batch], Awaitable[Processed]],
        discard: Callable[[Discarded], Awaitable[None]],
        store: Callable[[Checkpoint], None],
        problem: Callable[[str], None],
    ) -> None:
        """`problem` is told why the stream cannot be read, when it cannot."""
        self.home = home
        self.source = source
        self.reading = reading
        self.process = process
        self.discard = discard
        self._store = store
        self.problem = problem
        self.checkpoints = {each.shard: each for each in checkpoints}
        self._first_time = not checkpoints
        self._readers: dict[str, ShardReader] = {}
        self._task: asyncio.Task[Any] | None = None
        self._ended = Signal(home.clock)
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changes = 0
        self._inherited: dict[str, str] = {}

    def start(self, after: StreamPoller | None = None) -> None:
        """Begin, when everything that an earlier poller has under way is over."""
        self._task = self.home.spawn(self._run(after), f"stream poller {self.reading.reader}")

    async def ready(self) -> None:
        """Returns when every shard that was open at the start is open here, or the stream cannot be read."""
        await self._ready

    def stop(self) -> None:
        """Nothing new is begun; batches under way are finished and checkpointed."""
        if self._task is not None:
            self._task.cancel()
        for reader in self._readers.values():
            reader.stop()
        self._is_ready()

    async def over(self) -> None:
        """Returns after `stop`, when nothing is under way any more."""
        if self._task is not None:
            await asyncio.wait([self._task])
        for reader in self._readers.values():
            await reader.over()

    def places(self) -> dict[str, str]:
        """Of each shard of which nothing has been read yet: where to begin."""
        return {shard: reader.place for shard, reader in self._readers.items() if reader.place is not None}

    def save(self, checkpoint: Checkpoint) -> None:
        self.checkpoints[checkpoint.shard] = checkpoint
        self._store(checkpoint)

    def shard_ended(self, shard: str) -> None:
        """The last record of the shard is done: its children may begin."""
        self._readers.pop(shard, None)
        self._changes += 1
        self._ended.fire()

    async def _run(self, after: StreamPoller | None) -> None:
        if after is not None:
            await after.over()
            self.checkpoints |= after.checkpoints
            self._inherited = after.places()
        while True:
            seen = self._changes
            try:
                with self.home.clock.working():
                    await self._begin_readers()
            except ApiError as error:
                self.problem(error.message)
                self._is_ready()
                again = None if error.code == "ResourceNotFoundException" else self.home.clock.now() + AFTER_PROBLEM_S
                await self.home.signal(self.source.arn).wait_until(again)
                continue
            self._is_ready()
            if seen == self._changes:
                await self._ended.wait_until(None)

    def _is_ready(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    async def _begin_readers(self) -> None:
        shards = await self.source.shards()
        if self._first_time and self.reading.start.kind == LATEST:
            for shard in shards:
                if not shard.open:
                    self.save(Checkpoint(reader=self.reading.reader, shard=shard.id, finished=True))
        listed = {shard.id for shard in shards}
        for shard in shards:
            if shard.id not in self._readers and self._may_begin(shard, listed):
                place = self._inherited.get(shard.id)
                reader = ShardReader(self, shard.id, self._start_of(), self.checkpoints.get(shard.id), place)
                await reader.open()
                self._readers[shard.id] = reader
                reader.start()
        self._first_time = False

    def _may_begin(self, shard: StreamShard, listed: set[str]) -> bool:
        """Not before its parents are done; those that nobody lists any more are gone."""
        if self._is_finished(shard.id):
            return False
        return all(parent not in listed or self._is_finished(parent) for parent in shard.parents)

    def _is_finished(self, shard: str) -> bool:
        known = self.checkpoints.get(shard)
        return known is not None and known.finished

    def _start_of(self) -> Start:
        """Shards that come later are read from their beginning, so that nothing is lost between parent and child."""
        start = self.reading.start
        return start if self._first_time or start.kind != LATEST else Start(TRIM_HORIZON)
