"""Streams as event sources: what their mappings may say, and the poller that serves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.fabric.checkpoints import Checkpoint
from windtunnel.fabric.dynamodb_shards import DynamoDBShards
from windtunnel.fabric.kinesis_shards import KinesisShards
from windtunnel.fabric.stream_poller import StreamPoller
from windtunnel.fabric.stream_records import Reading, Start, StreamSource
from windtunnel.services.lambda_ import event_filters, names
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import Mapping
from windtunnel.services.lambda_.stream_batches import StreamBatches

KINDS = ("kinesis", "dynamodb")
DEFAULT_BATCH = 100
SHORTEST_AGE_S = 60
NOTHING_YET = "No records processed"
DEFAULTS: dict[str, Any] = {
    "ParallelizationFactor": 1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
    "DestinationConfig": {"OnFailure": {}},
}
DESTINATIONS = ("sqs", "sns", "s3")


class StreamSources(LambdaTables):
    def start(self, arn: str, position: str | None, timestamp: float | None) -> dict[str, Any]:
        """Where the mapping begins, as it is stored. Raises InvalidParameterValueException."""
        kind = arn.split(":")[2]
        if position is None:
            raise names.invalid(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not "
                "be null."
            )
        if kind == "dynamodb" and position == "AT_TIMESTAMP":
            raise names.invalid(f"Unsupported starting position for arn type: {arn}")
        if position != "AT_TIMESTAMP":
            if timestamp is not None:
                raise names.invalid("StartingPositionTimestamp is only valid for AT_TIMESTAMP starting position.")
            return {"StartingPosition": position}
        if timestamp is None:
            raise names.invalid("Need to specify a timestamp")
        if timestamp > self.clock.now():
            raise names.invalid("StartingPositionTimestamp cannot be in the future.")
        return {"StartingPosition": position, "StartingPositionTimestamp": timestamp}

    async def check_stream(self, arn: str) -> None:
        """Raises InvalidParameterValueException for a stream, or a consumer of one, that is not there."""
        _, _, service, region, account, _ = arn.split(":", 5)
        where = {"account": account, "region": region}
        try:
            if service == "dynamodb":
                await self.home.call("dynamodbstreams", "DescribeStream", {"StreamArn": arn}, **where)
            elif "/consumer/" in arn:
                await self.home.call("kinesis", "DescribeStreamConsumer", {"ConsumerARN": arn}, **where)
            else:
                await self.home.call("kinesis", "DescribeStreamSummary", {"StreamARN": arn}, **where)
        except ApiError as error:
            if error.code in ("ResourceNotFoundException", "ValidationException"):
                raise names.invalid(f"Stream not found: {arn}") from None
            raise

    def options(self, given: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """
        What only some sources have, as it is stored: `given` over what was `known` before.

        Raises InvalidParameterValueException for what belongs to queues, and for values that are none.
        """
        for name in ("ScalingConfig", "ProvisionedPollerConfig"):
            if given.get(name):
                raise names.invalid(f"Unsupported {name} parameter for given event source mapping type.")
        named = {name: value for name, value in given.items() if value is not None}
        options = {**DEFAULTS, **known, **named, "StateTransitionReason": "User action"}
        options["DestinationConfig"] = _destinations(options["DestinationConfig"])
        age = options["MaximumRecordAgeInSeconds"]
        if 0 <= age < SHORTEST_AGE_S:
            raise names.invalid(
                f"MaximumRecordAgeInSeconds must be either -1 (forever) or between {SHORTEST_AGE_S} and 604800 (inclusive)"
            )
        return {name: value for name, value in options.items() if value is not None and value != {}}

    def check(self, mapping: Mapping) -> None:
        """Everything that could be wrong has been looked at already."""

    def poller(self, mapping: Mapping, report: Callable[[str], None]) -> StreamPoller:
        options = mapping.options
        start = Start(options["StartingPosition"], options.get("StartingPositionTimestamp", 0.0))
        reading = Reading(
            reader=mapping.id,
            start=start,
            batch_size=mapping.batch_size,
            window_s=mapping.window,
            factor=options["ParallelizationFactor"],
            retries=options["MaximumRetryAttempts"],
            maximum_age_s=options["MaximumRecordAgeInSeconds"],
            bisects=options["BisectBatchOnFunctionError"],
            tumbling_s=options["TumblingWindowInSeconds"],
            accepts=event_filters.accepting(mapping.filters),
        )
        batches = StreamBatches(self.home, mapping, self._key(mapping), report)
        return StreamPoller(
            self.home,
            self._source(mapping),
            reading,
            self.checkpoints.all(mapping.id),
            process=batches.process,
            discard=batches.discard,
            store=self._store,
            problem=lambda why: report(f"PROBLEM: {why}"),
        )

    def _source(self, mapping: Mapping) -> StreamSource:
        key = self._key(mapping)
        if mapping.source.split(":")[2] == "dynamodb":
            return DynamoDBShards(self.home, mapping.source, key)
        return KinesisShards(self.home, mapping.source, self._role(mapping), key)

    def _role(self, mapping: Mapping) -> str:
        function = self.configurations.get(names.parse(mapping.function_arn).name, "$LATEST")
        return function.role if function else ""

    def _key(self, mapping: Mapping) -> str:
        name = names.parse(mapping.function_arn).name
        return str(self.home.cloud.credentials.of_function(self.home.account, self._role(mapping), name).id)

    def _store(self, checkpoint: Checkpoint) -> None:
        """A batch may come back when its mapping is gone."""
        if checkpoint.reader in self.mappings:
            self.checkpoints.put(checkpoint)


def _destinations(wish: dict[str, Any]) -> dict[str, Any]:
    if (wish.get("OnSuccess") or {}).get("Destination"):
        raise names.invalid("Unsupported OnSuccess destination for given event source mapping type.")
    target = (wish.get("OnFailure") or {}).get("Destination")
    if not target:
        return {"OnFailure": {}}
    if target.count(":") < 5 or target.split(":")[2] not in DESTINATIONS:
        raise names.invalid(f"The destination ARN {target} is invalid.")
    return {"OnFailure": {"Destination": target}}
