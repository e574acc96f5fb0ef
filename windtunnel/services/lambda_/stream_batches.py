"""What Lambda does with a batch of a stream: invokes the function, reads its answer, hands on what is given up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.fabric import destinations
from windtunnel.fabric.facts import BatchDiscarded, BatchProcessed
from windtunnel.fabric.stream_records import Batch, Discarded, Processed, batch_info
from windtunnel.kernel.recorder import caused_by
from windtunnel.services.lambda_.facts import DestinationDeliveryFailed
from windtunnel.services.lambda_.records import Mapping

TOO_LARGE = 413
"""The status of an event that no function can get: trying it again counts, as nothing but giving it up will help."""
FAILED = "PROBLEM: Function call failed"


class StreamBatches:
    """The batches of one mapping; `report` is told what became of each."""

    def __init__(self, home: Home, mapping: Mapping, access_key: str, report: Callable[[str], None]) -> None:
        self._home = home
        self._mapping = mapping
        self._access_key = access_key
        self._report = report
        self._partial = "ReportBatchItemFailures" in mapping.response_types
        self._stateful = bool(mapping.options["TumblingWindowInSeconds"])

    async def process(self, batch: Batch) -> Processed:
        request = self._home.ids.uuid()
        with caused_by(request, ""):
            result = await self._invoked(batch, request)
            self._record(batch, result)
        self._report(FAILED if result.error else "OK")
        return result

    async def _invoked(self, batch: Batch, request: str) -> Processed:
        wish = {"FunctionName": self._mapping.function_arn, "Payload": msgspec.json.encode(self._event(batch))}
        try:
            answer = await self._home.call("lambda", "Invoke", wish, request_id=request)
        except ApiError as problem:
            return Processed(problem.code, reached=problem.status == TOO_LARGE, request=request)
        version = answer["ExecutedVersion"]
        if function_error := answer.get("FunctionError"):
            return Processed("FunctionError", request=request, version=version, function_error=function_error)
        return self._judged(batch, answer.get("Payload") or b"", request, version)

    def _event(self, batch: Batch) -> dict[str, Any]:
        event: dict[str, Any] = {"Records": [record.event for record in batch.records]}
        if batch.window is None:
            return event
        # AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
        window = batch.window
        return {
            **event,
            "window": {"start": timestamps.iso(window.start), "end": timestamps.iso(window.end)},
            "state": window.state,
            "shardId": batch.shard,
            "eventSourceARN": self._mapping.source,
            "isFinalInvokeForWindow": window.final,
            "isWindowTerminatedEarly": window.terminated_early,
        }

    def _judged(self, batch: Batch, payload: bytes, request: str, version: str) -> Processed:
        """What a function that has not failed says of its batch.

        AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
        """
        if not (self._partial or self._stateful):
            return Processed(request=request, version=version)
        try:
            answer = msgspec.json.decode(payload or b"null")
        except msgspec.DecodeError:
            answer = ""
        state = answer.get("state") if isinstance(answer, dict) else None
        if self._stateful and not isinstance(state, dict):
            return Processed("NoState", request=request, version=version)
        failed = _first_failed(batch, answer) if self._partial else ""
        if failed is None:
            return Processed("InvalidAnswer", request=request, version=version, state=state)
        error = "BatchItemFailures" if failed else ""
        return Processed(error, failed, request=request, version=version, state=state)

    def _record(self, batch: Batch, result: Processed) -> None:
        sequences = [record.sequence for record in batch.records]
        undone = sequences[sequences.index(result.failed) :] if result.failed else sequences if result.error else []
        behind = int((self._home.clock.now() - batch.last.at) * 1000) if batch.records else 0
        mapping = self._mapping
        self._home.record(
            BatchProcessed(
                mapping.id, mapping.source, mapping.function_arn, len(sequences), tuple(undone), result.error, self._partial,
                batch.shard, max(0, behind),
            )
        )  # fmt: skip

    async def discard(self, discarded: Discarded) -> None:
        """Hand the record of a failed invocation to the destination, if there is one. The records are lost otherwise."""
        mapping, batch = self._mapping, discarded.batch
        target = mapping.options["DestinationConfig"]["OnFailure"].get("Destination", "")
        request = discarded.last.request if discarded.last else self._home.ids.uuid()
        with caused_by(request, ""):
            if target:
                try:
                    document = self._document(discarded, request, whole=target.split(":")[2] == "s3")
                    body = json.dumps(document, separators=(",", ":"))
                    await destinations.put(
                        self._home, target, body, access_key=self._access_key, key=self._object_key(batch)
                    )
                except ApiError as error:
                    lost = DestinationDeliveryFailed(
                        mapping.function_arn, request, target, "DestinationDeliveryFailures", str(error)
                    )
                    self._home.record(lost)
                    target = ""
            self._home.record(
                BatchDiscarded(
                    mapping.id, mapping.source, mapping.function_arn, batch.shard, batch.first.sequence, batch.last.sequence,
                    len(batch.records), discarded.condition, target,
                )
            )  # fmt: skip

    def _document(self, discarded: Discarded, request: str, whole: bool) -> dict[str, Any]:
        """AWS: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html"""
        batch, last = discarded.batch, discarded.last
        document: dict[str, Any] = {
            "requestContext": {
                "requestId": request,
                "functionArn": self._mapping.function_arn,
                "condition": discarded.condition,
                "approximateInvokeCount": discarded.invocations,
            }
        }
        if last is not None and last.reached:
            document["responseContext"] = {
                "statusCode": 200,
                "executedVersion": last.version,
                "functionError": last.function_error,
            }
        document |= {
            "version": "1.0",
            "timestamp": timestamps.iso_milliseconds(self._home.clock.now()),
            **batch_info(batch, self._mapping.source),
        }
        if whole:
            document["payload"] = msgspec.json.encode({"Records": [r.event for r in batch.records]}).decode()
        return document

    def _object_key(self, batch: Batch) -> str:
        at = datetime.fromtimestamp(self._home.clock.now(), UTC)
        moment = f"{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{self._home.ids.uuid()}"
        return f"aws/lambda/{self._mapping.id}/{batch.shard}/{moment}"


def _first_failed(batch: Batch, answer: Any) -> str | None:
    """The lowest sequence number that the function reported, empty for none; None for an answer that makes no sense."""
    if answer is None or (isinstance(answer, dict) and not answer.get("batchItemFailures")):
        return ""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not isinstance(failures, list):
        return None
    places = {record.sequence: place for place, record in enumerate(batch.records)}
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    if not all(isinstance(name, str) and name in places for name in named):
        return None
    return min(named, key=lambda name: places[name])
