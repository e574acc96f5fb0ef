"""Consumers with a throughput of their own (enhanced fan-out): registered with a stream, then they may subscribe to its shards."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.kinesis import quotas, tokens
from windtunnel.services.kinesis.records import Consumer
from windtunnel.services.kinesis.streams import KinesisTables, in_use, invalid, not_found

LISTED_CONSUMERS = 100


class Consumers(KinesisTables):
    inert = {"ListStreamConsumers.StreamCreationTimestamp": "Only one stream at a time has a name here."}

    def register_stream_consumer(self, ctx, StreamARN, ConsumerName, Tags=None):
        stream = self.stream_at(None, StreamARN)
        if self.consumers.get(stream.name, ConsumerName) is not None:
            raise in_use(f"Consumer {ConsumerName} under stream {stream.name} already exists for account "
                f"{self.home.account}.")  # fmt: skip
        if self.consumers.count(stream.name) >= quotas.CONSUMERS_OF_STREAM:
            raise ApiError("LimitExceededException", f"Stream {stream.name} under account {self.home.account} has reached "
                f"its limit of {quotas.CONSUMERS_OF_STREAM} registered consumers.")  # fmt: skip
        now = int(self.clock.now())
        consumer = Consumer(
            stream=stream.name, name=ConsumerName, arn=f"{stream.arn}/consumer/{ConsumerName}:{now}", stream_arn=stream.arn,
            created_at=now, tags=dict(Tags or {}),
        )  # fmt: skip
        self.consumers.put(consumer)
        return {"Consumer": {**_shown(consumer), "ConsumerStatus": "CREATING"}}

    def deregister_stream_consumer(self, ctx, StreamARN=None, ConsumerName=None, ConsumerARN=None):
        consumer = self._named(StreamARN, ConsumerName, ConsumerARN)
        self.consumers.delete(consumer.stream, consumer.name)
        for shard in self.shards.all(consumer.stream):
            self.home.signal(f"{consumer.stream_arn}/{shard.id}").fire()

    def describe_stream_consumer(self, ctx, StreamARN=None, ConsumerName=None, ConsumerARN=None):
        consumer = self._named(StreamARN, ConsumerName, ConsumerARN)
        return {"ConsumerDescription": {**_shown(consumer), "StreamARN": consumer.stream_arn}}

    def list_stream_consumers(self, ctx, StreamARN, NextToken=None, MaxResults=LISTED_CONSUMERS):
        stream = self.stream_at(None, StreamARN)
        found = sorted(self.consumers.all(stream.name), key=lambda consumer: consumer.name)
        if NextToken:
            after = tokens.read(NextToken)
            if not isinstance(after, str):
                raise invalid("NextToken is invalid.")
            found = found[bisect_right([consumer.name for consumer in found], after) :]
        answer: dict[str, Any] = {"Consumers": [_shown(consumer) for consumer in found[:MaxResults]]}
        if len(found) > MaxResults:
            answer["NextToken"] = tokens.written(found[MaxResults - 1].name)
        return answer

    def _named(self, stream_arn: str | None, name: str | None, arn: str | None) -> Consumer:
        if arn:
            consumer = self.consumer_at(arn)
            if consumer is None:
                raise not_found(f"Consumer {arn} under account {self.home.account} not found.")
            return consumer
        if not stream_arn or not name:
            raise invalid("Either ConsumerARN or both StreamARN and ConsumerName must be specified.")
        stream = self.stream_at(None, stream_arn)
        consumer = self.consumers.get(stream.name, name)
        if consumer is None:
            raise not_found(f"Consumer {name} under stream {stream.name} under account {self.home.account} not found.")
        return consumer


def _shown(consumer: Consumer) -> dict[str, Any]:
    return {
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": "ACTIVE",
        "ConsumerCreationTimestamp": consumer.created_at,
    }
