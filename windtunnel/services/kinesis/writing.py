"""Putting records: a hash of the partition key chooses the shard, the shard's rate decides, the end of its log takes it."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.kinesis import hash_keys, quotas, sequence_numbers
from windtunnel.services.kinesis.facts import RecordsPut
from windtunnel.services.kinesis.records import ON_DEMAND, USER_PARTITION_KEY, DataRecord, DataStream, Shard
from windtunnel.services.kinesis.streams import KinesisTables, invalid
from windtunnel.services.kinesis.throughput import Throughput, exceeded


class Writing(KinesisTables):
    inert = {"PutRecord.SequenceNumberForOrdering": "Sequence numbers of a shard grow with every record anyway."}

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._routes: dict[str, tuple[DataStream, list[int], list[Shard]]] = {}
        self._rates: dict[str, Throughput] = {}

    def put_record(
        self, ctx, Data, PartitionKey=None, StreamName=None, ExplicitHashKey=None, StreamARN=None
    ):  # fmt: skip
        stream = self.stream_at(StreamName, StreamARN)
        key, hash_key = self._placed(stream, PartitionKey, ExplicitHashKey)
        self._check_size(stream, len(Data) + len(key))
        answer = self._put(stream, key, hash_key, Data)
        refused = answer.get("ErrorCode", "")
        self.home.record(RecordsPut(stream.arn, 0 if refused else 1, len(Data) + len(key), 1 if refused else 0))
        if refused:
            raise ApiError(refused, answer["ErrorMessage"])
        self._tell(stream, {answer["ShardId"]})
        return {**answer, "EncryptionType": stream.encryption} if stream.key_id else answer

    def put_records(self, ctx, Records, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        placed = [self._placed(stream, e.get("PartitionKey"), e.get("ExplicitHashKey")) for e in Records]
        sizes = [len(entry["Data"]) + len(key) for entry, (key, _) in zip(Records, placed, strict=True)]
        if sum(sizes) > quotas.BATCH_BYTES:
            raise invalid("Records size exceeds 10 MB limit")
        for size in sizes:
            self._check_size(stream, size)
        answers = [
            self._put(stream, key, hash_key, entry["Data"])
            for entry, (key, hash_key) in zip(Records, placed, strict=True)
        ]
        failed = sum("ErrorCode" in answer for answer in answers)
        self.home.record(RecordsPut(stream.arn, len(answers) - failed, sum(sizes), failed))
        self._tell(stream, {answer["ShardId"] for answer in answers if "ShardId" in answer})
        whole: dict[str, Any] = {"FailedRecordCount": failed, "Records": answers}
        if stream.key_id:
            whole["EncryptionType"] = stream.encryption
        return whole

    def _tell(self, stream: DataStream, shards: set[str]) -> None:
        """Wake who waits for the stream, and who waits for one of its shards."""
        for shard in shards:
            self.home.signal(f"{stream.arn}/{shard}").fire()
        if shards:
            self.home.signal(stream.arn).fire()

    def _placed(self, stream: DataStream, key: str | None, explicit: str | None) -> tuple[str, int]:
        """The partition key and the hash key of a record."""
        if stream.strategy != USER_PARTITION_KEY:
            key = self.ids.uuid()
            return key, hash_keys.of_key(key)
        if key is None:
            raise invalid("PartitionKey must be specified.")
        return key, hash_keys.of_key(key) if explicit is None else hash_keys.explicit(explicit)

    def _check_size(self, stream: DataStream, size: int) -> None:
        limit = 1024 * stream.record_kib
        if size > limit:
            raise invalid(f"Record size of {size} bytes exceeds the maximum record size of {limit} bytes of stream "
                f"{stream.name} under account {self.home.account}.")  # fmt: skip

    def _put(self, stream: DataStream, key: str, hash_key: int, data: bytes) -> dict[str, Any]:
        """What PutRecords answers for this record."""
        shard = self._route(stream, hash_key)
        now = self.clock.now()
        if not self._rate(stream, shard, now).take(now, len(data) + len(key)):
            refusal = exceeded(shard.id, stream.name, self.home.account)
            return {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
        at = int(now * 1000) / 1000
        position = self.data.append(DataRecord(shard.log, key, data, at, stream.encryption))
        return {"ShardId": shard.id, "SequenceNumber": sequence_numbers.number(shard, position, at)}

    def _route(self, stream: DataStream, hash_key: int) -> Shard:
        """The open shard of a hash key. Every change of a stream's shards replaces its record, and with it this index."""
        known = self._routes.get(stream.name)
        if known is None or known[0] is not stream:
            shards = self.open_shards(stream)
            known = self._routes[stream.name] = (stream, [int(s.first_hash) for s in shards], shards)
        return known[2][bisect_right(known[1], hash_key) - 1]

    def _rate(self, stream: DataStream, shard: Shard, now: float) -> Throughput:
        on_demand = stream.mode == ON_DEMAND
        place = stream.name if on_demand else shard.log
        rate = self._rates.get(place)
        if rate is None:
            rate = self._rates[place] = Throughput(now, quotas.ON_DEMAND_FACTOR if on_demand else 1)
        return rate
