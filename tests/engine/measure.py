"""
Prints the engine's figures on this machine: `python -m tests.engine.measure`. Reads the load too, without which they
say little.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.engine.laboratory import Laboratory
from windtunnel.engine.spec import Spec
from windtunnel.kernel.stopwatch import ticks

ECHO = "def handler(event, context):\n    return event\n"
WARM_RUNS = 10_000
SLEEPER = "import time\ndef handler(event, context):\n    time.sleep(0.2)\n"


async def main() -> None:
    load = Path("/proc/loadavg").read_text().split()[0]
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder), sink=lambda spec, events: None)
        try:
            echo = laboratory.spec(ECHO)
            first = await timed(laboratory, echo)
            await asyncio.sleep(0.2)
            colds = [await cold(laboratory, echo) for _ in range(30)]
            await asyncio.sleep(0.2)
            parked = [await cold(laboratory, echo, pause_s=0.1) for _ in range(15)]
            invocation = laboratory.invocation({})
            await timed(laboratory, echo)
            laps = []
            before = cpu_ms()
            for _ in range(WARM_RUNS):
                laps.append(ticks())
                await laboratory.engine.invoke(echo, invocation)
            cpu_us = (cpu_ms() - before) / WARM_RUNS * 1000
            warms = [(later - sooner) * 1000 for sooner, later in pairwise(laps)]
            await laboratory.engine.retire(echo.function_arn)
            burst = await burst_ms(laboratory)
            print(f"load average {load}")
            print(f"first start, with its fork server   {first:8.2f} ms")
            show("cold, one after the other", colds)
            show("cold, 0.1 s apart", parked)
            show("warm", warms)
            print(f"platform CPU of a warm invoke       {cpu_us:8.1f} us")
            print(f"20 cold at once, 200 ms of sleep    {burst:8.1f} ms")
            for pid in laboratory.host.processes():
                print(f"fork server PSS                     {pss_mb(str(pid)):8.1f} MiB")
            print(f"platform PSS                        {pss_mb('self'):8.1f} MiB")
        finally:
            await laboratory.close()


async def timed(laboratory: Laboratory, spec: Spec) -> float:
    began = ticks()
    outcome = await laboratory.invoke(spec, {})
    assert outcome.status == "success", outcome.payload
    return (ticks() - began) * 1000


async def cold(laboratory: Laboratory, spec: Spec, pause_s: float = 0.0) -> float:
    await laboratory.engine.retire(spec.function_arn)
    await asyncio.sleep(pause_s)
    return await timed(laboratory, spec)


async def burst_ms(laboratory: Laboratory) -> float:
    spec = laboratory.spec(SLEEPER)
    await laboratory.engine.expect(spec)
    await asyncio.sleep(0.5)
    began = ticks()
    await asyncio.gather(*(laboratory.invoke(spec, {}) for _ in range(20)))
    return (ticks() - began) * 1000


def show(name: str, values: list[float]) -> None:
    values = sorted(values)
    p99 = values[min(len(values) - 1, int(len(values) * 0.99))]
    print(f"{name:35} {min(values):8.3f} min {statistics.median(values):8.3f} p50 {p99:8.3f} p99 ms")


def cpu_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def pss_mb(pid: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
