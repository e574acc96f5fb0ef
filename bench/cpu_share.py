"""
How much of a processor functions really get for their memory: `make cpu-share` writes docs/cpu-share.md.

Each size burns processor time in as many processes as it has processors, for a second or two of wall time, with
`cpu_share` on; what it got is its processor time over the time that passed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
SIZES_MB = (128, 256, 512, 1024, 1769, 2048, 3008)
MB_PER_CPU = 1_769
BURN = """
import os, time

def burn(until):
    while time.perf_counter() < until:
        pass

def handler(event, context):
    began = time.perf_counter()
    before = os.times()
    children = []
    for _ in range(event["processes"] - 1):
        pid = os.fork()
        if pid == 0:
            burn(began + event["seconds"])
            os._exit(0)
        children.append(pid)
    burn(began + event["seconds"])
    for pid in children:
        os.waitpid(pid, 0)
    after = os.times()
    used = sum(after[:4]) - sum(before[:4])
    return [used, time.perf_counter() - began]
"""


async def measured(seconds: float) -> tuple[list[tuple[int, float, float]], str]:
    """Of each size: what it should get and what it got; and how the shares are enforced."""
    from tests.engine.laboratory import Laboratory

    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder) / "functions", cpu_share=True)
        laboratory.folder.mkdir(exist_ok=True)
        try:
            how = (await laboratory.engine.enforcement()).cpu
            rows = []
            for size in SIZES_MB:
                spec = laboratory.spec(BURN, memory_mb=size, timeout_s=60)
                wish = {"processes": -(-size // MB_PER_CPU), "seconds": seconds}
                outcome = await laboratory.invoke(spec, wish)
                used, took = json.loads(outcome.payload)
                rows.append((size, size / MB_PER_CPU, used / took))
            return rows, f"{how.grade}: {how.reason}"
        finally:
            await laboratory.close()


def page(rows: list[tuple[int, float, float]], how: str) -> str:
    table = "\n".join(f"| {size} | {wanted:.3f} | {got:.3f} | {got / wanted:.2f} |" for size, wanted, got in rows)
    return f"""# The share of the processor

On AWS a function has one processor for each 1,769 MB of its memory
([configuration-memory](https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)). Here it has the same where
`WINDTUNNEL_CPU_SHARE=true` asks for it; `windtunnel check` does. The initialisation is not slowed down, as on AWS.

Measured by `make cpu-share` on {os.cpu_count()} processors with other work going on ({how}):

| memory, MB | share wanted | share got | got / wanted |
|---:|---:|---:|---:|
{table}

What is more than the machine has, or than other work leaves of it, cannot be had.
"""


def main() -> None:
    rows, how = asyncio.run(measured(2.0))
    text = page(rows, how)
    (ROOT / "docs" / "cpu-share.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
