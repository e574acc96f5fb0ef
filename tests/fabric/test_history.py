"""What the fabric remembers of what it delivered."""

import msgspec

from windtunnel.fabric import history
from windtunnel.fabric.history import History


class Thing(msgspec.Struct):
    id: str


def test_the_oldest_go_first_by_number_and_by_size(monkeypatch):
    monkeypatch.setattr(history, "MOST", 3)
    monkeypatch.setattr(history, "MOST_BYTES", 10)
    past = History()
    for name, size in (("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 9)):
        past.keep(lambda name=name: Thing(name), size, 0.0)

    assert [each.delivery.id for each in past.all()] == ["d", "e"]
    assert past.find("a") is None and past.find("e").id == "e"


def test_it_is_written_out_only_once_and_only_when_somebody_looks():
    made, past = [], History()

    def make():
        made.append(1)
        return Thing("a")

    past.keep(make, 1, 7.0)
    assert made == []

    [each] = past.all()
    assert (each.delivery is each.delivery, each.ended_at, len(made)) == (True, 7.0, 1)
