"""
DynamoDB Streams: what has changed in a table, for a day, in the order in which it happened.

A stream here is one shard; positions in it are sequence numbers. An iterator says where the next record to be read stands.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.changes import ChangeLog
from windtunnel.services.dynamodb.descriptions import key_schema
from windtunnel.services.dynamodb.records import Change, ChangeStream, Item
from windtunnel.services.dynamodb.values import invalid

FIRST_SEQUENCE_NUMBER = 100_000_000_000_000_000_000
MOST_LISTED = 100
MOST_RECORDS = 1000
LARGEST_ANSWER_BYTES = 1024 * 1024
ITERATOR_LIFE_S = 15 * 60
EXPIRER = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


class Iterator(msgspec.Struct, array_like=True):
    position: int
    made_at: float


class Streams(ChangeLog, api="dynamodbstreams"):
    def list_streams(self, ctx, TableName=None, Limit=MOST_LISTED, ExclusiveStartStreamArn=None):
        _check_limit(Limit, MOST_LISTED)
        found = sorted(
            (stream for stream in self.streams.all() if TableName in (None, stream.table) and not self.is_gone(stream)),
            key=lambda each: each.arn,
        )
        if ExclusiveStartStreamArn is not None:
            found = [stream for stream in found if stream.arn > ExclusiveStartStreamArn]
        page = found[:Limit]
        answer: dict[str, Any] = {
            "Streams": [{"StreamArn": each.arn, "TableName": each.table, "StreamLabel": each.label} for each in page]
        }
        if len(found) > len(page):
            answer["LastEvaluatedStreamArn"] = page[-1].arn
        return answer

    def describe_stream(self, ctx, StreamArn, Limit=MOST_LISTED, ExclusiveStartShardId=None, ShardFilter=None):
        stream = self._stream(StreamArn)
        description: dict[str, Any] = {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "DISABLED" if stream.disabled_at else "ENABLED",
            "StreamViewType": stream.view,
            "CreationRequestDateTime": stream.created_at,
            "TableName": stream.table,
            "KeySchema": key_schema(stream),
            "Shards": [],
        }
        # Children and what comes after the only shard there is: none.
        if ShardFilter is None and (ExclusiveStartShardId is None or ExclusiveStartShardId < stream.shard):
            numbers = {"StartingSequenceNumber": sequence_number(-1)}
            if stream.disabled_at:
                numbers["EndingSequenceNumber"] = sequence_number(self.changes.end(stream.arn))
            description["Shards"] = [{"ShardId": stream.shard, "SequenceNumberRange": numbers}]
        return {"StreamDescription": description}

    def get_shard_iterator(self, ctx, StreamArn, ShardId, ShardIteratorType, SequenceNumber=None, Timestamp=None):
        stream = self._stream(StreamArn)
        if ShardId != stream.shard:
            raise ApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Shard: {ShardId} in Stream: {StreamArn} not found",
            )
        begin, end = self.horizon(stream.arn), self.changes.end(stream.arn)
        if ShardIteratorType == "TRIM_HORIZON":
            position = begin
        elif ShardIteratorType == "LATEST":
            position = end
        elif ShardIteratorType in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
            if SequenceNumber is None:
                raise invalid(f"{ShardIteratorType} requires a SequenceNumber")
            position = _position(SequenceNumber) + (ShardIteratorType == "AFTER_SEQUENCE_NUMBER")
            if position < begin and (begin > 0 or position < 0) and _position(SequenceNumber) != -1:
                raise _trimmed()
            if position > end:
                raise invalid("Invalid SequenceNumber in GetShardIterator request")
            position = max(position, 0)
        else:
            if Timestamp is None:
                raise invalid("AT_TIMESTAMP requires a Timestamp")
            later = (position for position, change in self.changes.read(stream.arn, begin) if change.at >= Timestamp)
            position = next(later, end)
        return {"ShardIterator": self._iterator(stream, position)}

    def get_records(self, ctx, ShardIterator, Limit=MOST_RECORDS):
        _check_limit(Limit, MOST_RECORDS)
        stream, place = self._place(ShardIterator)
        if place.position < self.horizon(stream.arn):
            raise _trimmed()
        found = []
        size = 0
        position = place.position
        for position, change in self.changes.read(stream.arn, place.position, Limit):
            size += change.size
            if found and size > LARGEST_ANSWER_BYTES:
                break
            found.append(self._record(position, change, stream))
        after = place.position + len(found)
        answer: dict[str, Any] = {"Records": found}
        if not (stream.disabled_at and after >= self.changes.end(stream.arn)):
            answer["NextShardIterator"] = self._iterator(stream, after)
        return answer

    def _record(self, position: int, change: Change, stream: ChangeStream) -> dict[str, Any]:
        return {
            "eventID": change.id,
            "eventName": change.name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.home.region,
            "dynamodb": {
                "ApproximateCreationDateTime": float(int(change.at)),
                **images(change.keys, change.new, change.old),
                "SequenceNumber": sequence_number(position),
                "SizeBytes": change.size,
                "StreamViewType": stream.view,
            },
            "userIdentity": EXPIRER if change.expired else None,
        }

    def _stream(self, arn: str) -> ChangeStream:
        stream = self.streams.get(arn)
        if stream is None or self.is_gone(stream):
            raise ApiError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
        return stream

    def _iterator(self, stream: ChangeStream, position: int) -> str:
        place = msgspec.msgpack.encode(Iterator(position, self.clock.now()))
        return f"{stream.arn}|1|{base64.b64encode(place).decode()}"

    def _place(self, text: str) -> tuple[ChangeStream, Iterator]:
        arn, _, rest = text.partition("|")
        try:
            place = msgspec.msgpack.decode(base64.b64decode(rest.partition("|")[2], validate=True), type=Iterator)
        except (binascii.Error, ValueError, msgspec.DecodeError):
            raise invalid("Invalid ShardIterator") from None
        if self.clock.now() - place.made_at > ITERATOR_LIFE_S:
            raise ApiError(
                "ExpiredIteratorException", "Iterator expired. The iterator was created more than 15 minutes ago."
            )
        return self._stream(arn), place


def images(keys: Item, new: Item | None, old: Item | None) -> dict[str, Item]:
    """The keys and those images that there are."""
    found = {"Keys": keys}
    if new is not None:
        found["NewImage"] = new
    if old is not None:
        found["OldImage"] = old
    return found


def _check_limit(limit: int, most: int) -> None:
    """The model has no upper bound; the answers show one."""
    if limit > most:
        raise invalid(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )


def sequence_number(position: int) -> str:
    """Larger for later records; -1 is that of the shard's beginning."""
    return str(FIRST_SEQUENCE_NUMBER + 1 + position)


def _position(number: str) -> int:
    if not number.isdecimal() or int(number) < FIRST_SEQUENCE_NUMBER:
        raise invalid("Invalid SequenceNumber in GetShardIterator request")
    return int(number) - FIRST_SEQUENCE_NUMBER - 1


def _trimmed() -> ApiError:
    return ApiError(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",
    )
