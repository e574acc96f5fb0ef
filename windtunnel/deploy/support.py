"""What of a template has an effect here: said by type and property, with the line, before anything is created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.aws.resources import ResourceType
from windtunnel.deploy.template import Template

IGNORED_TYPES = frozenset({"AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"})
"""Types that change nothing on AWS either."""

FindType = Callable[[str], type[ResourceType] | None]


class Unsupported(msgspec.Struct, frozen=True):
    """A type, or a property of a supported type, that windtunnel does not build."""

    logical_id: str
    type: str
    property: str
    line: int

    def __str__(self) -> str:
        what = f"the property {self.property} of {self.type}" if self.property else f"the type {self.type}"
        return f"line {self.line}: {self.logical_id}: {what} is not supported" if self.line else f"{self.logical_id}: {what} is not supported"  # fmt: skip


def unsupported(
    resources: dict[str, dict[str, Any]], find: FindType, source: Template | None = None
) -> list[Unsupported]:
    """Everything of these (transformed) resources that is not built; `source` gives the lines."""
    found: list[Unsupported] = []
    for logical_id, resource in resources.items():
        kind = resource["Type"]
        if kind in IGNORED_TYPES:
            continue
        known = find(kind)
        if known is None:
            found.append(Unsupported(logical_id, kind, "", line_of(source, logical_id)))
            continue
        strange = [name for name in resource.get("Properties") or {} if not known.takes(name)]
        found += [Unsupported(logical_id, kind, name, line_of(source, logical_id, name)) for name in strange]
    return found


def unsupported_parameters(source: Template) -> list[Unsupported]:
    """Parameters whose value is to come from a service that is not built; with these left out, the text given is the value."""
    found = []
    for name, declaration in (source.document.get("Parameters") or {}).items():
        kind = str((declaration or {}).get("Type") or "")
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            found.append(Unsupported(name, kind, "", source.line("Parameters", name)))
    return found


def line_of(source: Template | None, logical_id: str, name: str = "") -> int:
    """The line of a resource in the template as it was written; for one that SAM generated, that of its origin."""
    if source is None:
        return 0
    written = source.resources
    origin = logical_id
    if origin not in written:
        candidates = [each for each in written if logical_id.startswith(each)]
        if not candidates:
            return 0
        origin = max(candidates, key=len)
    return source.line("Resources", origin, "Properties", name) if name else source.line("Resources", origin)
