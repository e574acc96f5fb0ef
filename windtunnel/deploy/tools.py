"""Running the tools of a build: pip, uv, npm, esbuild, make."""

from __future__ import annotations

import asyncio
from pathlib import Path

from windtunnel.deploy.template import TemplateError
from windtunnel.kernel import surroundings

_LAST_WORDS = 8


async def run(
    command: list[str],
    folder: Path,
    timeout_s: float,
    failed: str,
    variables: dict[str, str] | None = None,
    place: Path | None = None,
) -> None:
    """Run a tool to its end. Raises TemplateError with what it said last, for that `place`: the folder, unless it is given."""
    child = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**surroundings.variables(), **(variables or {})},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(child.communicate(), timeout_s)
    except TimeoutError:
        output = f"no answer within {timeout_s:.0f} seconds".encode()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        last = "\n".join(output.decode(errors="replace").strip().splitlines()[-_LAST_WORDS:])
        raise TemplateError(f"{failed}:\n{last}", str(place or folder))
