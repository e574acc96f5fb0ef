"""Sources of pipes: what their parameters may say, and the pollers that read them.

AWS: eventbridge/latest/userguide/eb-pipes-event-source.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home
from windtunnel.fabric.checkpoints import Checkpoint
from windtunnel.fabric.dynamodb_shards import DynamoDBShards
from windtunnel.fabric.kinesis_shards import KinesisShards
from windtunnel.fabric.patterns import InvalidPattern, compiled
from windtunnel.fabric.queue_poller import Process, QueuePoller, QueueSource, seen_by_filters
from windtunnel.fabric.stream_poller import StreamPoller
from windtunnel.fabric.stream_records import Batch, Discarded, Processed, Reading, Start, StreamSource
from windtunnel.services.pipes.records import Pipe

MEMBER_OF = {
    "sqs": "SqsQueueParameters",
    "kinesis": "KinesisStreamParameters",
    "dynamodb": "DynamoDBStreamParameters",
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "sqs": {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0},
    "kinesis": {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
    },
}
_DEFAULTS["dynamodb"] = _DEFAULTS["kinesis"]
MAXIMUM_FIFO_BATCH = 10
LARGE_BATCH = 10


def kind_of(arn: str) -> str:
    """`sqs`, `kinesis` or `dynamodb`. Raises NotImplementedHere for a source that is not built."""
    kind = arn.split(":")[2] if arn.startswith("arn:") else ""
    if kind not in MEMBER_OF:
        raise NotImplementedHere(f"A pipe whose source is {arn}")
    return kind


def parameters(source: str, given: dict[str, Any] | None, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """As they are stored: with defaults, over what was `known` before. Raises ValidationException."""
    kind = kind_of(source)
    member = MEMBER_OF[kind]
    for name in given or {}:
        if name not in ("FilterCriteria", member):
            raise invalid(f"{name} do not fit the source {source}.")
    own = (given or {}).get(member, {})
    kept = {**_DEFAULTS[kind], **(known or {}).get(member, {}), **own}
    if kind != "sqs" and not kept.get("StartingPosition"):
        raise invalid(f"{member}.StartingPosition is required.")
    if "StartingPositionTimestamp" in kept:
        kept["StartingPositionTimestamp"] = timestamps.seconds(kept["StartingPositionTimestamp"])
    if (kept.get("StartingPosition") == "AT_TIMESTAMP") != ("StartingPositionTimestamp" in kept):
        raise invalid("StartingPositionTimestamp belongs to the starting position AT_TIMESTAMP.")
    _check_batch(kept, source)
    stored: dict[str, Any] = {member: kept}
    criteria = (given or {}).get("FilterCriteria", (known or {}).get("FilterCriteria"))
    if criteria:
        _check_filters(criteria)
        stored["FilterCriteria"] = criteria
    return stored


def _check_batch(kept: dict[str, Any], source: str) -> None:
    size, window = kept["BatchSize"], kept["MaximumBatchingWindowInSeconds"]
    if source.endswith(".fifo") and (size > MAXIMUM_FIFO_BATCH or window):
        raise invalid(f"A FIFO queue takes batches of up to {MAXIMUM_FIFO_BATCH} and no batching window.")
    if ":sqs:" in source and size > LARGE_BATCH and not window:
        raise invalid(f"MaximumBatchingWindowInSeconds must be at least 1 for batches of more than {LARGE_BATCH}.")


def _check_filters(criteria: dict[str, Any]) -> None:
    for entry in criteria.get("Filters") or ():
        try:
            compiled(entry.get("Pattern") or "")
        except InvalidPattern as wrong:
            raise invalid(f"Invalid filter pattern: {wrong}") from None


async def check_there(home: Home, source: str) -> None:
    """Raises the ApiError of the source's own API when it is not there."""
    _, _, kind, region, account, resource = source.split(":", 5)
    where = {"account": account, "region": region}
    if kind == "sqs":
        await home.call("sqs", "GetQueueUrl", {"QueueName": resource}, **where)
    elif kind == "kinesis":
        await home.call("kinesis", "DescribeStreamSummary", {"StreamARN": source.partition("/consumer/")[0]}, **where)
    else:
        await home.call("dynamodbstreams", "DescribeStream", {"StreamArn": source}, **where)


def queue_poller(home: Home, pipe: Pipe, key: str, process: Process, report: Callable[[str], None]) -> QueuePoller:
    own = pipe.source_parameters["SqsQueueParameters"]
    accepts = _accepts(pipe)
    source = QueueSource(
        reader=pipe.arn,
        queue_arn=pipe.source,
        target=pipe.target,
        batch_size=own["BatchSize"],
        window_s=own["MaximumBatchingWindowInSeconds"],
        partial_failures=True,
        access_key=key,
        accepts=(lambda record: accepts(seen_by_filters(record))) if accepts else None,
    )
    return QueuePoller(home, source, process, report)


def stream_poller(
    home: Home,
    pipe: Pipe,
    key: str,
    checkpoints: list[Checkpoint],
    process: Callable[[Batch], Awaitable[Processed]],
    discard: Callable[[Discarded], Awaitable[None]],
    store: Callable[[Checkpoint], None],
    report: Callable[[str], None],
) -> StreamPoller:
    own = pipe.source_parameters[MEMBER_OF[kind_of(pipe.source)]]
    reading = Reading(
        reader=pipe.arn,
        start=Start(own["StartingPosition"], own.get("StartingPositionTimestamp", 0.0)),
        batch_size=own["BatchSize"],
        window_s=own["MaximumBatchingWindowInSeconds"],
        factor=own["ParallelizationFactor"],
        retries=own["MaximumRetryAttempts"],
        maximum_age_s=own["MaximumRecordAgeInSeconds"],
        bisects=own.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
        accepts=_accepts(pipe),
    )
    source: StreamSource = (
        KinesisShards(home, pipe.source, pipe.role, key)
        if kind_of(pipe.source) == "kinesis"
        else DynamoDBShards(home, pipe.source, key)
    )
    return StreamPoller(
        home, source, reading, checkpoints, process=process, discard=discard, store=store, problem=report
    )  # fmt: skip


def dead_letter_target(pipe: Pipe) -> str:
    own = pipe.source_parameters[MEMBER_OF[kind_of(pipe.source)]]
    return str(own.get("DeadLetterConfig", {}).get("Arn", ""))


def as_event(record: dict[str, Any]) -> dict[str, Any]:
    """A record as pipes show it: that of Kinesis lies flat. AWS: eventbridge/latest/userguide/eb-pipes-kinesis.html"""
    if "kinesis" not in record:
        return record
    return {**record["kinesis"], **{name: value for name, value in record.items() if name != "kinesis"}}


def _accepts(pipe: Pipe) -> Callable[[dict[str, Any]], bool] | None:
    filters = pipe.source_parameters.get("FilterCriteria", {}).get("Filters") or ()
    matching = [compiled(entry["Pattern"]) for entry in filters]
    if not matching:
        return None
    return lambda seen: any(matches(seen) for matches in matching)


def invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message, fieldList=[])
