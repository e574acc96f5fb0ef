"""DynamoDB Streams as a source of stream records."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from windtunnel.aws.arns import parse
from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.fabric.stream_records import TRIM_HORIZON, Start, StreamRecord, StreamShard

READ_AT_ONCE = 1_000
RETENTION_S = 86_400
ENVELOPE_BYTES = 500


class DynamoDBShards:
    """`arn` is that of a table's stream."""

    def __init__(self, home: Home, arn: str, access_key: str = "") -> None:
        self._home = home
        self.arn = arn
        place = parse(arn)
        self._where: dict[str, Any] = {"account": place.account, "region": place.region, "access_key": access_key}

    async def shards(self) -> list[StreamShard]:
        found: list[StreamShard] = []
        wish: dict[str, Any] = {"StreamArn": self.arn}
        while True:
            stream = (await self._home.call("dynamodbstreams", "DescribeStream", wish, **self._where))[
                "StreamDescription"
            ]
            for shard in stream["Shards"]:
                parent = shard.get("ParentShardId")
                is_open = not shard.get("SequenceNumberRange", {}).get("EndingSequenceNumber")
                found.append(StreamShard(shard["ShardId"], (parent,) if parent else (), is_open))
            if not stream.get("LastEvaluatedShardId"):
                return found
            wish["ExclusiveStartShardId"] = stream["LastEvaluatedShardId"]

    async def open(self, shard: str, start: Start) -> str:
        return await self._iterator(shard, {"ShardIteratorType": start.kind})

    async def after(self, shard: str, sequence: str) -> str:
        try:
            wish = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": sequence}
            return await self._iterator(shard, wish)
        except ApiError as error:
            if error.code not in ("TrimmedDataAccessException", "ValidationException"):
                raise
            return await self.open(shard, Start(TRIM_HORIZON))

    async def _iterator(self, shard: str, wish: dict[str, Any]) -> str:
        call = {"StreamArn": self.arn, "ShardId": shard, **wish}
        answer = await self._home.call("dynamodbstreams", "GetShardIterator", call, **self._where)
        return str(answer["ShardIterator"])

    async def read(self, shard: str, place: str, limit: int) -> tuple[list[StreamRecord], str | None]:
        wish = {"ShardIterator": place, "Limit": min(limit, READ_AT_ONCE)}
        answer = await self._home.call("dynamodbstreams", "GetRecords", wish, **self._where)
        return [self._record(each) for each in answer["Records"]], answer.get("NextShardIterator")

    async def retention_s(self) -> float:
        return RETENTION_S

    def news(self, shard: str) -> str:
        return self.arn

    def seen_by_filters(self, event: dict[str, Any]) -> dict[str, Any]:
        return event

    def _record(self, found: dict[str, Any]) -> StreamRecord:
        change = found["dynamodb"]
        event: dict[str, Any] = {
            "eventID": found["eventID"],
            "eventName": found["eventName"],
            "eventVersion": found["eventVersion"],
            "eventSource": found["eventSource"],
            "awsRegion": found["awsRegion"],
            "dynamodb": _as_json(change),
            "eventSourceARN": self.arn,
        }
        if identity := found.get("userIdentity"):
            event["userIdentity"] = {"principalId": identity["PrincipalId"], "type": identity["Type"]}
        at = float(change["ApproximateCreationDateTime"])
        key = msgspec.json.encode(event["dynamodb"]["Keys"], order="sorted").decode()
        size = int(change.get("SizeBytes", 0)) * 2 + ENVELOPE_BYTES
        return StreamRecord(change["SequenceNumber"], key, at, size, event)


def _as_json(value: Any) -> Any:
    """Bytes as an event holds them."""
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(each) for each in value]
    return base64.b64encode(value).decode() if isinstance(value, (bytes, bytearray)) else value
