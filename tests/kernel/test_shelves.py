"""Old records of a stream are packed, and nobody notices."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windtunnel.kernel import shelf
from windtunnel.kernel.journal.memory import MemoryJournal
from windtunnel.kernel.store import Store
from windtunnel.kernel.streams import Stream


class Line(msgspec.Struct, frozen=True):
    page: str
    number: int
    parts: tuple[tuple[int, str], ...] = ()


def opened(journal=None):
    return Stream(Line, within="page").open(Store(journal or MemoryJournal()), "lines")


def filled(count, journal=None):
    log = opened(journal)
    for number in range(count):
        log.append(Line("p", number, ((number, "text"),)))
    return log


def numbers(log, *where):
    return [line.number for _, line in log.read("p", *where)]


def test_what_is_old_is_packed_and_reads_as_it_was_written():
    log = filled(5 * shelf.BLOCK)

    assert len(log._parts["p"]._packed) >= 3
    assert log.read("p", 7, 1) == [(7, Line("p", 7, ((7, "text"),)))]
    assert numbers(log) == list(range(5 * shelf.BLOCK))


def test_a_read_may_begin_in_a_packed_block_and_end_among_the_newest():
    log = filled(4 * shelf.BLOCK + 10)

    start = shelf.BLOCK - 3
    assert numbers(log, start, 3 * shelf.BLOCK) == list(range(start, start + 3 * shelf.BLOCK))


def test_a_packed_record_takes_a_fraction_of_its_memory():
    log = filled(3 * shelf.BLOCK)

    [first, *_] = log._parts["p"]._packed.values()
    assert len(first) < 20 * shelf.BLOCK


def test_a_trim_goes_through_packed_blocks_and_can_be_undone():
    log = filled(4 * shelf.BLOCK)

    with pytest.raises(RuntimeError), log._store.step():
        log.trim("p", shelf.BLOCK + 5)
        assert log.begin("p") == shelf.BLOCK + 5
        raise RuntimeError

    assert numbers(log) == list(range(4 * shelf.BLOCK))
    log.trim("p", shelf.BLOCK + 5)
    assert numbers(log) == list(range(shelf.BLOCK + 5, 4 * shelf.BLOCK))


def test_a_step_that_appends_more_than_stays_loose_can_be_undone():
    log = filled(10)

    with pytest.raises(RuntimeError), log._store.step():
        for number in range(10, 4 * shelf.BLOCK):
            log.append(Line("p", number))
        raise RuntimeError

    assert numbers(log) == list(range(10))
    assert log.append(Line("p", 10)) == 10


def test_a_log_that_is_loaded_is_packed_too():
    journal = MemoryJournal()
    filled(4 * shelf.BLOCK, journal)

    log = opened(journal)

    assert log._parts["p"]._packed
    assert numbers(log) == list(range(4 * shelf.BLOCK))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(1, 12), st.booleans()),
            st.tuples(st.just("trim"), st.integers(0, 20), st.booleans()),
            st.tuples(st.just("read"), st.integers(0, 30), st.booleans()),
        ),
        max_size=40,
    )
)
def test_a_log_with_small_blocks_does_what_a_list_would_do(deeds):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "BLOCK", 4)
        log, kept, begin = opened(), {}, 0
        for what, count, undone in deeds:
            if what == "read":
                start = begin + count
                expected = [(at, kept[at]) for at in sorted(kept) if at >= start]
                assert log.read("p", start) == expected
                assert log.read("p", start, 3) == expected[:3]
                continue
            model = dict(kept)
            try:
                with log._store.step():
                    if what == "append":
                        for _ in range(count):
                            line = Line("p", count)
                            model[log.append(line)] = line
                    else:
                        log.trim("p", begin + count)
                        model = {at: line for at, line in model.items() if at >= begin + count}
                    if undone:
                        raise RuntimeError
            except RuntimeError:
                continue
            kept, begin = model, log.begin("p")
        assert dict(log.read("p")) == kept
