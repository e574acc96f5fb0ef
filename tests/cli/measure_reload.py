"""
How long a save takes to serve: from the end of the write to the first answer of the new code. Run it by itself:

    python -m tests.cli.measure_reload [saves]
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.cli.upped import NODE, PYTHON, Up, write_app

DEPENDENCIES = 2_000


def write_dependencies(folder: Path, ends: str) -> None:
    """Many files that nobody imports, of 3 KB or so."""
    chance = random.Random(1)
    for number in range(DEPENDENCIES):
        place = folder / f"package{number // 20}"
        place.mkdir(parents=True, exist_ok=True)
        lines = "\n".join(f"x{chance.random():.12f} = {chance.random()}".replace(".", "_", 1) for _ in range(80))
        (place / f"module{number}.{ends}").write_text(lines)


def measured(runtime: str, saves: int, dependencies: bool = False) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        file = write_app(Path(folder) / "app", runtime)
        text = PYTHON if runtime.startswith("python") else NODE
        if dependencies:
            write_dependencies(file.parent / "vendor", file.suffix[1:])
        up = Up(Path(folder) / "app")
        try:
            up.answers(1000)
            took = []
            for number in range(1001, 1001 + saves):
                time.sleep(0.5)
                with file.open("r+") as opened:
                    opened.write(text.format(number))
                took.append(up.answers(number))
            return took
        finally:
            up.stop()


def main() -> None:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rows = [
        ("a small function in Python", "python3.11", False),
        ("a small function in Node.js", "nodejs22.x", False),
        (f"Python, {DEPENDENCIES} files of dependencies", "python3.11", True),
        (f"Node.js, {DEPENDENCIES} files of dependencies", "nodejs22.x", True),
    ]
    for title, runtime, dependencies in rows:
        took = measured(runtime, saves, dependencies)
        p50 = statistics.median(took)
        print(
            f"{title:<42} first {took[0]:6.1f}  p50 {p50:6.1f}  min {min(took):6.1f}  max {max(took):6.1f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
