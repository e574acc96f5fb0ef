"""XML → values of the model, for rest-xml bodies; compiled once per shape like `json_values`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from windtunnel.aws.errors import ApiError
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.protocols import scalars
from windtunnel.gateway.protocols.serialization import MalformedXML
from windtunnel.gateway.protocols.xml_text import tag

Reader = Callable[[Element], Any]
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


def parse(body: bytes) -> Element:
    """The root element. Raises MalformedXML; documents with a DTD are refused, so entities cannot explode."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise MalformedXML
    parser = XMLParser()
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError):
        raise MalformedXML from None
    return root


@functools.cache
def reader(shape: Shape) -> Reader:
    """The closure that turns an element into a value of the shape."""
    if shape.type == "structure":
        return _structure(shape)
    if shape.type == "list":
        return _list(shape)
    if shape.type == "map":
        return _map(shape)
    return _scalar(shape)


def _structure(shape: Shape) -> Reader:
    elements: dict[str, tuple[str, Reader, bool]] = {}
    attributes: list[tuple[str, str, scalars.FromText]] = []

    def compile_members() -> None:
        for name, member in shape.members.items():
            if member.location is not None:
                continue
            if member.xmlAttribute:
                attributes.append((name, member.locationName or name, scalars.from_text(member)))
            else:
                flattened = member.flattened and member.type in ("list", "map")
                elements[tag(name, member)] = (name, reader(member), flattened)

    def read(element: Element) -> dict[str, Any]:
        if not elements and not attributes:
            compile_members()
        result: dict[str, Any] = {}
        flat: dict[str, tuple[Reader, list[Element]]] = {}
        for child in element:
            found = elements.get(_local(child.tag))
            if found is None:
                continue
            name, convert, flattened = found
            if flattened:
                flat.setdefault(name, (convert, []))[1].append(child)
            else:
                result[name] = convert(child)
        for name, (convert, children) in flat.items():
            holder = Element("flat")
            holder.extend(children)
            result[name] = convert(holder)
        for name, wire, convert_text in attributes:
            for key, text in element.attrib.items():
                if key == wire or (":" in wire and key == _INSTANCE + wire.partition(":")[2]):
                    result[name] = convert_text(text)
        return result

    return read


def _list(shape: Shape) -> Reader:
    each: list[Reader] = []

    def read(element: Element) -> list[Any]:
        if not each:
            each.append(reader(shape.member))
        convert = each[0]
        return [convert(child) for child in element]

    return read


def _map(shape: Shape) -> Reader:
    def read(element: Element) -> dict[str, Any]:
        key_tag, value_tag = shape.key.locationName or "key", shape.value.locationName or "value"
        key, value = reader(shape.key), reader(shape.value)
        result = {}
        for entry in element:
            parts = {_local(part.tag): part for part in entry}
            if key_tag not in parts or value_tag not in parts:
                raise MalformedXML
            result[key(parts[key_tag])] = value(parts[value_tag])
        return result

    return read


def _scalar(shape: Shape) -> Reader:
    convert = scalars.from_text(shape)
    strips = shape.type not in ("string", "character")

    def read(element: Element) -> Any:
        text = element.text or ""
        try:
            return convert(text.strip() if strips else text)
        except ApiError:
            raise MalformedXML from None

    return read


def _local(name: Any) -> str:
    return str(name).rpartition("}")[2]
