"""Operations on streams: create, describe, list, delete."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from windtunnel.aws import arns
from windtunnel.aws.calls import Elsewhere
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.operations import Operations
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.kinesis import hash_keys, quotas, sequence_numbers
from windtunnel.services.kinesis.records import ON_DEMAND, PROVISIONED, Consumer, DataRecord, DataStream, Shard

DESCRIBED_SHARDS = 100
LISTED_STREAMS = 100


class KinesisTables(Operations, api="kinesis"):
    """What the nouns of Kinesis share: the tables, and finding a stream, its shards and its consumers."""

    streams = Table(DataStream, key="name")
    shards = Table(Shard, key="id", within="stream")
    consumers = Table(Consumer, key="name", within="stream")
    data = Stream(DataRecord, within="log")

    def stream_at(self, name: str | None, arn: str | None = None) -> DataStream:
        """
        Raises InvalidArgumentException where neither is given, ResourceNotFoundException for a stream that is not there, and
        Elsewhere for another account's.
        """
        if arn:
            parsed = arns.parse(arn)
            if parsed.region != self.home.region:
                raise NotImplementedHere(f"A stream of another region ({arn})")
            if parsed.account != self.home.account:
                raise Elsewhere(parsed.account)
            named = parsed.resource.removeprefix("stream/").partition("/")[0]
            if name and name != named:
                raise invalid(f"StreamARN {arn} and StreamName {name} do not match.")
            name = named
        if not name:
            raise invalid("Either StreamName or StreamARN should be provided.")
        stream = self.streams.get(name)
        if stream is None:
            raise self.no_stream(name)
        return stream

    def no_stream(self, name: str) -> ApiError:
        return not_found(f"Stream {name} under account {self.home.account} not found.")

    def shards_of(self, stream: DataStream) -> list[Shard]:
        """In order of their ids. A closed shard is gone when its last record can be read no longer."""
        horizon = self.clock.now() - 3600 * stream.retention_hours
        return [s for s in self.shards.all(stream.name) if not s.closed_at or s.closed_at > horizon]

    def open_shards(self, stream: DataStream) -> list[Shard]:
        """In order of their hash keys."""
        return sorted((s for s in self.shards.all(stream.name) if not s.closed_at), key=lambda s: int(s.first_hash))

    def shard_at(self, stream: DataStream, shard_id: str) -> Shard | None:
        shard = self.shards.get(stream.name, shard_id)
        if shard is not None and shard.closed_at:
            return shard if shard in self.shards_of(stream) else None
        return shard

    def consumer_at(self, arn: str) -> Consumer | None:
        """`arn:aws:kinesis:…:stream/<stream>/consumer/<name>:<second>`. Raises Elsewhere for another account's."""
        account = arn.split(":")[4] if arn.count(":") > 4 else ""
        if account not in ("", self.home.account):
            raise Elsewhere(account)
        stream, _, rest = arn.partition(":stream/")[2].partition("/consumer/")
        consumer = self.consumers.get(stream, rest.partition(":")[0])
        return consumer if consumer is not None and consumer.arn == arn else None

    def opened(self, stream: DataStream, index: int, first: int, last: int, parents: tuple[Shard, ...] = ()) -> Shard:
        """A new shard of the stream."""
        now = self.clock.now()
        epoch = max([int(now), *(parent.epoch + 1 for parent in parents)])
        ids = [parent.id for parent in parents]
        return self.shards.put(
            Shard(
                stream=stream.name, id=f"shardId-{index:012d}", index=index, first_hash=str(first), last_hash=str(last),
                epoch=epoch, opened_at=now, parent=ids[0] if ids else "", adjacent_parent=ids[1] if len(ids) > 1 else "",
            )
        )  # fmt: skip

    def check_shard_limit(self, more: int) -> None:
        """Raises LimitExceededException where the account may not have so many more open shards."""
        limit = self.shard_limit()
        current = sum(not shard.closed_at for shard in self.shards.all())
        if current + more > limit:
            raise ApiError(
                "LimitExceededException",
                f"This request would exceed the shard limit for the account {self.home.account} in {self.home.region}. "
                f"Current shard count for the account: {current}. Limit: {limit}. Number of additional shards that would "
                f"have resulted from this request: {more}. Refer to the AWS Service Limits page "
                "(https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to "
                "request higher limits.",
            )

    def shard_limit(self) -> int:
        return quotas.SHARDS_OF_ACCOUNT if self.home.region in quotas.LARGE_REGIONS else quotas.SHARDS_ELSEWHERE


