"""
What enrichments and targets get: events as they are, or what an input template makes of them.

AWS: eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.fabric.templates import ABSENT, NotJson, checked, compact, filled, selected
from windtunnel.services.pipes.executions import Execution
from windtunnel.services.pipes.records import Pipe

_VARIABLE = re.compile(r"<(\$[^<>]*|aws\.pipes\.[a-z.\-]+)>")


def made(pipe: Pipe, template: str, event: Any, now: float) -> Any:
    """The event as the receiver gets it. A template that is no JSON makes a text. Raises NotJson."""
    if not template:
        return event
    seen = looked_into(event)
    is_json = template.lstrip()[:1] in ("{", "[", '"')
    text = filled(template, _VARIABLE, lambda name: _value(pipe, seen, event, name, now), plain=False)
    if is_json:
        return json.loads(checked(text))
    whole = _VARIABLE.fullmatch(template.strip())
    value = _value(pipe, seen, event, whole[1], now) if whole else text
    return "" if value is ABSENT else value


def all_made(
    pipe: Pipe, template: str, events: list[Any], now: float, stage: str, execution: Execution
) -> list[Any] | NotJson:
    """Each event as the receiver gets it, and the steps of it; what is wrong with the template where it makes no JSON."""
    if not template:
        return events
    execution.step(f"{stage}_TRANSFORMATION_STARTED")
    try:
        found = [made(pipe, template, event, now) for event in events]
    except NotJson as problem:
        execution.step(f"{stage}_TRANSFORMATION_FAILED", str(problem))
        return problem
    execution.step(f"{stage}_TRANSFORMATION_SUCCEEDED", payload=found)
    return found


def value(event: Any, given: str) -> str:
    """A parameter that may be a path: `$.detail.id`. Empty where the path finds nothing."""
    if not given.startswith("$."):
        return given
    found = selected(looked_into(event), given)
    return "" if found is ABSENT or found is None else found if isinstance(found, str) else compact(found)


def text(body: Any) -> str:
    return body if isinstance(body, str) else compact(body)


def looked_into(event: Any) -> Any:
    """With a body or data that is JSON, also in base64, in its place: AWS's "implicit body data parsing"."""
    if not isinstance(event, dict):
        return event
    if isinstance(event.get("body"), str):
        return {**event, "body": _parsed(event["body"])}
    if isinstance(event.get("data"), str) and event.get("eventSource") == "aws:kinesis":
        return {**event, "data": _parsed(base64.b64decode(event["data"]).decode(errors="replace"))}
    return event


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _value(pipe: Pipe, seen: Any, event: Any, name: str, now: float) -> Any:
    if name.startswith("$"):
        return selected(seen, name)
    return {
        "aws.pipes.pipe-arn": pipe.arn,
        "aws.pipes.pipe-name": pipe.name,
        "aws.pipes.source-arn": pipe.source,
        "aws.pipes.enrichment-arn": pipe.enrichment,
        "aws.pipes.target-arn": pipe.target,
        "aws.pipes.event.ingestion-time": timestamps.iso(int(now)),
        "aws.pipes.event": seen,
        "aws.pipes.event.json": event,
    }.get(name, ABSENT)
