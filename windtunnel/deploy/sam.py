"""The SAM transform, by AWS's own translator in a child process: its imports cost half a second that nobody else should pay.

Results are kept by the hash of what went in, so that an unchanged template costs nothing the next time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from windtunnel.deploy.template import TemplateError
from windtunnel.kernel import surroundings

FORMAT = 1


async def transform(
    document: dict[str, Any], parameters: dict[str, Any], region: str, account: str, cache: Path | None, place: str = ""
) -> dict[str, Any]:
    """The template with every AWS::Serverless resource expanded. Raises TemplateError in the translator's words."""
    wish = msgspec.json.encode([FORMAT, _version(), document, parameters, region, account], order="deterministic")
    kept = cache / f"{hashlib.sha256(wish).hexdigest()[:32]}.json" if cache else None
    if kept is not None and kept.is_file():
        answer: dict[str, Any] = msgspec.json.decode(kept.read_bytes())
        return answer
    output = await _translate({"document": document, "parameters": parameters, "region": region, "account": account})
    if output.get("errors"):
        problems = "; ".join(output["errors"])
        raise TemplateError(f"The SAM transform refuses the template: {problems}", place)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(".part")
        draft.write_bytes(msgspec.json.encode(output["template"]))
        draft.rename(kept)
    return dict(output["template"])


async def _translate(wish: dict[str, Any]) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "windtunnel.deploy.sam_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **surroundings.variables(),
            "AWS_DEFAULT_REGION": wish["region"],
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
        },
    )
    try:
        out, err = await child.communicate(json.dumps(wish).encode())
    except BaseException:
        if child.returncode is None:
            child.kill()
            await child.wait()
        raise
    if child.returncode != 0:
        last = err.decode(errors="replace").strip().splitlines()[-1:] or ["no output"]
        raise TemplateError(f"The SAM translator failed: {last[0]}")
    answer: dict[str, Any] = json.loads(out)
    return answer


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("aws-sam-translator")
    except metadata.PackageNotFoundError:
        return ""
