"""
What a target gets of an event: all of it, a part, a constant, or a text made from parts.

AWS: eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.services.events.records import Passage

_VARIABLE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_STEP = re.compile(r"\.([A-Za-z0-9_\-]+)|\['([^']+)'\]|\[\"([^\"]+)\"\]|\[(\d+|\*)\]")
_ABSENT = object()
LONGEST_KEY = 256


class NoInput(Exception):
    """The template gives no JSON for this event; EventBridge then delivers nothing."""


def made(passage: Passage) -> str:
    """Raises NoInput."""
    target, event = passage.target, passage.event
    if (constant := target.get("Input")) is not None:
        return str(constant)
    if path := target.get("InputPath"):
        found = selected(event, path)
        return json.dumps(None if found is _ABSENT else found, separators=(",", ":"))
    if transformer := target.get("InputTransformer"):
        return _transformed(passage, transformer)
    return json.dumps(event, separators=(",", ":"))


def selected(event: Any, path: str) -> Any:
    """What a path like `$.detail.items[0].name` finds."""
    value = event
    for name, quoted, double, index in _STEP.findall(path):
        key = name or quoted or double
        if key:
            value = value.get(key, _ABSENT) if isinstance(value, dict) else _ABSENT
        elif index != "*":
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else _ABSENT
        if value is _ABSENT:
            return _ABSENT
    return value


def partition_key(passage: Passage) -> str:
    """That of the record in a Kinesis stream: what the target's path finds, else the id of the event."""
    path = passage.target.get("KinesisParameters", {}).get("PartitionKeyPath")
    found = selected(passage.event, path) if path else _ABSENT
    if found is _ABSENT or found is None or found == "":
        return str(passage.event["id"])
    return (found if isinstance(found, str) else json.dumps(found, separators=(",", ":")))[:LONGEST_KEY]


def _transformed(passage: Passage, transformer: dict[str, Any]) -> str:
    values = {name: selected(passage.event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    template = transformer["InputTemplate"]
    plain = template.lstrip().startswith('"')
    parts, at, quoted = [], 0, False
    for found in _VARIABLE.finditer(template):
        before = template[at : found.start()]
        quoted ^= _quotes(before) % 2 == 1
        value = values[found[1]] if found[1] in values else _predefined(passage, found[1])
        parts += [before, _in_text(value, plain) if quoted else _in_json(value)]
        at = found.end()
    text = "".join([*parts, template[at:]])
    if not plain:
        try:
            json.loads(text)
        except ValueError:
            raise NoInput(f"The input template gives no JSON: {text[:200]}") from None
    return text


def _predefined(passage: Passage, name: str) -> Any:
    """AWS: the same page, "Predefined variables"."""
    event = passage.event
    if name == "aws.events.rule-arn":
        return passage.rule
    if name == "aws.events.rule-name":
        return passage.rule_name
    if name == "aws.events.event.ingestion-time":
        return timestamps.iso(int(passage.ingested_at))
    if name == "aws.events.event":
        shown = {key: value for key, value in event.items() if key not in ("detail", "detail-type")}
        return {**shown, "detailType": event["detail-type"]}
    if name == "aws.events.event.json":
        return event
    return _ABSENT


def _quotes(text: str) -> int:
    return text.replace('\\"', "").count('"')


def _in_json(value: Any) -> str:
    return '""' if value is _ABSENT else json.dumps(value, separators=(",", ":"))


def _in_text(value: Any, plain: bool) -> str:
    """Inside of quotes: a string as it is; what is more than that loses its own quotes in a template that is text."""
    if value is _ABSENT:
        return ""
    if isinstance(value, str):
        return json.dumps(value)[1:-1]
    text = json.dumps(value, separators=(",", ":"))
    return text.replace('"', "") if plain else text
