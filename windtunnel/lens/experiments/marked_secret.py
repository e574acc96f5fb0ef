"""Marked secrets: secret-looking values are replaced by marks, in the environment and in the event, and looked for in the logs."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from windtunnel.lens.evidence import experiment
from windtunnel.lens.experiments.bench import Bench, Result
from windtunnel.lens.resources import FunctionResource

NAME = "marked-secret"
SECRET_NAME = re.compile(
    r"(?i)(pass(word|wd|phrase)?|secret|token|api[_-]?key|private[_-]?key|credential|authori[sz]ation|card[_-]?number|cvv|ssn)"
)
HARMLESS_NAME = re.compile(r"(?i)(_arn|_name|_id|_url|_path|secretarn|secretname|secretid|parameter)$|^AWS_")


async def run(bench: Bench) -> list[Result]:
    return [await _judge(bench, f) for f in bench.estate.functions if f.logical_id in bench.deployment.physical]


async def _judge(bench: Bench, function: FunctionResource) -> Result:
    events = bench.sample(function)
    if not events:
        return Result(function.logical_id, None, f"Put a sample event for {function.logical_id} into events/.")
    spec = bench.spec(function)
    marks: dict[str, str] = {}
    environment = {name: _marked(name, value, marks, bench) for name, value in spec.environment.items()}
    event = _with_marks(events[0], marks, bench, "the event")
    mark = bench.mark()
    marked = replace(spec, environment=environment, revision=f"{spec.revision}-marked")
    await bench.alone(marked, [_with_header(event, marks, bench)])
    for entry in bench.since(mark, "LogsWritten", group=spec.log_group):
        for _, line in entry.fact.events:
            for text, origin in marks.items():
                if text in line:
                    says = f"{origin} was written to the log"
                    shown = line.strip().replace(text, "█" * 8)[:160]
                    seen = experiment(NAME, f"{says}: {shown} (LogsWritten #{entry.seq})")
                    return Result(function.logical_id, False, says, (seen,))
    if not marks:
        return Result(
            function.logical_id,
            True,
            "it handles nothing that looks like a secret",
            (experiment(NAME, "nothing to mark"),),
        )
    says = f"{len(marks)} marked secrets went in and none came out in the log"
    return Result(function.logical_id, True, says, (experiment(NAME, says),))


def _marked(name: str, value: str, marks: dict[str, str], bench: Bench) -> str:
    if not SECRET_NAME.search(name) or HARMLESS_NAME.search(name) or not value:
        return value
    mark = f"windtunnel-mark-{bench.home.ids.hex(12)}"
    marks[mark] = f"the value of {name}"
    return mark


def _with_marks(value: Any, marks: dict[str, str], bench: Bench, name: str) -> Any:
    import json

    if isinstance(value, dict):
        return {key: _with_marks(each, marks, bench, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_marks(each, marks, bench, name) for each in value]
    if isinstance(value, str):
        if name == "body" and value[:1] in "{[":
            try:
                return json.dumps(_with_marks(json.loads(value), marks, bench, name))
            except ValueError:
                return value
        return _marked(name, value, marks, bench)
    return value


def _with_header(event: Any, marks: dict[str, str], bench: Bench) -> Any:
    """An Authorization header, where the event is a request."""
    if not isinstance(event, dict) or not isinstance(event.get("headers"), dict):
        return event
    mark = f"windtunnel-mark-{bench.home.ids.hex(12)}"
    marks[mark] = "the Authorization header of the request"
    return {**event, "headers": {**event["headers"], "Authorization": f"Bearer {mark}"}}