class Streams(KinesisTables):
    def create_stream(
        self, ctx, StreamName, ShardCount=None, StreamModeDetails=None, Tags=None, MaxRecordSizeInKiB=1024,
        RecordDistributionStrategy="USER_PARTITION_KEY",
    ):  # fmt: skip
        mode = (StreamModeDetails or {}).get("StreamMode") or (ON_DEMAND if ShardCount is None else PROVISIONED)
        if self.streams.get(StreamName) is not None:
            raise in_use(f"Stream {StreamName} under account {self.home.account} already exists.")
        if mode == ON_DEMAND:
            if ShardCount is not None:
                raise ApiError("ValidationException", "ShardCount is not expected when StreamMode=ON_DEMAND")
            on_demand = sum(stream.mode == ON_DEMAND for stream in self.streams.all())
            if on_demand >= quotas.ON_DEMAND_STREAMS:
                raise ApiError("LimitExceededException", f"Account {self.home.account} in {self.home.region} has reached "
                    f"its limit of {quotas.ON_DEMAND_STREAMS} on-demand streams.")  # fmt: skip
        else:
            if ShardCount is None:
                raise ApiError("ValidationException", "ShardCount is expected when StreamMode=PROVISIONED")
            if RecordDistributionStrategy == "AUTO":
                raise invalid("RecordDistributionStrategy AUTO is only supported for streams in ON_DEMAND mode.")
        if Tags and len(Tags) > quotas.TAGS:
            raise invalid(f"A stream can have at most {quotas.TAGS} tags.")
        count = ShardCount or quotas.ON_DEMAND_SHARDS
        self.check_shard_limit(count)
        stream = DataStream(
            name=StreamName,
            arn=self.home.arn("kinesis", f"stream/{StreamName}"),
            created_at=self.clock.now(),
            mode=mode,
            next_shard=count,
            record_kib=MaxRecordSizeInKiB,
            strategy=RecordDistributionStrategy,
            tags=dict(Tags or {}),
        )
        self.streams.put(stream)
        for index, (first, last) in enumerate(hash_keys.even(count)):
            self.opened(stream, index, first, last)
        self.home.signal(stream.arn).fire()

    def delete_stream(self, ctx, StreamName=None, EnforceConsumerDeletion=False, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        if self.consumers.count(stream.name) and not EnforceConsumerDeletion:
            raise in_use(
                f"DeleteStream can't delete {stream.arn} because there are consumers associated with this data stream. To delete "
                f"{stream.name} anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the "
                "consumers that are associated with it."
            )
        for shard in self.shards.all(stream.name):
            self.data.drop(shard.log)
            self.home.signal(f"{stream.arn}/{shard.id}").fire()
        self.shards.clear(stream.name)
        self.consumers.clear(stream.name)
        self.streams.delete(stream.name)
        self.home.signal(stream.arn).fire()

    def describe_stream(self, ctx, StreamName=None, Limit=DESCRIBED_SHARDS, ExclusiveStartShardId=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        found = [s for s in self.shards_of(stream) if not ExclusiveStartShardId or s.id > ExclusiveStartShardId]
        shards = {"Shards": [shown_shard(s) for s in found[:Limit]], "HasMoreShards": len(found) > Limit}
        return {"StreamDescription": {**_described(stream), **shards}}

    def describe_stream_summary(self, ctx, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        counted = {
            "OpenShardCount": len(self.open_shards(stream)),
            "ConsumerCount": self.consumers.count(stream.name),
            "MaxRecordSizeInKiB": stream.record_kib,
        }
        if stream.mode == ON_DEMAND:
            counted["RecordDistributionStrategy"] = stream.strategy
        return {"StreamDescriptionSummary": {**_described(stream), **counted}}

    def list_streams(self, ctx, Limit=LISTED_STREAMS, ExclusiveStartStreamName=None, NextToken=None):
        after = NextToken or ExclusiveStartStreamName or ""
        names = sorted(stream.name for stream in self.streams.all())
        rest = names[bisect_right(names, after) :] if after else names
        chosen = [self.streams.get(name) for name in rest[:Limit]]
        answer: dict[str, Any] = {
            "StreamNames": [stream.name for stream in chosen],
            "HasMoreStreams": len(rest) > Limit,
            "StreamSummaries": [
                {
                    "StreamName": stream.name,
                    "StreamARN": stream.arn,
                    "StreamStatus": "ACTIVE",
                    "StreamModeDetails": {"StreamMode": stream.mode},
                    "StreamCreationTimestamp": stream.created_at,
                }
                for stream in chosen
            ],
        }
        if answer["HasMoreStreams"]:
            answer["NextToken"] = rest[Limit - 1]
        return answer

    def describe_limits(self, ctx):
        return {
            "ShardLimit": self.shard_limit(),
            "OpenShardCount": sum(not shard.closed_at for shard in self.shards.all()),
            "OnDemandStreamCount": sum(stream.mode == ON_DEMAND for stream in self.streams.all()),
            "OnDemandStreamCountLimit": quotas.ON_DEMAND_STREAMS,
        }

    def describe_account_settings(self, ctx):
        return {"MinimumThroughputBillingCommitment": {"Status": "DISABLED"}}


def _described(stream: DataStream) -> dict[str, Any]:
    described: dict[str, Any] = {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": stream.mode},
        "RetentionPeriodHours": stream.retention_hours,
        "StreamCreationTimestamp": int(stream.created_at),
        "EnhancedMonitoring": [{"ShardLevelMetrics": list(stream.metrics)}],
        "EncryptionType": stream.encryption,
    }
    if stream.key_id:
        described["KeyId"] = stream.key_id
    return described


def shown_shard(shard: Shard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": sequence_numbers.starting(shard)}
    if shard.closed_at:
        numbers["EndingSequenceNumber"] = sequence_numbers.ending(shard)
    shown: dict[str, Any] = {
        "ShardId": shard.id,
        "HashKeyRange": {"StartingHashKey": shard.first_hash, "EndingHashKey": shard.last_hash},
        "SequenceNumberRange": numbers,
    }
    for member, parent in zip(("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False):
        shown[member] = parent
    return shown


def child_shards(shards: list[Shard], of: Shard) -> list[dict[str, Any]]:
    """Those that go on where a closed shard ended, as its readers are told."""
    return [
        {
            "ShardId": shard.id,
            "ParentShards": shard.parents,
            "HashKeyRange": {"StartingHashKey": shard.first_hash, "EndingHashKey": shard.last_hash},
        }
        for shard in shards
        if of.id in shard.parents
    ]


def invalid(message: str) -> ApiError:
    return ApiError("InvalidArgumentException", message)


def in_use(message: str) -> ApiError:
    return ApiError("ResourceInUseException", message)


def not_found(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message)
