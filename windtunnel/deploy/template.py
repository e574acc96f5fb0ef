"""Reading templates: YAML with CloudFormation's short tags, or JSON; every value knows its line.

!GetAtt Table.Arn   ─►  {"Fn::GetAtt": ["Table", "Arn"]}        lines[("Resources", "Table")] == 12
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

TEMPLATE_NAMES = ("template.yaml", "template.yml", "template.json", "sam.yaml", "sam.yml")
Position = tuple[str | int, ...]


class TemplateError(Exception):
    """A template that cannot be used: what is wrong, where, and what to do next."""

    def __init__(self, problem: str, place: str = "", line: int = 0) -> None:
        where = f"{place}:{line}: " if place and line else f"{place}: " if place else ""
        super().__init__(f"{where}{problem}")
        self.problem = problem
        self.place = place
        self.line = line


class Template(msgspec.Struct, frozen=True):
    """`document` is the template as plain values; `lines` gives the line (from 1) of each position in it."""

    document: dict[str, Any]
    lines: dict[Position, int] = {}
    text: str = ""
    place: str = ""

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return self.document.get("Resources") or {}

    @property
    def uses_sam(self) -> bool:
        transforms = self.document.get("Transform") or []
        names = transforms if isinstance(transforms, list) else [transforms]
        return any(str(name).startswith("AWS::Serverless") for name in names)

    def line(self, *position: str | int) -> int:
        """The line of a position, or of the nearest one around it; 0 when nothing is known."""
        while position:
            if position in self.lines:
                return self.lines[position]
            position = position[:-1]
        return 0

    def folder(self) -> Path:
        """What relative paths in the template are relative to."""
        return Path(self.place).parent


def find(app: Path) -> Path:
    """The template of an application: the file itself, or the usual name in the folder. Raises TemplateError."""
    if app.is_file():
        return app
    if not app.exists():
        raise TemplateError(
            "There is no such file or folder. Name the folder of the application or its template.", str(app)
        )
    for name in TEMPLATE_NAMES:
        if (app / name).is_file():
            return app / name
    raise TemplateError(
        f"No template found: looked for {', '.join(TEMPLATE_NAMES)}. Name the template file itself.", str(app)
    )


def read(path: Path) -> Template:
    """Raises TemplateError with the line of the first mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"The template cannot be read: {error.strerror}.", str(path)) from None
    except UnicodeDecodeError:
        raise TemplateError("The template is not text in UTF-8.", str(path)) from None
    return parse(text, str(path))


def read_text(path: Path) -> str:
    """The text of a file beside the template. Raises TemplateError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"It cannot be read: {error.strerror}.", str(path)) from None


def parse(text: str, place: str = "") -> Template:
    """A template from its text. Raises TemplateError."""
    lines: dict[Position, int] = {}
    document = values(text, place, lines)
    if not isinstance(document, dict):
        raise TemplateError("The template is empty or not a mapping with a Resources section.", place, 1)
    template = Template(document, lines, text, place)
    _check_shape(template)
    return template


def values(text: str, place: str = "", lines: dict[Position, int] | None = None) -> Any:
    """YAML or JSON as plain values, short tags written out; fills `lines`. Raises TemplateError at the first mistake."""
    import yaml

    try:
        node = yaml.compose(text, Loader=_loader())
        return _value(node, (), {} if lines is None else lines) if node is not None else None
    except yaml.YAMLError as error:
        if text.lstrip().startswith("{"):
            return _json(text, place)
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise TemplateError(f"The template does not parse: {problem}.", place, mark.line + 1 if mark else 0) from None


def _json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise TemplateError(f"The template does not parse: {error.msg}.", place, error.lineno) from None


def _check_shape(template: Template) -> None:
    resources = template.document.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise TemplateError("The template has no Resources section with at least one resource.", template.place, 1)
    for name, resource in resources.items():
        line = template.line("Resources", name)
        if name.startswith("Fn::ForEach"):
            raise TemplateError("Fn::ForEach of AWS::LanguageExtensions is not supported.", template.place, line)
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateError(f"The resource {name} has no Type.", template.place, line)
        if not isinstance(resource.get("Properties") or {}, dict):
            raise TemplateError(f"The Properties of {name} are not a mapping.", template.place, line)


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _value(node: Any, at: Position, lines: dict[Position, int]) -> Any:
    import yaml

    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        value: Any = _mapping(node, at, lines)
    elif isinstance(node, yaml.SequenceNode):
        value = [_value(child, (*at, number), lines) for number, child in enumerate(node.value)]
    else:
        value = _scalar(node)
    if node.tag.startswith("!") and len(node.tag) > 1:
        return _short_form(node.tag[1:], value)
    return value


def _mapping(node: Any, at: Position, lines: dict[Position, int]) -> dict[str, Any]:
    import yaml

    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            parts = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            for part in parts:
                result = {**_value(part, at, lines), **result}
            continue
        key = str(key_node.value)  # of one that stands here twice the last counts, as on AWS
        lines[(*at, key)] = key_node.start_mark.line + 1
        result[key] = _value(value_node, (*at, key), lines)
    return result


def _scalar(node: Any) -> Any:
    text = node.value
    if node.tag == "tag:yaml.org,2002:bool":
        return text.lower() in ("true", "yes", "on")
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:int":
        try:
            return int(text.replace("_", ""), 0 if text[:2].lower() in ("0x", "0o", "0b") else 10)
        except ValueError:
            return text
    if node.tag == "tag:yaml.org,2002:float":
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _short_form(tag: str, value: Any) -> dict[str, Any]:
    if tag in ("Ref", "Condition"):
        return {tag: value}
    if tag == "GetAtt" and isinstance(value, str):
        name, _, attribute = value.partition(".")
        return {"Fn::GetAtt": [name, attribute]}
    return {f"Fn::{tag}": value}
