"""Splitting and merging shards: closed shards stay readable, their children take the records that follow."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.kinesis import hash_keys
from windtunnel.services.kinesis.facts import StreamResharded
from windtunnel.services.kinesis.records import ON_DEMAND, DataStream, Shard
from windtunnel.services.kinesis.streams import KinesisTables, invalid, not_found


class Resharding(KinesisTables):
    def split_shard(self, ctx, ShardToSplit, NewStartingHashKey, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        shard = self._eligible(stream, ShardToSplit)
        at = int(NewStartingHashKey)
        if not int(shard.first_hash) + 1 < at < int(shard.last_hash):
            raise invalid(
                f"NewStartingHashKey {NewStartingHashKey} used in SplitShard() on shard {shard.id} in stream {stream.name} "
                f"under account {self.home.account} is not both greater than one plus the shard's StartingHashKey "
                f"{shard.first_hash} and less than the shard's EndingHashKey {shard.last_hash}."
            )
        self.check_shard_limit(1)
        self._done(stream, *self._split(stream.name, shard, at))

    def merge_shards(self, ctx, ShardToMerge, AdjacentShardToMerge, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        one, other = self._eligible(stream, ShardToMerge), self._eligible(stream, AdjacentShardToMerge)
        apart = (int(one.last_hash) + 1 - int(other.first_hash), int(other.last_hash) + 1 - int(one.first_hash))
        if 0 not in apart:
            raise invalid(
                f"Shards {one.id} and {other.id} in stream {stream.name} under account {self.home.account} are not an "
                "adjacent pair of shards eligible for merging"
            )
        self._done(stream, *self._merge(stream.name, one, other))

    def update_shard_count(self, ctx, TargetShardCount, ScalingType, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        if stream.mode == ON_DEMAND:
            raise ApiError("ValidationException", f"Request is invalid. Stream {stream.name} under account "
                f"{self.home.account} is in On-Demand mode.")  # fmt: skip
        current = len(self.open_shards(stream))
        counts = f"Current open shard count: {current} Target shard count: {TargetShardCount}"
        if TargetShardCount > 2 * current:
            raise invalid(f"UpdateShardCount cannot scale up over double your current open shard count. {counts}")
        if 2 * TargetShardCount < current:
            raise invalid(f"UpdateShardCount cannot scale down below half your current open shard count. {counts}")
        self.check_shard_limit(TargetShardCount - current)
        if TargetShardCount != current:
            self._rescale(stream, TargetShardCount)
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardCount": current,
            "TargetShardCount": TargetShardCount,
        }

    def _rescale(self, stream: DataStream, count: int) -> None:
        """First every border that will be needed, by splits; then what lies between two of them becomes one, by merges."""
        before = {shard.id for shard in self.open_shards(stream)}
        ranges = hash_keys.even(count)
        for first, _ in ranges[1:]:
            inside = [s for s in self.open_shards(stream) if int(s.first_hash) < first <= int(s.last_hash)]
            for shard in inside:
                self._split(stream.name, shard, first)
        for first, last in ranges:
            parts = [s for s in self.open_shards(stream) if first <= int(s.first_hash) <= last]
            whole = parts[0]
            for part in parts[1:]:
                _, (whole,) = self._merge(stream.name, whole, part)
        after = {shard.id for shard in self.open_shards(stream)}
        self._done(stream, tuple(sorted(before - after)), ())

    def _split(self, name: str, shard: Shard, at: int) -> tuple[tuple[str, ...], tuple[Shard, ...]]:
        stream, first = self._numbers(name, 2)
        children = (
            self.opened(stream, first, int(shard.first_hash), at - 1, (shard,)),
            self.opened(stream, first + 1, at, int(shard.last_hash), (shard,)),
        )
        self._close(shard)
        return (shard.id,), children

    def _merge(self, name: str, one: Shard, other: Shard) -> tuple[tuple[str, ...], tuple[Shard, ...]]:
        stream, number = self._numbers(name, 1)
        ends = sorted([int(one.first_hash), int(one.last_hash), int(other.first_hash), int(other.last_hash)])
        child = self.opened(stream, number, ends[0], ends[3], (one, other))
        self._close(one)
        self._close(other)
        return (one.id, other.id), (child,)

    def _numbers(self, name: str, count: int) -> tuple[DataStream, int]:
        """The stream after it gave out so many numbers of shards, and the first of them."""
        stream = self.streams.get(name)
        assert stream is not None
        return self.streams.put(replace(stream, next_shard=stream.next_shard + count)), stream.next_shard

    def _close(self, shard: Shard) -> None:
        self.shards.put(replace(shard, closed_at=self.clock.now()))

    def _done(self, stream: DataStream, closed: tuple[str, ...], opened: tuple[Shard, ...]) -> None:
        self._forget(stream)
        names = tuple(shard.id for shard in opened) or tuple(shard.id for shard in self.open_shards(stream))
        self.home.record(StreamResharded(stream.arn, closed, names))
        for shard in closed:
            self.home.signal(f"{stream.arn}/{shard}").fire()
        self.home.signal(stream.arn).fire()

    def _forget(self, stream: DataStream) -> None:
        """Drop shards that nobody can read any more."""
        kept = {shard.id for shard in self.shards_of(stream)}
        for shard in self.shards.all(stream.name):
            if shard.id not in kept:
                self.data.drop(shard.log)
                self.shards.delete(stream.name, shard.id)

    def _eligible(self, stream: DataStream, shard_id: str) -> Shard:
        shard = self.shard_at(stream, shard_id)
        if shard is None:
            raise not_found(
                f"Could not find shard {shard_id} in stream {stream.name} under account {self.home.account}."
            )
        if shard.closed_at:
            raise invalid(
                f"Shard {shard_id} in stream {stream.name} under account {self.home.account} has already been merged or "
                "split, and thus is not eligible for merging or splitting."
            )
        return shard
