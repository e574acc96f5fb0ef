"""What a cloud may rely on, whichever journal it has."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from windtunnel.kernel.journal import NotStored
from windtunnel.kernel.journal.memory import MemoryJournal
from windtunnel.kernel.journal.sqlite import SqliteJournal


class Row(msgspec.Struct, frozen=True):
    name: str
    size: int = 0


@pytest.fixture(params=["memory", "sqlite"])
def reopen(request, tmp_path):
    """Opens the journal, and opens it again as the next process would."""
    opened = []

    def again():
        if request.param == "memory":
            opened.append(opened[-1] if opened else MemoryJournal())
        else:
            if opened:
                opened[-1].close()
            opened.append(SqliteJournal(tmp_path / "data"))
        return opened[-1]

    yield again
    if opened:
        opened[-1].close()


def stored(journal, *changes):
    async def append():
        ticket = journal.append(list(changes))
        if ticket is not None:
            await ticket

    asyncio.run(append())


def rows(journal, table):
    return {key: msgspec.msgpack.decode(value, type=Row) for key, value in journal.load(table)}


def test_what_was_stored_is_there_for_the_next_process(reopen):
    stored(reopen(), ("queues", (None, "a"), Row("a", 1)))

    assert rows(reopen(), "queues") == {(None, "a"): Row("a", 1)}


def test_a_later_change_replaces_an_earlier_one(reopen):
    journal = reopen()
    stored(journal, ("queues", (None, "a"), Row("a", 1)))
    stored(journal, ("queues", (None, "a"), Row("a", 2)))

    assert rows(reopen(), "queues") == {(None, "a"): Row("a", 2)}


def test_a_deleted_row_is_gone(reopen):
    journal = reopen()
    stored(journal, ("queues", (None, "a"), Row("a")), ("queues", (None, "b"), Row("b")))
    stored(journal, ("queues", (None, "a"), None))

    assert list(rows(reopen(), "queues")) == [(None, "b")]


def test_only_tables_with_rows_are_listed(reopen):
    journal = reopen()
    stored(journal, ("queues", (None, "a"), Row("a")), ("messages", ("a", "1"), Row("1")))
    stored(journal, ("queues", (None, "a"), None))

    assert reopen().tables() == ["messages"]


def test_closing_twice_is_harmless(reopen):
    journal = reopen()
    journal.close()
    journal.close()


def test_a_step_that_cannot_be_encoded_fails_alone(tmp_path):
    journal = SqliteJournal(tmp_path)

    with pytest.raises(TypeError):
        stored(journal, ("queues", (None, "a"), object()))

    stored(journal, ("queues", (None, "b"), Row("b")))
    assert list(rows(journal, "queues")) == [(None, "b")]
    journal.close()


def test_a_step_that_the_disk_refuses_is_not_stored_and_says_so(tmp_path):
    journal = SqliteJournal(tmp_path)
    journal._commit = lambda connection, groups: NotStored("The disk is full.")  # type: ignore[method-assign]

    with pytest.raises(NotStored, match="disk is full"):
        stored(journal, ("queues", (None, "a"), Row("a")))
    journal.close()


def test_what_could_not_be_stored_is_stored_with_the_next_step(tmp_path):
    journal = SqliteJournal(tmp_path)
    real = journal._commit
    journal._commit = lambda connection, groups: NotStored("The disk is full.")  # type: ignore[method-assign]
    with pytest.raises(NotStored):
        stored(journal, ("queues", (None, "a"), Row("a")))

    journal._commit = real  # type: ignore[method-assign]
    stored(journal, ("queues", (None, "b"), Row("b")))

    assert sorted(rows(journal, "queues")) == [(None, "a"), (None, "b")]
    journal.close()


def test_a_data_folder_in_use_is_refused(tmp_path):
    journal = SqliteJournal(tmp_path)

    with pytest.raises(Exception, match="in use by another cloud"):
        SqliteJournal(tmp_path)
    journal.close()


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(NotStored, match="cannot be written"):
        SqliteJournal(Path(tmp_path / "file" / "data"))
