"""The resources of an application as rules see them: properties with the template's Globals merged in, and where each stands."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from windtunnel.deploy.intrinsics import names_in
from windtunnel.deploy.template import Template
from windtunnel.lens.source import Source

SERVERLESS_FUNCTION = "AWS::Serverless::Function"
ASYNCHRONOUS = frozenset(
    ["SNS", "S3", "Schedule", "ScheduleV2", "EventBridgeRule", "CloudWatchEvent", "CloudWatchLogs", "IoTRule"]
)
"""Kinds of event source that invoke asynchronously. AWS: Lambda developer guide, "Invoking Lambda with events from other services"."""
POLLED = frozenset(["SQS", "Kinesis", "DynamoDB", "MSK", "MQ", "SelfManagedKafka", "DocumentDB"])
STREAMS = frozenset(["Kinesis", "DynamoDB"])
DEFAULT_TIMEOUT_S = 3
DEFAULT_MEMORY_MB = 128
DEFAULT_VISIBILITY_S = 30


class Resource:
    """Equal to itself only; `properties` has the Globals of its kind merged in, parameters replaced by their defaults."""

    def __init__(self, template: Template, logical_id: str, properties: dict[str, Any] | None = None) -> None:
        self.template = template
        self.logical_id = logical_id
        written = template.resources.get(logical_id) or {}
        self.type = str(written.get("Type", ""))
        self.properties: dict[str, Any] = (
            properties if properties is not None else plain(template, written.get("Properties") or {})
        )

    def where(self, *position: str | int) -> str:
        """`file:line` of a property, or of the resource where the property is inherited or missing."""
        line = self.template.line("Resources", self.logical_id, "Properties", *position) if position else 0
        line = line or self.template.line("Resources", self.logical_id)
        return f"{Path(self.template.place).name}:{line}"

    def mentions(self, logical_id: str, *names: str) -> bool:
        """Whether one of these properties (all, where none is named) refers to another resource."""
        values = [self.properties.get(name) for name in names] if names else [self.properties]
        return any(logical_id in names_in(value) for value in values)

    def __repr__(self) -> str:
        return f"<{self.type} {self.logical_id}>"


class EventSource(msgspec.Struct, frozen=True):
    """What invokes a function: `kind` in SAM's words, `origin` the logical id of the queue, topic, bucket or API where known."""

    name: str
    kind: str
    where: str
    origin: str = ""
    settings: dict[str, Any] = {}

    @property
    def asynchronous(self) -> bool:
        return self.kind in ASYNCHRONOUS

    @property
    def polled(self) -> bool:
        return self.kind in POLLED


class Route(msgspec.Struct, frozen=True):
    """A method and path of an API that leads to a function. `kind` is `Api` (REST) or `HttpApi`."""

    method: str
    path: str
    kind: str
    where: str
    api: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class FunctionResource(Resource):
    """A function of the template, whichever of the two types it is written as."""

    event_sources: list[EventSource]

    @property
    def timeout_s(self) -> float:
        return _number(self.properties.get("Timeout"), DEFAULT_TIMEOUT_S)

    @property
    def memory_mb(self) -> int:
        return int(_number(self.properties.get("MemorySize"), DEFAULT_MEMORY_MB))

    @property
    def runtime(self) -> str:
        return str(self.properties.get("Runtime") or "")

    @property
    def handler(self) -> str:
        return str(self.properties.get("Handler") or "")

    @property
    def variables(self) -> dict[str, Any]:
        return (self.properties.get("Environment") or {}).get("Variables") or {}

    @property
    def asynchronous_sources(self) -> list[EventSource]:
        return [source for source in self.event_sources if source.asynchronous]

    @property
    def queue_sources(self) -> list[EventSource]:
        return [source for source in self.event_sources if source.kind == "SQS"]

    @property
    def stream_sources(self) -> list[EventSource]:
        return [source for source in self.event_sources if source.kind in STREAMS]

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                str(source.settings.get("Method", "ANY")).upper(),
                str(source.settings.get("Path", "$default")),
                source.kind,
                source.where,
                source.origin,
            )
            for source in self.event_sources
            if source.kind in ("Api", "HttpApi")
        ]

    @property
    def role(self) -> str:
        """The logical id of the role that the template gives it; empty where SAM makes one of its own."""
        named = names_in(self.properties.get("Role"))
        return next(iter(named), "") or (
            str(self.properties["Role"]) if isinstance(self.properties.get("Role"), str) else ""
        )

    @property
    def code(self) -> Path | None:
        """The folder with its source; None for inline code and code that is elsewhere."""
        name = "CodeUri" if self.type == SERVERLESS_FUNCTION else "Code"
        value = self.properties.get(name)
        if value is None and self.type == SERVERLESS_FUNCTION and "InlineCode" not in self.properties:
            value = "."
        if not isinstance(value, str) or value.startswith(("s3:", "https:")):
            return None
        folder = (self.template.folder() / value).resolve()
        return folder if folder.is_dir() else None

    @cached_property
    def source(self) -> Source:
        """Its Python source, parsed; empty for other languages and code that is not here."""
        inline = self.properties.get("InlineCode") or ((self.properties.get("Code") or {}).get("ZipFile")
            if isinstance(self.properties.get("Code"), dict) else None)  # fmt: skip
        if isinstance(inline, str):
            return Source.of_text(inline, self.handler, self.where("InlineCode"))
        return Source.of_folder(self.code, self.handler, self.template.folder())


def plain(template: Template, value: Any) -> Any:
    """Values with references to parameters replaced by their defaults; what names resources stays as it is written."""
    parameters = template.document.get("Parameters") or {}
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in parameters and "Default" in parameters[value["Ref"]]:
            return parameters[value["Ref"]]["Default"]
        if set(value) == {"Fn::If"} and isinstance(value["Fn::If"], list) and len(value["Fn::If"]) == 3:
            return plain(template, value["Fn::If"][1])
        return {key: plain(template, each) for key, each in value.items() if each != {"Ref": "AWS::NoValue"}}
    if isinstance(value, list):
        return [plain(template, each) for each in value]
    return value


def _number(value: Any, default: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default
