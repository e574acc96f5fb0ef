"""How fast functions run: their share of the processor, and standing still between invocations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.bench import Bench
from windtunnel.engine.duty_cycle import DutyCycle

BURN = """
    import time
    def handler(event, context):
        began, used = time.perf_counter(), time.process_time()
        while time.process_time() - used < event:
            pass
        return [time.process_time() - used, time.perf_counter() - began]
"""
TICKER = """
    import threading, time
    count = 0
    def run():
        global count
        while True:
            count += 1
            time.sleep(0.01)
    threading.Thread(target=run, daemon=True).start()
    def handler(event, context):
        return count
"""


@pytest.fixture(params=["control groups", "duty cycle"])
def shared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if request.param == "duty cycle":
        monkeypatch.setattr("windtunnel.engine.group.Group.limits_cpu", False)
    with Bench(tmp_path / "functions", cpu_share=True) as bench:
        if request.param == "control groups" and bench.run(bench.engine.enforcement()).cpu.grade != "enforced":
            pytest.skip("this machine lets us make no cpu groups")
        yield bench


def test_a_function_with_little_memory_gets_little_of_the_processor(shared: Bench) -> None:
    spec = shared.spec(BURN, memory_mb=256, timeout_s=20)

    used, took = shared.answer(spec, 0.1)

    assert used / took < 0.3, "256 MB are 0.145 of a processor"


def test_the_initialisation_is_not_slowed_down(shared: Bench) -> None:
    start = "import time\nbegan, used = time.perf_counter(), time.process_time()\nwhile time.process_time() < used + 0.2: pass\n"
    spec = shared.spec(
        start + "took = time.perf_counter() - began\ndef handler(e, c):\n    return took\n", memory_mb=128
    )

    assert shared.answer(spec) < 0.2 / (128 / 1769) / 2, "0.2 s of work take 2.8 s at the function's share"


def test_a_function_runs_freely_where_nobody_asks_for_its_share(tmp_path: Path) -> None:
    with Bench(tmp_path / "functions") as bench:
        used, took = bench.answer(bench.spec(BURN, memory_mb=128, timeout_s=20), 0.1)
        said = bench.run(bench.engine.enforcement()).cpu

    assert took < 0.1 / (128 / 1769) / 2
    assert said.grade == "absent"


def test_what_a_function_leaves_running_stands_still_until_the_next_invocation(tmp_path: Path) -> None:
    with Bench(tmp_path / "functions") as bench:
        spec = bench.spec(TICKER, timeout_s=5)
        bench.answer(spec)
        bench.run(asyncio.sleep(0.2))  # real time: the function's thread runs, or does not, in it
        before = bench.answer(spec)
        bench.run(asyncio.sleep(0.5))
        after = bench.answer(spec)

    assert after - before < 20, "half a second would be fifty ticks"


def test_subprocesses_stand_still_too(tmp_path: Path) -> None:
    source = """
        import subprocess, os
        work = "i=0; while :; do i=$((i+1)); echo $i > /tmp/n; mv /tmp/n /tmp/count; sleep 0.01; done"
        child = subprocess.Popen(["sh", "-c", work])
        def handler(event, context):
            return int(open("/tmp/count").read() if os.path.exists("/tmp/count") else 0)
    """
    with Bench(tmp_path / "functions") as bench:
        if bench.run(bench.engine.enforcement()).pids.grade != "enforced":
            pytest.skip("without control groups the processes of a function are not known")
        spec = bench.spec(source, timeout_s=5)
        bench.answer(spec)
        bench.run(asyncio.sleep(0.2))
        before = bench.answer(spec)
        bench.run(asyncio.sleep(0.5))
        after = bench.answer(spec)

    assert after - before < 10


def test_a_frozen_environment_can_be_ended(tmp_path: Path) -> None:
    with Bench(tmp_path / "functions") as bench:
        spec = bench.spec(TICKER)
        bench.answer(spec)
        bench.run(asyncio.sleep(0.1))

        bench.run(bench.engine.retire(spec.function_arn))

        assert bench.engine.environments() == []


def test_a_duty_cycle_ends_with_the_processes_running() -> None:
    did: list[str] = []

    async def work() -> None:
        cycle = DutyCycle(0.2, lambda: did.append("stop"), lambda: did.append("go"))
        cycle.begin()
        await asyncio.sleep(0.25)
        cycle.end()
        cycle.end()

    asyncio.run(work())

    assert did[0] == "stop"
    assert did[-1] == "go"
    assert did.count("go") >= did.count("stop")
