"""
What a target gets of an event: all of it, a part, a constant, or a text made from parts.

AWS: eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import re
from typing import Any

from windtunnel.aws import timestamps
from windtunnel.fabric.templates import ABSENT, checked, compact, filled, selected
from windtunnel.services.events.records import Passage

_VARIABLE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
LONGEST_KEY = 256


def made(passage: Passage) -> str:
    """Raises NotJson where the template gives none for this event; EventBridge then delivers nothing."""
    target, event = passage.target, passage.event
    if (constant := target.get("Input")) is not None:
        return str(constant)
    if path := target.get("InputPath"):
        found = selected(event, path)
        return compact(None if found is ABSENT else found)
    if transformer := target.get("InputTransformer"):
        return _transformed(passage, transformer)
    return compact(event)


def partition_key(passage: Passage) -> str:
    """That of the record in a Kinesis stream: what the target's path finds, else the id of the event."""
    path = passage.target.get("KinesisParameters", {}).get("PartitionKeyPath")
    found = selected(passage.event, path) if path else ABSENT
    if found is ABSENT or found is None or found == "":
        return str(passage.event["id"])
    return (found if isinstance(found, str) else compact(found))[:LONGEST_KEY]


def _transformed(passage: Passage, transformer: dict[str, Any]) -> str:
    values = {name: selected(passage.event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    template = transformer["InputTemplate"]
    plain = template.lstrip().startswith('"')
    text = filled(
        template, _VARIABLE, lambda name: values[name] if name in values else _predefined(passage, name), plain=plain
    )
    return text if plain else checked(text)


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
    return ABSENT
