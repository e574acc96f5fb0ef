"""Pipes at work: each that runs has a poller of its source."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.fabric.checkpoints import Checkpoint
from windtunnel.fabric.queue_poller import QueuePoller
from windtunnel.fabric.stream_poller import StreamPoller
from windtunnel.fabric.stream_records import Batch, Processed
from windtunnel.services.pipes import sources
from windtunnel.services.pipes.batches import PipeBatches
from windtunnel.services.pipes.pipes import PipeTables
from windtunnel.services.pipes.records import Pipe


class Running(PipeTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._pollers: dict[str, QueuePoller | StreamPoller] = {}
        self._stopped: dict[str, StreamPoller] = {}

    def resume(self) -> None:
        for pipe in self.pipes.all():
            if pipe.state == "RUNNING":
                self.start(pipe)

    async def open(self, pipe: Pipe, failed: str) -> None:
        """Start it, if it is to run, once its source is there: from then on nothing is missed. It is `failed` otherwise."""
        try:
            await sources.check_there(self.home, pipe.source)
        except ApiError as problem:
            self.pipes.put(replace(pipe, state=failed, reason=problem.message))
            return
        if not pipe.runs:
            self.pipes.put(replace(pipe, state="STOPPED", reason=""))
            return
        self.start(self.pipes.put(replace(pipe, state="RUNNING", reason="")))
        poller = self._pollers[pipe.name]
        if isinstance(poller, StreamPoller):
            await poller.ready()

    def start(self, pipe: Pipe) -> None:
        key = self.home.cloud.credentials.of_function(self.home.account, pipe.role, pipe.name).id
        batches = PipeBatches(self.home, pipe, key)

        def report(result: str) -> None:
            self._report(pipe.name, result)

        async def of_stream(batch: Batch) -> Processed:
            result = await batches.of_stream(batch)
            report(f"PROBLEM: {result.error}" if result.error else "OK")
            return result

        if sources.kind_of(pipe.source) == "sqs":
            queue = self._pollers[pipe.name] = sources.queue_poller(self.home, pipe, key, batches.of_queue, report)
            queue.start()
            return
        stream = self._pollers[pipe.name] = sources.stream_poller(
            self.home,
            pipe,
            key,
            self.checkpoints.all(pipe.arn),
            of_stream,
            batches.discard,
            self._store,
            report,
        )
        stream.start(self._stopped.pop(pipe.name, None))

    def stop(self, name: str) -> None:
        """Batches under way are finished; nothing new is read."""
        poller = self._pollers.pop(name, None)
        if poller is not None:
            poller.stop()
        if isinstance(poller, StreamPoller):
            self._stopped[name] = poller

    def forget(self, pipe: Pipe) -> None:
        self.stop(pipe.name)
        self._stopped.pop(pipe.name, None)
        self.checkpoints.clear(pipe.arn)

    def _report(self, name: str, result: str) -> None:
        """DescribePipe tells why nothing goes through, until something does."""
        reason = "" if result == "OK" else result
        known = self.pipes.get(name)
        if known is not None and known.reason != reason:
            self.pipes.put(replace(known, reason=reason))

    def _store(self, checkpoint: Checkpoint) -> None:
        """A batch may come back when its pipe is gone."""
        known = self.pipes.get(checkpoint.reader.rpartition("/")[2])
        if known is not None:
            self.checkpoints.put(checkpoint)
