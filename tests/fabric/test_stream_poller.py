"""Readers of streams, without Lambda: whoever processes batches, nothing is lost and the order of each key is kept."""

import asyncio
from collections import Counter

from tests.services.kinesis.streams import arn, put, shards, stream
from windtunnel.fabric.checkpoints import Progress
from windtunnel.fabric.kinesis_shards import KinesisShards
from windtunnel.fabric.stream_poller import StreamPoller
from windtunnel.fabric.stream_records import Processed, Reading, Start


class Reader:
    """A poller over the stream `orders` whose batches end in `records`."""

    def __init__(self, cloud, verdict=None, **how):
        self.cloud = cloud
        self.records = []
        self.batches = []
        self.discarded = []
        self.checkpoints = {}
        self.verdict = verdict or (lambda batch: Processed())
        self.how = {"reader": "r", "start": Start("TRIM_HORIZON"), **how}

    def start(self, after=None):
        async def begin():
            home = self.cloud.inside.home("000000000000", "us-east-1")
            self.poller = StreamPoller(
                home, KinesisShards(home, arn(), "role"), Reading(**self.how), list(self.checkpoints.values()),
                process=self.process, discard=self.discard, store=self.store, problem=print,
            )  # fmt: skip
            self.poller.start(after)
            await self.poller.ready()

        self.cloud.run(begin)
        return self

    def stop(self):
        async def end():
            self.poller.stop()
            await self.poller.over()

        self.cloud.run(end)

    async def process(self, batch):
        await asyncio.sleep(0)
        verdict = self.verdict(batch)
        self.batches.append(len(batch.records))
        if not verdict.error:
            self.records += [(record.key, record.sequence) for record in batch.records]
        return verdict

    async def discard(self, discarded):
        self.discarded.append(discarded)

    def store(self, checkpoint):
        self.checkpoints[checkpoint.shard] = checkpoint

    def in_order(self):
        """Whether the first time that each record came it came after those of its key that are older."""
        seen = {}
        for key, sequence in dict.fromkeys(self.records):
            if seen.get(key, "") > sequence:
                return False
            seen[key] = sequence
        return True


def filled(cloud, count=400, keys=20, shards=2):
    client = stream(cloud, shards=shards)
    for number in range(count):
        put(client, str(number), key=f"k{number % keys}")
    return client


def test_every_record_comes_once_and_each_key_in_its_order(cloud):
    filled(cloud)

    reader = Reader(cloud, batch_size=7, factor=5).start()
    cloud.settle()

    assert len(reader.records) == len(set(reader.records)) == 400
    assert reader.in_order()


