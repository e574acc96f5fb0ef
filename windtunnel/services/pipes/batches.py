"""What a pipe does with a batch: asks the enrichment, delivers to the target, says which records failed."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.fabric import destinations
from windtunnel.fabric.facts import BatchDiscarded, BatchProcessed
from windtunnel.fabric.partial_failures import reported
from windtunnel.fabric.queue_poller import Handled
from windtunnel.fabric.stream_records import Batch, Discarded, Processed, batch_info
from windtunnel.kernel.recorder import caused_by
from windtunnel.services.pipes import enrichments, sources, targets
from windtunnel.services.pipes.executions import Execution
from windtunnel.services.pipes.facts import PipeEnriched, PipeLost
from windtunnel.services.pipes.records import Pipe


class PipeBatches:
    """The batches of one pipe, in the name of its role's session `key`."""

    def __init__(self, home: Home, pipe: Pipe, key: str) -> None:
        self._home = home
        self._pipe = pipe
        self._key = key

    async def of_queue(self, records: list[dict[str, Any]], trace: str) -> Handled:
        with caused_by(self._home.ids.uuid(), ""):
            names = [record["messageId"] for record in records]
            error, failed = await self._passed_on(records, names, trace)
        return Handled(error, frozenset(failed))

    async def of_stream(self, batch: Batch) -> Processed:
        request = self._home.ids.uuid()
        names = [record.sequence for record in batch.records]
        with caused_by(request, ""):
            error, failed = await self._passed_on([record.event for record in batch.records], names, "")
            first = min(failed, key=names.index) if failed else ""
            undone = names[names.index(first) :] if first else names if error else []
            self._home.record(
                BatchProcessed(
                    self._pipe.arn, self._pipe.source, self._pipe.target, len(names), tuple(undone), error, True, batch.shard,
                    max(0, int((self._home.clock.now() - batch.last.at) * 1000)),
                )
            )  # fmt: skip
        return Processed(error or ("BatchItemFailures" if first else ""), first, request=request)

    async def discard(self, discarded: Discarded) -> None:
        """Tell the dead-letter target. AWS: eventbridge/latest/userguide/eb-pipes-batching-concurrency.html"""
        pipe, batch = self._pipe, discarded.batch
        target = sources.dead_letter_target(pipe)
        if target:
            try:
                body = json.dumps(self._notice(discarded), separators=(",", ":"))
                await destinations.put(self._home, target, body, access_key=self._key)
            except ApiError as error:
                self._home.record(PipeLost(pipe.arn, target, str(error)))
                target = ""
        self._home.record(
            BatchDiscarded(
                pipe.arn, pipe.source, pipe.target, batch.shard, batch.first.sequence, batch.last.sequence, len(batch.records),
                discarded.condition, target,
            )
        )  # fmt: skip

    async def _passed_on(self, records: list[dict[str, Any]], names: list[str], trace: str) -> tuple[str, set[str]]:
        """The error of the whole batch, or the names of the records that failed. The pipe's log tells how it went."""
        execution = Execution(self._home, self._pipe)
        given = [sources.as_event(record) for record in records]
        execution.step("EXECUTION_STARTED", payload=given)
        try:
            error, failed = await self._executed(execution, given, names, trace)
            if error:
                execution.step("EXECUTION_FAILED", error)
            else:
                execution.step("EXECUTION_PARTIALLY_FAILED" if failed else "EXECUTION_SUCCEEDED")
        finally:
            execution.end()
        return error, failed

    async def _executed(
        self, execution: Execution, given: list[dict[str, Any]], names: list[str], trace: str
    ) -> tuple[str, set[str]]:
        pipe = self._pipe
        events: list[Any] = list(given)
        if pipe.enrichment:
            execution.step("ENRICHMENT_STAGE_ENTERED")
            try:
                events = await enrichments.ask(self._home, pipe, given, self._key, trace, execution)
            except enrichments.EnrichmentFailed as problem:
                self._home.record(PipeEnriched(pipe.arn, pipe.enrichment, len(given), 0, str(problem)))
                execution.step("ENRICHMENT_STAGE_FAILED", str(problem))
                return str(problem), set()
            self._home.record(PipeEnriched(pipe.arn, pipe.enrichment, len(given), len(events), ""))
            execution.step("ENRICHMENT_STAGE_SUCCEEDED", payload=events)
            if not events:
                execution.step("TARGET_STAGE_SKIPPED")
                return "", set()
        execution.step("TARGET_STAGE_ENTERED")
        result = await targets.deliver(self._home, pipe, events, self._key, trace, execution)
        if result.error:
            execution.step("TARGET_STAGE_FAILED", result.error)
            return result.error, set()
        execution.step("TARGET_STAGE_PARTIALLY_FAILED" if result.failed else "TARGET_STAGE_SUCCEEDED", payload=events)
        if result.failed:
            told = len(events) == len(names)
            return ("", {names[place] for place in result.failed}) if told else ("PartialFailure", set())
        if targets.kind_of(pipe.target) in targets.BATCHED and result.answer:
            return "", set(self._reported(result.answer, names))
        return "", set()

    def _reported(self, answer: bytes, names: list[str]) -> frozenset[str]:
        """Only an answer that speaks of failures reports some: pipes ask no function for that form."""
        try:
            document = json.loads(answer)
        except ValueError:
            return frozenset()
        if not isinstance(document, dict) or "batchItemFailures" not in document:
            return frozenset()
        return reported(answer, names, self._pipe.source.endswith(".fifo"))

    def _notice(self, discarded: Discarded) -> dict[str, Any]:
        return {
            "context": {"partnerResourceArn": self._pipe.arn, "condition": discarded.condition},
            "version": "1.0",
            "timestamp": timestamps.iso_milliseconds(self._home.clock.now()),
            **batch_info(discarded.batch, self._pipe.source),
        }
