"""Streams of records: where they begin and end."""

import msgspec
import pytest

from windtunnel.kernel.journal.memory import MemoryJournal
from windtunnel.kernel.store import Store
from windtunnel.kernel.streams import Stream


class Line(msgspec.Struct, frozen=True):
    page: str
    text: str


@pytest.fixture
def log():
    store = Store(MemoryJournal())
    return Stream(Line, within="page").open(store, "lines")


def texts(log, **where):
    return [line.text for _, line in log.read("p", **where)]


def test_a_log_begins_where_it_was_trimmed(log):
    for text in "abcd":
        log.append(Line("p", text))

    log.trim("p", 2)

    assert (log.begin("p"), log.end("p")) == (2, 4)
    assert texts(log) == ["c", "d"]


def test_a_trim_that_is_undone_leaves_the_log_as_it_was(log):
    for text in "abcd":
        log.append(Line("p", text))

    with pytest.raises(RuntimeError), log._store.step():
        log.trim("p", 3)
        raise RuntimeError

    assert (log.begin("p"), log.end("p")) == (0, 4)
    assert texts(log) == ["a", "b", "c", "d"]


def test_an_append_that_is_undone_leaves_no_gap(log):
    log.append(Line("p", "a"))
    with pytest.raises(RuntimeError), log._store.step():
        log.append(Line("p", "lost"))
        log.append(Line("p", "too"))
        raise RuntimeError

    assert log.append(Line("p", "b")) == 1
    assert texts(log) == ["a", "b"]


def test_a_first_append_that_is_undone_leaves_nothing(log):
    with pytest.raises(RuntimeError), log._store.step():
        log.append(Line("p", "lost"))
        raise RuntimeError

    assert (log.begin("p"), log.end("p")) == (0, 0)
    assert log.append(Line("p", "a")) == 0


def test_positions_go_on_after_everything_was_dropped(log):
    log.append(Line("p", "a"))
    log.drop("p")

    assert log.begin("p") == log.end("p") == 1
    assert log.append(Line("p", "b")) == 1
