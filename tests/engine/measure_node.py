"""Prints the figures of Node.js functions on this machine: `python -m tests.engine.measure_node`."""

from __future__ import annotations

import asyncio
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.engine.laboratory import Laboratory
from tests.engine.measure import cold, show, timed
from windtunnel.kernel.stopwatch import ticks

ECHO = "exports.handler = async (event) => event;\n"
ECHO_MODULE = "export const handler = async (event) => event;\n"
WARM_RUNS = 5_000


async def main() -> None:
    load = Path("/proc/loadavg").read_text().split()[0]
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder), sink=lambda spec, events: None)
        try:
            echo = laboratory.spec("", files={"index.js": ECHO}, runtime="nodejs20.x")
            module = laboratory.spec("", files={"index.mjs": ECHO_MODULE}, runtime="nodejs20.x")
            first = await timed(laboratory, echo)
            await asyncio.sleep(1)
            parked = [await cold(laboratory, echo, pause_s=0.5) for _ in range(15)]
            modules = [await cold(laboratory, module, pause_s=0.5) for _ in range(15)]
            unparked = [await cold(laboratory, echo) for _ in range(10)]
            invocation = laboratory.invocation({})
            await timed(laboratory, echo)
            laps = []
            for _ in range(WARM_RUNS):
                laps.append(ticks())
                await laboratory.engine.invoke(echo, invocation)
            print(f"load average {load}")
            print(f"first start, with its fork server   {first:8.2f} ms")
            show("cold, parked, CommonJS", parked)
            show("cold, parked, ES module", modules)
            show("cold, one after the other", unparked)
            show("warm", [(later - sooner) * 1000 for sooner, later in pairwise(laps)])
        finally:
            await laboratory.close()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
