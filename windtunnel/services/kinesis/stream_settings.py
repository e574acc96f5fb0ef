"""What of a stream can be changed: retention, capacity mode, size of records, encryption, monitoring."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.kinesis import quotas
from windtunnel.services.kinesis.records import ON_DEMAND, USER_PARTITION_KEY, DataStream
from windtunnel.services.kinesis.streams import KinesisTables, in_use, invalid

ALL_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "OutgoingBytes",
    "OutgoingRecords",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
)


class StreamSettings(KinesisTables):
    def increase_stream_retention_period(self, ctx, RetentionPeriodHours, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        _check_retention(RetentionPeriodHours)
        if RetentionPeriodHours < stream.retention_hours:
            raise invalid(
                f"Requested retention period ({RetentionPeriodHours} hours) for stream {stream.name} can not be shorter than "
                f"existing retention period ({stream.retention_hours} hours). Use DecreaseRetentionPeriod API."
            )
        self._retain(stream, RetentionPeriodHours)

    def decrease_stream_retention_period(self, ctx, RetentionPeriodHours, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        _check_retention(RetentionPeriodHours)
        if RetentionPeriodHours > stream.retention_hours:
            raise invalid(
                f"Requested retention period ({RetentionPeriodHours} hours) for stream {stream.name} can not be longer than "
                f"existing retention period ({stream.retention_hours} hours). Use IncreaseRetentionPeriod API."
            )
        self._retain(stream, RetentionPeriodHours)

    def _retain(self, stream: DataStream, hours: int) -> None:
        """What was out of reach before stays out of reach."""
        reading = self.noun("Reading")
        for shard in self.shards.all(stream.name):
            reading.trim(stream, shard)
        self.streams.put(replace(stream, retention_hours=hours))

    def update_stream_mode(self, ctx, StreamARN, StreamModeDetails):
        stream = self.stream_at(None, StreamARN)
        mode = StreamModeDetails["StreamMode"]
        strategy = stream.strategy if mode == ON_DEMAND else USER_PARTITION_KEY
        self.streams.put(replace(stream, mode=mode, strategy=strategy))

    def update_max_record_size(self, ctx, MaxRecordSizeInKiB, StreamARN=None):
        stream = self.stream_at(None, StreamARN)
        self.streams.put(replace(stream, record_kib=MaxRecordSizeInKiB))

    def update_stream_record_distribution_strategy(self, ctx, StreamARN, RecordDistributionStrategy):
        stream = self.stream_at(None, StreamARN)
        if stream.mode != ON_DEMAND:
            raise invalid("RecordDistributionStrategy is only supported for streams in ON_DEMAND mode.")
        self.streams.put(replace(stream, strategy=RecordDistributionStrategy))

    def start_stream_encryption(self, ctx, EncryptionType, KeyId, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        if EncryptionType != "KMS":
            raise ApiError("ValidationException", "EncryptionType must be KMS to start the encryption of a stream.")
        self.streams.put(replace(stream, encryption="KMS", key_id=KeyId))

    def stop_stream_encryption(self, ctx, EncryptionType, KeyId, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        if stream.encryption == "NONE":
            raise in_use(f"Stream {stream.name} under account {self.home.account} is not encrypted.")
        self.streams.put(replace(stream, encryption="NONE", key_id=""))

    def enable_enhanced_monitoring(self, ctx, ShardLevelMetrics, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        return self._monitor(stream, {*stream.metrics, *_named(ShardLevelMetrics)})

    def disable_enhanced_monitoring(self, ctx, ShardLevelMetrics, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        return self._monitor(stream, set(stream.metrics) - set(_named(ShardLevelMetrics)))

    def _monitor(self, stream: DataStream, metrics: set[str]) -> dict[str, Any]:
        self.streams.put(replace(stream, metrics=tuple(sorted(metrics))))
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardLevelMetrics": list(stream.metrics),
            "DesiredShardLevelMetrics": sorted(metrics),
        }


def _named(metrics: list[str]) -> tuple[str, ...]:
    return ALL_METRICS if "ALL" in metrics else tuple(metrics)


def _check_retention(hours: int) -> None:
    if hours < quotas.SHORTEST_RETENTION_H:
        raise invalid(f"Minimum allowed retention period is {quotas.SHORTEST_RETENTION_H} hours. "
            f"Requested retention period ({hours} hours) is too short.")  # fmt: skip
    if hours > quotas.LONGEST_RETENTION_H:
        raise invalid(f"Maximum allowed retention period is {quotas.LONGEST_RETENTION_H} hours. "
            f"Requested retention period ({hours} hours) is too long.")  # fmt: skip
