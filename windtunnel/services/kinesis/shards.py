"""Listing the shards of a stream: all that can still be read, or those that a filter names."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.kinesis import quotas, tokens
from windtunnel.services.kinesis.records import DataStream, Shard
from windtunnel.services.kinesis.streams import KinesisTables, invalid, shown_shard

LISTED_SHARDS = 1_000


class Shards(KinesisTables):
    inert = {"ListShards.StreamCreationTimestamp": "Only one stream at a time has a name here."}

    def list_shards(
        self, ctx, StreamName=None, NextToken=None, ExclusiveStartShardId=None, MaxResults=LISTED_SHARDS, ShardFilter=None,
        StreamARN=None,
    ):  # fmt: skip
        wanted = dict(ShardFilter or {})
        if NextToken:
            if StreamName or ExclusiveStartShardId:
                raise invalid("NextToken and StreamName cannot be provided together.")
            StreamName, StreamARN, ExclusiveStartShardId, wanted = self._continued(NextToken)
        stream = self.stream_at(StreamName, StreamARN)
        after = ExclusiveStartShardId or ""
        if wanted.get("Type") == "AFTER_SHARD_ID":
            after = wanted.get("ShardId") or ""
            if not after:
                raise invalid("ShardId must be specified in ShardFilter when the type is AFTER_SHARD_ID.")
        found = [s for s in self._filtered(stream, wanted) if s.id > after]
        answer: dict[str, Any] = {"Shards": [shown_shard(shard) for shard in found[:MaxResults]]}
        if len(found) > MaxResults:
            last = found[MaxResults - 1].id
            answer["NextToken"] = tokens.written(["shards", stream.name, last, wanted, self.clock.now()])
        return answer

    def _continued(self, token: str) -> tuple[str, None, str, dict[str, Any]]:
        match tokens.read(token):
            case ["shards", str(name), str(after), dict(wanted), int() | float() as issued]:
                if self.clock.now() > issued + quotas.TOKEN_S:
                    raise ApiError("ExpiredNextTokenException", "NextToken has expired.")
                return name, None, after, wanted
        raise invalid("NextToken is invalid.")

    def _filtered(self, stream: DataStream, wanted: dict[str, Any]) -> list[Shard]:
        shards = self.shards_of(stream)
        kind = wanted.get("Type")
        if kind in (None, "FROM_TRIM_HORIZON", "AFTER_SHARD_ID"):
            return shards
        if kind == "AT_LATEST":
            return [shard for shard in shards if not shard.closed_at]
        at = max(stream.created_at, self.clock.now() - 3600 * stream.retention_hours)
        if kind in ("AT_TIMESTAMP", "FROM_TIMESTAMP"):
            if wanted.get("Timestamp") is None:
                raise invalid(f"Timestamp must be specified in ShardFilter when the type is {kind}.")
            at = max(at, wanted["Timestamp"]) if kind == "FROM_TIMESTAMP" else wanted["Timestamp"]
        still_open = [shard for shard in shards if not shard.closed_at or shard.closed_at >= at]
        if kind == "FROM_TIMESTAMP":
            return still_open
        return [shard for shard in still_open if shard.opened_at <= at]
