"""Tables: reads from memory, whole steps, order by an index."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from windtunnel.kernel.journal.memory import MemoryJournal
from windtunnel.kernel.store import Store
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table


class Job(msgspec.Struct, frozen=True):
    id: str
    queue: str = "q"
    due: float = 0.0


def opened(**how):
    store = Store(MemoryJournal())
    return store, Table(Job, key="id", **how).open(store, "jobs")


def test_a_record_is_found_by_its_key():
    _, jobs = opened()
    jobs.put(Job("a"))

    assert jobs.get("a") == Job("a")
    assert jobs.get("b") is None
    assert "a" in jobs


def test_partitions_have_keys_of_their_own():
    _, jobs = opened(within="queue")
    jobs.put(Job("a", "one"))
    jobs.put(Job("a", "two"))

    assert jobs.count("one") == 1
    assert jobs.delete("one", "a") == Job("a", "one")
    assert jobs.all() == [Job("a", "two")]


def test_a_step_that_fails_changes_nothing():
    store, jobs = opened()
    jobs.put(Job("kept", due=1))

    with pytest.raises(RuntimeError), store.step():
        jobs.put(Job("kept", due=2))
        jobs.put(Job("new"))
        jobs.delete("kept")
        raise RuntimeError

    assert jobs.all() == [Job("kept", due=1)]


def test_a_step_is_journaled_as_one():
    store, jobs = opened()
    appended = []
    store.journal.append = lambda changes: appended.append(list(changes))

    with store.step():
        jobs.put(Job("a"))
        with store.step():
            jobs.put(Job("b"))

    assert [[key for _, key, _ in changes] for changes in appended] == [[(None, "a"), (None, "b")]]


def test_a_step_that_the_journal_refuses_is_undone():
    store, jobs = opened()

    def refuse(changes):
        raise OSError("full")

    store.journal.append = refuse
    with pytest.raises(OSError, match="full"):
        jobs.put(Job("a"))

    assert jobs.all() == []


def test_first_gives_the_smallest_up_to_a_bound():
    _, jobs = opened(ordered="due")
    for name, due in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        jobs.put(Job(name, due=due))

    assert [job.id for job in jobs.first(5, until=2.0)] == ["a", "b"]
    assert jobs.smallest() == Job("a", due=1.0)
    assert jobs.oldest() == Job("c", due=3.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 5), st.booleans()), max_size=300))
def test_the_index_agrees_with_sorting_after_any_changes(changes):
    _, jobs = opened(ordered="due")
    expected: dict[str, Job] = {}
    for name, due, gone in changes:
        if gone:
            jobs.delete(name)
            expected.pop(name, None)
        else:
            expected[name] = jobs.put(Job(name, due=float(due)))

    found = jobs.first(3)

    assert sorted(job.due for job in expected.values())[:3] == [job.due for job in found]
    assert all(expected[job.id] == job for job in found)


def test_rows_come_back_from_the_journal():
    journal = MemoryJournal()
    table = Table(Job, key="id", within="queue", ordered="due")
    jobs = table.open(Store(journal), "jobs")
    jobs.put(Job("a", "one", 5.0))
    jobs.put(replace(jobs.get("one", "a"), due=7.0))

    again = table.open(Store(journal), "jobs")

    assert again.smallest("one") == Job("a", "one", 7.0)


def test_a_stream_keeps_positions_when_it_is_trimmed():
    journal = MemoryJournal()
    stream = Stream(Job, within="queue")
    log = stream.open(Store(journal), "log")
    for name in "abc":
        log.append(Job(name))

    log.trim("q", before=2)

    assert log.read("q") == [(2, Job("c"))]
    assert log.append(Job("d")) == 3
    assert stream.open(Store(journal), "log").read("q", start=3) == [(3, Job("d"))]


def test_a_follower_sees_every_change_and_what_is_taken_back():
    store, jobs = opened(within="queue")
    seen = []
    jobs.follow(lambda old, new: seen.append((old, new)))
    one, two = Job("a", "q", 1.0), Job("a", "q", 2.0)

    jobs.put(one)
    with pytest.raises(RuntimeError), store.step():
        jobs.put(two)
        raise RuntimeError
    jobs.delete("q", "a")

    assert seen == [(None, one), (one, two), (two, one), (one, None)]
