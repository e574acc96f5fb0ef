"""The soak of `make soak`, shorter: under faults and deaths nothing that was acknowledged is lost."""

import importlib.util
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[2] / "bench" / "soak.py"


@pytest.fixture
def soak():
    spec = importlib.util.spec_from_file_location("soak", PLACE)
    module = sys.modules["soak"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["soak"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_is_lost_out_of_order_or_doubled(soak):
    said = []

    assert soak.run(minutes=0.5, kills=3, seed=7, say=said.append), "\n".join(said)


def test_the_ledger_sees_what_is_missing_and_out_of_order(soak):
    ledger = soak.Ledger()
    for id in ("sqs-1", "sqs-2"):
        ledger.acknowledge("sqs", id)
    ledger.arrive("sqs-2")
    for group, number in (("g1", 1), ("g1", 3), ("g2", 4), ("g2", 2), ("g3", 5), ("g3", 5)):
        ledger.arrive_in_order(group, number)

    assert ledger.missing() == {"sqs": {"sqs-1"}}
    assert ledger.disorders() == ["g2", "g3"]
