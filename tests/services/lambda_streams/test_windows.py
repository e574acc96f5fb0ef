"""Tumbling windows: a state goes from batch to batch until the window ends."""

from tests.services.kinesis.streams import arn, put
from tests.services.lambda_streams.mapped import batches, events, lines, mapped

LARGE = "return {'state': {'x': 'x' * 1_100_000 if texts else ''}}"
COUNT = "return {'state': {'n': event['state'].get('n', 0) + len(texts)}}"


def test_a_state_goes_from_batch_to_batch_of_a_window(cloud):
    client, _ = mapped(cloud, then=COUNT, TumblingWindowInSeconds=60)
    put(client, "a", "b")
    cloud.settle()
    cloud.advance(10)
    put(client, "c")
    first, *rest = events(cloud)

    assert len(first["Records"]) + sum(len(event["Records"]) for event in rest) == 3
    assert first["window"] == {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}
    assert first["state"] == {}
    assert first["shardId"] == "shardId-000000000000"
    assert first["eventSourceARN"] == arn()
    assert (first["isFinalInvokeForWindow"], first["isWindowTerminatedEarly"]) == (False, False)
    assert rest[-1]["state"] == {"n": 2}


def test_a_window_ends_with_a_final_invocation(cloud):
    client, _ = mapped(cloud, then=COUNT, TumblingWindowInSeconds=60)
    put(client, "a")
    cloud.advance(59)
    assert len(events(cloud)) == 1

    cloud.advance(1)

    final = events(cloud)[-1]
    assert (final["isFinalInvokeForWindow"], final["Records"], final["state"]) == (True, [], {"n": 1})


def test_the_next_window_begins_with_nothing(cloud):
    client, _ = mapped(cloud, then=COUNT, TumblingWindowInSeconds=60)
    put(client, "a")
    cloud.advance(70)

    put(client, "b")

    last = events(cloud)[-1]
    assert last["state"] == {}
    assert last["window"]["start"] == "2026-01-01T00:01:00Z"


def test_records_of_two_windows_are_never_in_one_batch(cloud):
    client, mapping = mapped(cloud, then=COUNT, TumblingWindowInSeconds=60, Enabled=False)
    put(client, "a", "b")
    cloud.advance(60)
    put(client, "c")

    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    assert [(len(e["Records"]), e["isFinalInvokeForWindow"]) for e in events(cloud)] == [
        (2, False),
        (0, True),
        (1, False),
    ]


def test_an_answer_without_a_state_is_a_failure(cloud):
    client, _ = mapped(cloud, then="return {}", TumblingWindowInSeconds=60)

    put(client, "a")

    assert [fact.error for fact in batches(cloud)] == ["NoState"]


def test_a_state_that_grows_too_large_ends_its_window_early(cloud):
    client, _ = mapped(cloud, then=LARGE, TumblingWindowInSeconds=60)

    put(client, "a")

    flags = '"isFinalInvokeForWindow": true, "isWindowTerminatedEarly": true'
    assert any(flags in line for line in lines(cloud))


def test_an_open_window_is_kept_when_the_mapping_changes(cloud):
    client, mapping = mapped(cloud, then=COUNT, TumblingWindowInSeconds=60)
    put(client, "a")
    cloud.settle()

    cloud.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], BatchSize=5)
    put(client, "b")

    assert events(cloud)[-1]["state"] == {"n": 1}