def test_order_is_kept_while_shards_split_and_merge(cloud):
    client = stream(cloud)
    reader = Reader(cloud, batch_size=3, factor=3).start()

    for target in (2, 4, 3, 2, 4, 8, 5):
        for number in range(40):
            put(client, str(number), key=f"k{number % 8}")
        client.update_shard_count(StreamName="orders", TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    cloud.settle()

    assert len(reader.records) == len(set(reader.records)) == 280
    assert reader.in_order()
    finished = {shard for shard, checkpoint in reader.checkpoints.items() if checkpoint.finished}
    closed = {s["ShardId"] for s in shards(client) if "EndingSequenceNumber" in s["SequenceNumberRange"]}
    assert finished == closed


def test_failures_lose_nothing_and_keep_the_order(cloud):
    filled(cloud, count=200)
    tries = Counter()

    def verdict(batch):
        tries[batch.first.sequence] += 1
        if tries[batch.first.sequence] % 3 == 1:
            return Processed("no", failed=batch.records[len(batch.records) // 2].sequence)
        return Processed("no") if tries[batch.first.sequence] % 3 == 2 else Processed()

    reader = Reader(cloud, verdict, batch_size=6, factor=4, bisects=True)
    done = []
    original = reader.process

    async def process(batch):
        result = await original(batch)
        if result.failed:
            done.extend((r.key, r.sequence) for r in batch.records if r.sequence < result.failed)
        return result

    reader.process = process
    reader.start()
    cloud.advance(minutes=30)

    assert len(set(reader.records) | set(done)) == 200
    assert {c.sequence for c in reader.checkpoints.values()} == {
        max(s for k, s in _of(reader, done, shard)) for shard in (0, 1)
    }


def _of(reader, done, shard):
    """Records of a shard by the number that is in their sequence number."""
    return [(k, s) for k, s in {*reader.records, *done} if (int(s) >> 4) % 2**32 == shard]


def test_the_next_reader_repeats_only_what_was_not_checkpointed(cloud):
    client = filled(cloud, count=50, keys=1, shards=1)
    reader = Reader(cloud, batch_size=10).start()
    cloud.settle()

    reader.stop()
    put(client, *"abc")
    reader.start()
    cloud.settle()

    assert len(reader.records) == len(set(reader.records)) == 53


def test_a_reader_that_is_stopped_at_once_is_over(cloud):
    filled(cloud, count=5)
    reader = Reader(cloud).start()

    reader.stop()
    reader.stop()
    reader.start(reader.poller)
    cloud.settle()

    assert len(set(reader.records)) == 5


def test_a_batch_under_way_is_finished_before_the_next_reader_begins(cloud):
    filled(cloud, count=6, keys=1, shards=1)
    gate = asyncio.Event()
    reader = Reader(cloud, batch_size=2)
    original = reader.process

    async def process(batch):
        await gate.wait()
        return await original(batch)

    reader.process = process
    reader.start()

    async def change():
        former = reader.poller
        former.stop()
        home = cloud.inside.home("000000000000", "us-east-1")
        reader.poller = StreamPoller(
            home, former.source, former.reading, [], process=reader.process, discard=reader.discard,
            store=reader.store, problem=print,
        )  # fmt: skip
        reader.poller.start(former)
        gate.set()
        await reader.poller.ready()

    cloud.run(change)
    cloud.settle()

    assert reader.batches == [2, 2, 2]
    assert len(set(reader.records)) == 6


def test_a_defect_of_who_processes_costs_no_record(cloud):
    filled(cloud, count=5, keys=1, shards=1)
    broken = [True]

    def verdict(batch):
        if broken:
            broken.clear()
            raise RuntimeError("a defect")
        return Processed()

    reader = Reader(cloud, verdict, batch_size=2).start()
    cloud.settle()
    assert reader.records == []
    assert len(cloud.inside.bugs) == 1

    cloud.advance(60)
    cloud.inside.bugs.clear()

    assert len(reader.records) == 5


def test_records_that_are_given_up_are_told_with_their_last_attempt(cloud):
    filled(cloud, count=4, keys=1, shards=1)

    reader = Reader(cloud, lambda batch: Processed("no", request="r"), batch_size=2, retries=1).start()
    cloud.advance(10)

    assert [(d.condition, d.invocations, len(d.batch.records)) for d in reader.discarded] == [
        ("RetryAttemptsExhausted", 2, 2),
        ("RetryAttemptsExhausted", 2, 2),
    ]
    assert reader.discarded[0].last.request == "r"


def test_progress_is_the_last_record_without_a_gap_before_it():
    progress = Progress()
    for sequence in "abcd":
        progress.add(sequence)

    assert progress.finish(["c"]) == ""
    assert progress.finish(["a"]) == "a"
    assert progress.finish(["b"]) == "c"
    assert len(progress) == 1


def test_a_defect_of_a_filter_costs_no_record(cloud):
    filled(cloud, count=5, keys=1, shards=1)
    broken = [True]

    def accepts(seen):
        if seen["data"] == "3" and broken:
            broken.clear()
            raise RuntimeError("a defect")
        return True

    reader = Reader(cloud, accepts=accepts).start()
    cloud.settle()
    assert len(reader.records) == 3
    assert len(cloud.inside.bugs) == 1

    cloud.advance(60)
    cloud.inside.bugs.clear()

    assert len(reader.records) == len(set(reader.records)) == 5
