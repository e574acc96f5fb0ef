"""Event source mappings from Kinesis keep their place: when they change, rest, and start again."""

import pytest

from tests.services.kinesis.streams import arn, put, stream
from tests.services.lambda_streams.mapped import FAIL_ON_POISON, batches, mapped, seen
from windtunnel.kernel.journal.sqlite import SqliteJournal
from windtunnel.kernel.settings import Settings
from windtunnel.testing.running import RunningCloud


@pytest.fixture
def started(tmp_path):
    """Starts the cloud of one directory, again and again."""
    clouds = []

    def start():
        for cloud in clouds:
            cloud.close()
        settings = Settings(data=str(tmp_path / "data"))
        clouds.append(RunningCloud(settings, journal=SqliteJournal(tmp_path / "data")))
        return clouds[-1].__enter__()

    yield start
    clouds[-1].close()


def test_a_disabled_mapping_goes_on_where_it_was(cloud):
    client, mapping = mapped(cloud, StartingPosition="LATEST")
    aws = cloud.client("lambda")
    put(client, "a")
    assert seen(cloud) == [["a"]]

    aws.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    put(client, "b")
    assert seen(cloud) == [["a"]]
    aws.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    assert seen(cloud) == [["a"], ["b"]]


def test_a_mapping_that_has_read_nothing_keeps_its_place_too(cloud):
    client = stream(cloud)
    put(client, "before")
    _, mapping = mapped(cloud, StartingPosition="LATEST")
    aws = cloud.client("lambda")

    aws.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    put(client, "while disabled")
    aws.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    assert seen(cloud) == [["while disabled"]]


def test_a_changed_mapping_repeats_nothing(cloud):
    client, mapping = mapped(cloud)
    put(client, "a", "b")
    cloud.settle()

    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], BatchSize=1)
    put(client, "c", "d")

    assert sorted(text for batch in seen(cloud) for text in batch) == ["a", "b", "c", "d"]
    assert seen(cloud)[-1] == ["d"]


def test_a_change_applies_to_a_batch_that_is_being_retried(cloud):
    client, mapping = mapped(cloud, then=FAIL_ON_POISON)
    put(client, "poison", "behind")
    cloud.advance(5)

    cloud.client("lambda").update_event_source_mapping(
        UUID=mapping["UUID"], MaximumRetryAttempts=0, BisectBatchOnFunctionError=True
    )
    cloud.advance(5)

    assert seen(cloud)[-1] == ["behind"]


def test_a_deleted_mapping_reads_no_more(cloud):
    client, mapping = mapped(cloud)
    put(client, "a")
    cloud.settle()

    cloud.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
    put(client, "b")

    assert seen(cloud) == [["a"]]


def test_a_mapping_goes_on_after_a_restart(started):
    cloud = started()
    client, _ = mapped(cloud, StartingPosition="LATEST")
    put(client, "a")
    assert len(batches(cloud)) == 1

    cloud = started()
    put(cloud.client("kinesis"), "b")

    [fact] = batches(cloud)
    assert fact.size == 1
    assert sorted(seen(cloud)) == [["a"], ["b"]]


def test_what_came_before_a_restart_is_not_missed(started):
    cloud = started()
    _, mapping = mapped(cloud, StartingPosition="LATEST")
    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    put(cloud.client("kinesis"), "a")

    cloud = started()
    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    assert seen(cloud) == [["a"]]


def test_a_batch_that_was_under_way_at_the_end_is_processed_again(started):
    cloud = started()
    client, _ = mapped(cloud, then=FAIL_ON_POISON, BatchSize=2, BisectBatchOnFunctionError=True)
    put(client, "done", "too", "first half", "poison")
    cloud.advance(20)
    before = len(batches(cloud))

    cloud = started()
    cloud.settle()

    assert before > 3
    assert {text for batch in seen(cloud)[before:] for text in batch} <= {"first half", "poison"}
    assert batches(cloud)[0].error == "FunctionError"


def test_finished_shards_are_not_read_again_after_a_restart(started):
    cloud = started()
    client, _ = mapped(cloud)
    put(client, "a")
    client.update_shard_count(StreamName="orders", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    put(client, "b")
    assert len(batches(cloud)) == 2

    cloud = started()
    put(cloud.client("kinesis"), "c")

    [fact] = batches(cloud)
    assert fact.size == 1


def test_a_stream_that_is_deleted_and_made_again_is_read_again(cloud):
    client, mapping = mapped(cloud)
    put(client, "a")
    cloud.settle()
    client.delete_stream(StreamName="orders")
    cloud.settle()
    last = cloud.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"]
    assert last == "PROBLEM: Stream orders under account 000000000000 not found."

    cloud.advance(60)
    stream(cloud)
    put(client, "b")
    cloud.advance(60)

    assert seen(cloud) == [["a"], ["b"]]
    assert mapping["EventSourceArn"] == arn()


def test_a_batch_whose_function_was_running_at_the_end_is_processed_again(started):
    cloud = started()
    client, _ = mapped(cloud, then="__import__('time').sleep(2)")
    put(client, "a")
    assert cloud.records("BatchProcessed") == []

    cloud = started()

    [fact] = batches(cloud)
    assert (fact.size, fact.error) == (1, "")
