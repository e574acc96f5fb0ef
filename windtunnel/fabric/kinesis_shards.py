"""Kinesis as a source of stream records."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from windtunnel.aws.arns import parse
from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.fabric.stream_records import TRIM_HORIZON, Start, StreamRecord, StreamShard

ENVELOPE_BYTES = 700
"""What a record weighs in an event besides its data."""


class KinesisShards:
    """`arn` is that of a stream or of one of its consumers; `identity` is the role in whose name it is read."""

    def __init__(self, home: Home, arn: str, identity: str, access_key: str = "") -> None:
        self._home = home
        self._named = arn
        self.arn = arn.partition("/consumer/")[0]
        self._identity = identity
        place = parse(arn)
        self._region = place.region
        self._where: dict[str, Any] = {"account": place.account, "region": place.region, "access_key": access_key}

    async def shards(self) -> list[StreamShard]:
        found: list[StreamShard] = []
        wish: dict[str, Any] = {"StreamARN": self.arn}
        while True:
            answer = await self._home.call("kinesis", "ListShards", wish, **self._where)
            for shard in answer["Shards"]:
                parents = (shard.get("ParentShardId", ""), shard.get("AdjacentParentShardId", ""))
                is_open = "EndingSequenceNumber" not in shard["SequenceNumberRange"]
                found.append(StreamShard(shard["ShardId"], tuple(each for each in parents if each), is_open))
            if not answer.get("NextToken"):
                return found
            wish = {"NextToken": answer["NextToken"]}

    async def open(self, shard: str, start: Start) -> str:
        wish: dict[str, Any] = {"ShardIteratorType": start.kind}
        if start.timestamp:
            wish["Timestamp"] = start.timestamp
        return await self._iterator(shard, wish)

    async def after(self, shard: str, sequence: str) -> str:
        try:
            wish = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": sequence}
            return await self._iterator(shard, wish)
        except ApiError as error:
            if error.code != "InvalidArgumentException":
                raise
            return await self.open(shard, Start(TRIM_HORIZON))

    async def _iterator(self, shard: str, wish: dict[str, Any]) -> str:
        call = {"StreamARN": self.arn, "ShardId": shard, **wish}
        answer = await self._home.call("kinesis", "GetShardIterator", call, **self._where)
        return str(answer["ShardIterator"])

    async def read(self, shard: str, place: str, limit: int) -> tuple[list[StreamRecord], str | None]:
        wish = {"ShardIterator": place, "Limit": limit}
        answer = await self._home.call("kinesis", "GetRecords", wish, **self._where)
        return [self._record(shard, each) for each in answer["Records"]], answer.get("NextShardIterator")

    async def retention_s(self) -> float:
        answer = await self._home.call("kinesis", "DescribeStreamSummary", {"StreamARN": self.arn}, **self._where)
        return float(3600 * answer["StreamDescriptionSummary"]["RetentionPeriodHours"])

    def news(self, shard: str) -> str:
        return f"{self.arn}/{shard}"

    def seen_by_filters(self, event: dict[str, Any]) -> dict[str, Any]:
        """The fields of `kinesis` stand beside the others, and data that is JSON is looked into.

        AWS: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
        """
        outer = {name: value for name, value in event.items() if name != "kinesis"}
        return {**outer, **event["kinesis"], "data": _parsed(base64.b64decode(event["kinesis"]["data"]))}

    def _record(self, shard: str, found: dict[str, Any]) -> StreamRecord:
        number, data = found["SequenceNumber"], base64.b64encode(found["Data"]).decode()
        event = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": found["PartitionKey"],
                "sequenceNumber": number,
                "data": data,
                "approximateArrivalTimestamp": found["ApproximateArrivalTimestamp"],
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard}:{number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self._identity,
            "awsRegion": self._region,
            "eventSourceARN": self._named,
        }
        at = float(found["ApproximateArrivalTimestamp"])
        return StreamRecord(number, found["PartitionKey"], at, len(data) + ENVELOPE_BYTES, event)


def _parsed(data: bytes) -> Any:
    """An object where the data is one, text otherwise."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        document = None
    return document if isinstance(document, dict) else data.decode(errors="replace")
