"""The flight record: typed facts, their cause, and questions to them."""

from windtunnel.kernel.clock import VirtualClock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.recorder import Fact, Recorder, caused_by
from windtunnel.kernel.settings import Settings


class Sent(Fact, frozen=True):
    queue: str
    size: int = 0


class Lost(Fact, frozen=True):
    queue: str


def test_facts_are_found_by_kind_and_fields():
    recorder = Recorder(VirtualClock(start=7))
    recorder.record(Sent("a", 1))
    recorder.record(Lost("a"))
    recorder.record(Sent("b", 2))

    assert [e.fact for e in recorder.records("Sent", queue="b")] == [Sent("b", 2)]
    assert [e.seq for e in recorder.records()] == [1, 2, 3]
    assert recorder.records(Lost)[0].at == 7


def test_only_what_came_after_a_mark_is_shown():
    recorder = Recorder(VirtualClock())
    recorder.record(Sent("a"))
    mark = recorder.latest()
    recorder.record(Sent("b"))

    assert [e.fact.queue for e in recorder.records("Sent", since=mark)] == ["b"]


def test_a_fact_knows_its_cause_and_principal():
    recorder = Recorder(VirtualClock())
    with caused_by("request-1", "role/worker"):
        recorder.record(Sent("a"))
    recorder.record(Sent("b"))

    first, second = recorder.records("Sent")
    assert (first.cause, first.principal) == ("request-1", "role/worker")
    assert (second.cause, second.principal) == ("", "")


def test_the_oldest_facts_of_a_kind_go_first_and_are_counted():
    recorder = Recorder(VirtualClock(), limit=2)
    for name in "abc":
        recorder.record(Sent(name))

    assert [e.fact.queue for e in recorder.records("Sent")] == ["b", "c"]
    assert recorder.dropped == {"Sent": 1}


def test_the_same_seed_gives_the_same_ids():
    assert Ids(1).uuid() == Ids(1).uuid()
    assert Ids(1).uuid() != Ids(2).uuid()
    assert len(Ids().uuid()) == 36


def test_settings_come_from_the_environment_and_code_wins(monkeypatch):
    monkeypatch.setenv("WINDTUNNEL_REGION", "eu-central-1")
    monkeypatch.setenv("WINDTUNNEL_PARKED_CHILDREN", "3")

    assert Settings.from_environment(region="eu-west-1").region == "eu-west-1"
    assert Settings.from_environment().parked_children == 3


def test_a_wrong_setting_names_its_variable(monkeypatch):
    monkeypatch.setenv("WINDTUNNEL_PARKED_CHILDREN", "many")

    try:
        Settings.from_environment()
    except ValueError as error:
        assert "WINDTUNNEL_PARKED_CHILDREN=many" in str(error)
    else:
        raise AssertionError
