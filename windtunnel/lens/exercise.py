"""Exercising an application: its sample events, then its own tests, against the cloud it was deployed into.

events/worker.json, events/worker-urgent.json   for the function Worker (or a name that the event itself makes plain)
tests/                                          run with pytest; AWS_ENDPOINT_URL and AWS_SAM_STACK_NAME say where
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from windtunnel.deploy.template import TemplateError
from windtunnel.kernel import surroundings
from windtunnel.lens.resources import FunctionResource

TESTS_TIMEOUT_S = 120
_SOURCES = {"aws:sqs": "SQS", "aws:sns": "SNS", "aws:s3": "S3", "aws:dynamodb": "DynamoDB", "aws:kinesis": "Kinesis"}


class TestsRun(msgspec.Struct, frozen=True):
    """What became of the application's own tests; `ran` False: there are none, or they could not be run, and `says` why."""

    ran: bool
    passed: bool
    says: str
    output: str = ""


def sample_events(folder: Path, functions: list[FunctionResource]) -> dict[str, list[Any]]:
    """Events in `events/*.json` by the function they are for. Raises TemplateError for a file that is no JSON."""
    found: dict[str, list[Any]] = {}
    for path in sorted((folder / "events").glob("*.json")):
        try:
            event = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise TemplateError(f"The sample event is not JSON: {error}.", str(path)) from None
        for function in _meant(path.stem, event, functions):
            found.setdefault(function.logical_id, []).append(event)
    return found


def _meant(name: str, event: Any, functions: list[FunctionResource]) -> list[FunctionResource]:
    """By the file's name, which begins with the function's logical id; else by what the event is."""
    plain = _letters(name)
    by_name = [f for f in functions if plain.startswith(_letters(f.logical_id).removesuffix("function"))]
    if by_name:
        return [max(by_name, key=lambda f: len(f.logical_id))]
    if not isinstance(event, dict):
        return functions if len(functions) == 1 else []
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        kind = _SOURCES.get(records[0].get("eventSource") or records[0].get("EventSource") or "")
        return [f for f in functions if any(source.kind == kind for source in f.event_sources)]
    if "httpMethod" in event or "http" in (event.get("requestContext") or {}):
        return [f for f in functions if _serves(f, event)]
    return functions if len(functions) == 1 else []


def _serves(function: FunctionResource, event: dict[str, Any]) -> bool:
    method = event.get("httpMethod") or event["requestContext"]["http"].get("method", "")
    path = event.get("path") or event.get("rawPath") or ""
    for route in function.routes:
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route.path))
        if route.method in ("ANY", "*", method.upper()) and (re.fullmatch(pattern, path) or route.path == "$default"):
            return True
    return False


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


async def own_tests(folder: Path, endpoint: str, region: str, stack: str, outputs: dict[str, str]) -> TestsRun:
    """Run the application's own tests in a process of their own; one that hangs is ended."""
    place = folder / "tests"
    if not place.is_dir() or not any(place.rglob("test_*.py")):
        return TestsRun(False, False, "The application has no tests/ folder with test_*.py files.")
    if importlib.util.find_spec("pytest") is None:
        return TestsRun(
            False, False, "pytest is not installed beside windtunnel, so the application's own tests did not run."
        )
    environment = {
        **surroundings.variables(),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_SAM_STACK_NAME": stack,
        "WINDTUNNEL_OUTPUTS": json.dumps(outputs),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "AWS_PROFILE"):
        environment.pop(name, None)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--rootdir", str(folder), str(place),
        cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(child.communicate(), TESTS_TIMEOUT_S)
    except TimeoutError:
        return TestsRun(True, False, f"The application's own tests did not end within {TESTS_TIMEOUT_S} seconds.")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    text = out.decode(errors="replace")
    if child.returncode == 5:
        return TestsRun(False, False, "pytest found no tests in tests/.", text)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return TestsRun(True, child.returncode == 0, f"own tests: {lines[-1].strip('= ') if lines else 'no output'}", text)
