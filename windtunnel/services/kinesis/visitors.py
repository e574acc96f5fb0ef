"""Who of elsewhere may use a stream or one of its consumers: their policies decide.

AWS: https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.calls import Call
from windtunnel.aws.visitors import Asked, Visiting
from windtunnel.services.kinesis import tokens
from windtunnel.services.kinesis.records import DataStream
from windtunnel.services.kinesis.streams import KinesisTables

_OF_CONSUMERS = ("DescribeStreamConsumer", "SubscribeToShard")


class Visitors(KinesisTables, Visiting):
    named = "StreamARN"

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.streams.follow(self._changed)

    def _changed(self, old: DataStream | None, new: DataStream | None) -> None:
        if old is None or new is None or old.policy is not new.policy:
            self.judge_anew()

    def asked(self, call: Call) -> list[Asked]:
        params = call.params
        action = f"kinesis:{call.operation}"
        if call.operation in _OF_CONSUMERS and (arn := params.get("ConsumerARN")):
            consumer = self.consumer_at(arn)
            return [Asked(action, arn, consumer.policy if consumer is not None else "")]
        arn = params.get("StreamARN") or params.get("ResourceARN") or ""
        if not arn:
            arn = self.home.arn(
                "kinesis", f"stream/{_named_by(params.get('ShardIterator') or params.get('NextToken'))}"
            )
        stream = self.streams.get(arn.partition(":stream/")[2].partition("/")[0])
        return [Asked(action, arn, stream.policy if stream is not None else "")]


def _named_by(token: str | None) -> str:
    """The stream that an iterator or a token belongs to; empty for one that is none."""
    match tokens.read((token or "").strip('"')):
        case ["shards", str(name), *_]:
            return name
        case [str(arn), *_]:
            return arn.partition(":stream/")[2]
    return ""
