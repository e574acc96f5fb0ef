"""Subscriptions to shards: records are pushed to a registered consumer as they come, for five minutes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from windtunnel.services.kinesis import quotas, sequence_numbers
from windtunnel.services.kinesis.records import DataStream, Shard
from windtunnel.services.kinesis.streams import KinesisTables, child_shards, in_use, invalid, not_found

HEARTBEAT_S = 5
"""An event without records tells a consumer that the subscription lives, and how far behind it is."""
RECORDS_OF_EVENT = 1_000


class Subscription(msgspec.Struct):
    consumer: str
    shard: str
    began_at: float


class Subscriptions(KinesisTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._current: dict[tuple[str, str], Subscription] = {}

    async def subscribe_to_shard(self, ctx, ConsumerARN, ShardId, StartingPosition):
        consumer = self.consumer_at(ConsumerARN)
        if consumer is None:
            raise not_found(f"Consumer {ConsumerARN} under account {self.home.account} not found.")
        stream = self.stream_at(consumer.stream)
        reading = self.noun("Reading")
        shard = reading.shard_in(stream, ShardId)
        kind, number = StartingPosition["Type"], StartingPosition.get("SequenceNumber")
        if kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER") and number is None:
            raise invalid(f"SequenceNumber must be specified in StartingPosition when the type is {kind}.")
        position = reading.start(stream, shard, kind, number, StartingPosition.get("Timestamp"))
        now = self.clock.now()
        before = self._current.get((ConsumerARN, ShardId))
        if before is not None and now < before.began_at + quotas.RENEWAL_S:
            raise in_use(f"Another active subscription exists for this consumer: {self.home.account}:{stream.name}:"
                f"{shard.id}:{consumer.name}")  # fmt: skip
        mine = self._current[ConsumerARN, ShardId] = Subscription(ConsumerARN, ShardId, now)
        self.home.signal(f"{stream.arn}/{shard.id}").fire()
        return {"EventStream": self._events(stream.name, shard.id, position, mine)}

    async def _events(
        self, name: str, shard_id: str, position: int, mine: Subscription
    ) -> AsyncIterator[dict[str, Any]]:
        ends_at = mine.began_at + quotas.SUBSCRIPTION_S
        heartbeat_at = 0.0
        reading = self.noun("Reading")
        while (now := self.clock.now()) < ends_at:
            stream, shard = self._still(name, shard_id, mine)
            with self.home.step():
                records, position = reading.read(stream, shard, position, RECORDS_OF_EVENT)
                behind = reading.behind_ms(stream, shard, position)
            over = bool(shard.closed_at) and position >= self.data.end(shard.log)
            if records or over or now >= heartbeat_at:
                heartbeat_at = now + HEARTBEAT_S
                last = records[-1]["SequenceNumber"] if records else sequence_numbers.number(shard, position - 1, now)
                event = {"Records": records, "ContinuationSequenceNumber": last, "MillisBehindLatest": behind}
                if over:
                    children = child_shards(self.shards_of(stream), shard)
                    event |= {"ChildShards": children, "ContinuationSequenceNumber": None}
                yield {"SubscribeToShardEvent": event}
                if over:
                    return
                continue
            await self.home.signal(f"{stream.arn}/{shard.id}").wait_until(min(heartbeat_at, ends_at))

    def _still(self, name: str, shard_id: str, mine: Subscription) -> tuple[DataStream, Shard]:
        """Raises what ends a subscription early: another one, or that its stream or consumer is gone."""
        if self._current.get((mine.consumer, mine.shard)) is not mine:
            raise in_use("Another subscription of this consumer to this shard has taken over.")
        if self.consumer_at(mine.consumer) is None:
            raise not_found(f"Consumer {mine.consumer} under account {self.home.account} not found.")
        stream = self.stream_at(name)
        return stream, self.noun("Reading").shard_in(stream, shard_id)
