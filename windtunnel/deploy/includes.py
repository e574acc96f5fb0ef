"""`Fn::Transform` with `AWS::Include`: local files that become part of the template.

DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}}   ─►   DefinitionBody: {…what the file says…}

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-include.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from windtunnel.deploy.template import Template, TemplateError, read_text, values

NAME = "AWS::Include"
_KEYS = ("Fn::Transform", "Transform")


def included(template: Template) -> dict[str, Any]:
    """The document with what its includes name in their place. Raises TemplateError for a file that is not there."""
    document: dict[str, Any] = _filled(template.document, template)
    return document


def files(template: Template) -> list[Path]:
    """The local files that the template includes."""
    return [(template.folder() / location).resolve() for location in _locations(template.document)]


def _filled(value: Any, template: Template) -> Any:
    if isinstance(value, list):
        return [_filled(each, template) for each in value]
    if not isinstance(value, dict):
        return value
    filled: dict[str, Any] = {}
    for key, inner in value.items():
        location = _location(key, inner)
        if location is None:
            filled[key] = _filled(inner, template)
        else:
            filled.update(_read(location, template))
    return filled


def _location(key: str, value: Any) -> str | None:
    """The local file of an include; None for everything else."""
    if key not in _KEYS or not isinstance(value, dict) or value.get("Name") != NAME:
        return None
    location = (value.get("Parameters") or {}).get("Location")
    return location if isinstance(location, str) and "://" not in location else None


def _read(location: str, template: Template) -> dict[str, Any]:
    path = template.folder() / location
    if not path.is_file():
        raise TemplateError(f"AWS::Include names {location}, which is not there.", template.place)
    found = values(read_text(path), str(path))
    if not isinstance(found, dict):
        raise TemplateError("What AWS::Include takes must be a mapping.", str(path), 1)
    return found


def _locations(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            location = _location(key, inner)
            if location is not None:
                yield location
            else:
                yield from _locations(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _locations(each)
