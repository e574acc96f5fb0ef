"""Reading records: an iterator is a place in a shard, good for five minutes; reading gives the next one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from windtunnel.aws.arns import is_arn
from windtunnel.aws.errors import ApiError
from windtunnel.services.kinesis import quotas, sequence_numbers, tokens
from windtunnel.services.kinesis.facts import ReadThrottled, RecordsRead
from windtunnel.services.kinesis.records import DataRecord, DataStream, Shard
from windtunnel.services.kinesis.streams import KinesisTables, child_shards, invalid, not_found
from windtunnel.services.kinesis.throughput import ReadRate, exceeded

_BY_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


class Reading(KinesisTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._rates: dict[str, ReadRate] = {}

    def get_shard_iterator(
        self, ctx, ShardId, ShardIteratorType, StreamName=None, StartingSequenceNumber=None, Timestamp=None, StreamARN=None
    ):  # fmt: skip
        stream = self.stream_at(StreamName, StreamARN)
        shard = self.shard_in(stream, ShardId)
        start = self.start(stream, shard, ShardIteratorType, StartingSequenceNumber, Timestamp)
        return {"ShardIterator": self._iterator(stream, shard, start)}

    def get_records(self, ctx, ShardIterator, Limit=quotas.READ_RECORDS, StreamARN=None):
        """The iterator says which stream; the ARN is for streams of other accounts, whose iterators say that too."""
        stream, shard, position = self._place(ShardIterator)
        rate = self._taken(stream, shard) if ctx.protocol else None
        records, position = self.read(stream, shard, position, Limit)
        behind = self.behind_ms(stream, shard, position)
        answer: dict[str, Any] = {"Records": records, "MillisBehindLatest": behind}
        if shard.closed_at and position >= self.data.end(shard.log):
            answer["ChildShards"] = child_shards(self.shards_of(stream), shard)
        else:
            answer["NextShardIterator"] = self._iterator(stream, shard, position)
        size = sum(len(record["Data"]) for record in records)
        if rate is not None:
            rate.returned(size)
        self.home.record(RecordsRead(stream.arn, shard.id, len(records), size, behind))
        return answer

    def _taken(self, stream: DataStream, shard: Shard) -> ReadRate:
        """
        One read of a client. Raises ProvisionedThroughputExceededException. What the platform itself polls does not count:
        it reads when there is something, not each second as AWS's pollers, and must take nothing from others.
        """
        now = self.clock.now()
        rate = self._rates.get(shard.log)
        if rate is None:
            rate = self._rates[shard.log] = ReadRate(now)
        if not rate.take(now):
            self.home.record(ReadThrottled(stream.arn, shard.id))
            raise exceeded(shard.id, stream.name, self.home.account)
        return rate

    def shard_in(self, stream: DataStream, shard_id: str) -> Shard:
        shard = self.shard_at(stream, shard_id)
        if shard is None:
            raise not_found(
                f"Shard {shard_id} in stream {stream.name} under account {self.home.account} does not exist"
            )
        return shard

    def start(self, stream: DataStream, shard: Shard, kind: str, number: str | None, timestamp: float | None) -> int:
        """The position that a starting position means. Raises InvalidArgumentException for one that means none."""
        if (kind in _BY_NUMBER) is (number is None):
            given = "also a StartingSequenceNumber" if number else "no StartingSequenceNumber"
            raise invalid("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
                "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
                f"{kind} and {given}.")  # fmt: skip
        if number is not None:
            position = sequence_numbers.position(shard, number)
            if position is None:
                raise self._foreign(stream, shard, number)
            return max(0, position + (kind == "AFTER_SEQUENCE_NUMBER"))
        if kind == "AT_TIMESTAMP":
            now = self.clock.now()
            if timestamp is None:
                raise invalid("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request "
                    "has no timestamp parameter.")  # fmt: skip
            if timestamp > now:
                raise invalid("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                    f"timestampInMillis: {int(timestamp * 1000)}, currentTimestampInMillis: {int(now * 1000)}")  # fmt: skip
            return self._first_since(shard, timestamp)
        return self.data.end(shard.log) if kind == "LATEST" else self.trim(stream, shard)

    def read(self, stream: DataStream, shard: Shard, position: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Up to `limit` records from `position` on, no more than ten mebibytes, and the position after them."""
        begin = max(position, self.trim(stream, shard))
        found: list[dict[str, Any]] = []
        weight, after = 0, min(begin, self.data.end(shard.log))
        for place, record in self.data.read(shard.log, begin, limit):
            weight += record.size
            if found and weight > quotas.READ_BYTES:
                break
            found.append(_shown(shard, place, record))
            after = place + 1
        return found, after

    def behind_ms(self, stream: DataStream, shard: Shard, position: int) -> int:
        """How old the first record is that has not been read; 0 when everything has."""
        waiting = self.data.read(shard.log, max(position, self.trim(stream, shard)), 1)
        return max(0, int((self.clock.now() - waiting[0][1].at) * 1000)) if waiting else 0

    def trim(self, stream: DataStream, shard: Shard) -> int:
        """Drop what is older than the stream keeps; the position of the first record that can be read.

        The newest record stays stored, so that its place is never given again.
        """
        log, end = shard.log, self.data.end(shard.log)
        horizon = self.clock.now() - 3600 * stream.retention_hours
        oldest = self.data.read(log, 0, 1)
        if not oldest or oldest[0][1].at >= horizon:
            return self.data.begin(log)
        first = self._first_since(shard, horizon)
        if self.data.begin(log) < min(first, end - 1):
            self.data.trim(log, min(first, end - 1))
        return first

    def _first_since(self, shard: Shard, at: float) -> int:
        """The position of the first record that came at this time or later: a bisection, for records stand in order."""
        low, high = self.data.begin(shard.log), self.data.end(shard.log)
        while low < high:
            middle = (low + high) // 2
            found = self.data.read(shard.log, middle, 1)
            if found and found[0][1].at < at:
                low = found[0][0] + 1
            else:
                high = middle
        return low

    def _iterator(self, stream: DataStream, shard: Shard, position: int) -> str:
        return tokens.written([stream.arn, shard.id, shard.epoch, position, self.clock.now()])

    def _place(self, iterator: str) -> tuple[DataStream, Shard, int]:
        match tokens.read(iterator.strip('"')):  # AWS does not mind quotes, which shells leave around it
            case [str(arn), str(shard_id), int(epoch), int(position), int() | float() as issued] if is_arn(arn):
                now = self.clock.now()
                if now > issued + quotas.ITERATOR_S:
                    raise ApiError("ExpiredIteratorException",
                        f"Iterator expired. The iterator was created at time {_java_date(issued)} while right now it is "
                        f"{_java_date(now)} which is further in the future than the tolerated delay of "
                        f"{1000 * quotas.ITERATOR_S} milliseconds.")  # fmt: skip
                stream = self.stream_at(None, arn)
                shard = self.shard_in(stream, shard_id)
                if shard.epoch == epoch:
                    return stream, shard, position
        raise invalid("Invalid ShardIterator.")

    def _foreign(self, stream: DataStream, shard: Shard, number: str) -> ApiError:
        for other in self.shards.all(stream.name):
            if sequence_numbers.position(other, number) is not None:
                return invalid(f"Invalid StartingSequenceNumber. It encodes {other.id}, while it was used in a call to "
                    f"a shard with {shard.id}")  # fmt: skip
        return invalid(f"StartingSequenceNumber {number} used in GetShardIterator on shard {shard.id} in stream "
            f"{stream.name} under account {self.home.account} is invalid because it did not come from this stream.")  # fmt: skip


def _shown(shard: Shard, position: int, record: DataRecord) -> dict[str, Any]:
    shown = {
        "SequenceNumber": sequence_numbers.number(shard, position, record.at),
        "ApproximateArrivalTimestamp": record.at,
        "Data": record.data,
        "PartitionKey": record.key,
    }
    return shown if record.encryption == "NONE" else {**shown, "EncryptionType": record.encryption}


def _java_date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
