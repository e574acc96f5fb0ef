"""
Values of the model → XML text, for rest-xml bodies and for answers of the query protocol.

`writer(shape, times)` gives a closure `write(tag, value) -> str` that writes one element, or for flattened lists and
maps all of them. It is compiled once per shape.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from windtunnel.aws.shapes import Shape
from windtunnel.gateway.protocols import scalars
from windtunnel.gateway.protocols.json_values import BadAnswer

Write = Callable[[str, Any], str]


@functools.cache
def writer(shape: Shape, times: str) -> Write:
    """The closure that writes an element; `times` is the format of times that say none themselves."""
    if shape.type == "structure":
        return _structure(shape, times)
    if shape.type == "list":
        return _list(shape, times)
    if shape.type == "map":
        return _map(shape, times)
    return _scalar(shape, times)


@functools.cache
def content(shape: Shape, times: str) -> Callable[[dict[str, Any]], tuple[str, str]]:
    """The closure that gives attributes and inner XML of a structure."""
    compiled: dict[str, tuple[str, Write | None, scalars.ToText | None]] = {}

    def write(value: dict[str, Any]) -> tuple[str, str]:
        if not compiled:
            compiled.update((name, _member(name, member, times)) for name, member in shape.members.items())
        attributes, inner = "", []
        for name, item in value.items():
            if item is None:
                continue
            try:
                tag, element, attribute = compiled[name]
            except KeyError:
                raise BadAnswer(f"{shape.name} has no member {name!r}") from None
            if element is not None:
                inner.append(element(tag, item))
            elif attribute is not None:
                attributes += f' {tag}="{quoted(attribute(item))}"'
        return attributes + namespace(shape), "".join(inner)

    return write


def escaped(text: str) -> str:
    """Text as it may stand between tags."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#xD;")
    return text


def quoted(text: str) -> str:
    """Text as it may stand in an attribute."""
    return escaped(text).replace('"', "&quot;").replace("\n", "&#xA;").replace("\t", "&#x9;")


def namespace(shape: Shape) -> str:
    """The shape's namespace as an attribute."""
    found = shape.xmlNamespace
    if not found:
        return ""
    prefix = found.get("prefix")
    return f' xmlns:{prefix}="{found["uri"]}"' if prefix else f' xmlns="{found["uri"]}"'


def tag(name: str, shape: Shape) -> str:
    """What a member's element is called: of a flattened list it is the name of its elements, if they have one."""
    if shape.type == "list" and shape.flattened and shape.member.locationName:
        return shape.member.locationName
    return shape.locationName or name


def _member(name: str, shape: Shape, times: str) -> tuple[str, Write | None, scalars.ToText | None]:
    if shape.location is not None:
        return name, None, None
    if shape.xmlAttribute:
        return shape.locationName or name, None, scalars.to_text(shape, times)
    return tag(name, shape), writer(shape, times), None


def _structure(shape: Shape, times: str) -> Write:
    inside = content(shape, times)

    def write(name: str, value: Any) -> str:
        attributes, inner = inside(value)
        return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"

    return write


def _list(shape: Shape, times: str) -> Write:
    each: list[Write] = []
    flattened = shape.flattened

    def write(name: str, value: Any) -> str:
        if not each:
            each.append(writer(shape.member, times))
        element = each[0]
        if flattened:
            return "".join([element(name, item) for item in value])
        inner = shape.member.locationName or "member"
        items = "".join([element(inner, item) for item in value])
        return f"<{name}>{items}</{name}>" if items else f"<{name}/>"

    return write


def _map(shape: Shape, times: str) -> Write:
    pair: list[tuple[str, Write, str, Write]] = []

    def write(name: str, value: Any) -> str:
        if not pair:
            key, item = shape.key, shape.value
            pair.append(
                (
                    key.locationName or "key",
                    writer(key, times),
                    item.locationName or "value",
                    writer(item, times),
                )
            )
        key_tag, write_key, value_tag, write_value = pair[0]
        outer = name if shape.flattened else "entry"
        entries = "".join(
            [
                f"<{outer}>{write_key(key_tag, key)}{write_value(value_tag, item)}</{outer}>"
                for key, item in value.items()
            ]
        )
        return entries if shape.flattened else f"<{name}>{entries}</{name}>"

    return write


def _scalar(shape: Shape, times: str) -> Write:
    convert = scalars.to_text(shape, times)
    attribute = namespace(shape)

    def write(name: str, value: Any) -> str:
        return f"<{name}{attribute}>{escaped(convert(value))}</{name}>"

    return write
