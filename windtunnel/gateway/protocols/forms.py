"""
Form fields → values of the model: `Tags.member.1.Key=a&Tags.member.2.Key=b`.

The fields are first folded into a tree at their dots, then read by closures compiled once per shape.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from windtunnel.aws.shapes import Shape
from windtunnel.gateway.protocols import scalars
from windtunnel.gateway.protocols.serialization import MalformedInput

Node = Any  # str for a leaf, dict for a branch
Reader = Callable[[Node], Any]
Names = Mapping[str, str]
_DEPTH_LIMIT = 64
_FIELD_LIMIT = 100_000


def fields(text: str) -> dict[str, str]:
    """The fields of a form or a query string, the last one winning. Raises MalformedInput."""
    if text.count("&") >= _FIELD_LIMIT:
        raise MalformedInput("The form of the request has too many fields.")
    form = {}
    try:
        for field in text.split("&"):
            if field:
                name, _, value = field.partition("=")
                form[_decoded(name)] = _decoded(value)
    except UnicodeDecodeError:
        raise MalformedInput("The form of the request is malformed.") from None
    return form


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote(text, errors="strict") if "%" in text else text


def tree(form: Mapping[str, str]) -> dict[str, Node]:
    """The fields folded at their dots."""
    root: dict[str, Node] = {}
    for name, value in form.items():
        node = root
        parts = name.split(".")
        if len(parts) > _DEPTH_LIMIT:
            raise MalformedInput("A field of the form is nested too deeply.")
        for part in parts[:-1]:
            below = node.get(part)
            if type(below) is not dict:
                below = node[part] = {}
            node = below
        last = parts[-1]
        if type(node.get(last)) is not dict:
            node[last] = value
    return root


@functools.cache
def reader(shape: Shape) -> Reader:
    """The closure that turns a node of the tree into a value of the shape."""
    if shape.type == "structure":
        return _structure(shape)
    if shape.type == "list":
        return _list(shape)
    if shape.type == "map":
        return _map(shape)
    return _scalar(shape)


def tag(name: str, shape: Shape) -> str:
    """What a member is called in a form."""
    if shape.type == "list" and shape.flattened and shape.member.locationName:
        return shape.member.locationName
    return shape.locationName or name


def _structure(shape: Shape) -> Reader:
    members: dict[str, tuple[str, Reader]] = {}

    def read(node: Node) -> dict[str, Any]:
        if type(node) is not dict:
            if node == "":
                return {}
            raise MalformedInput(f"Unexpected value for {shape.name}")
        if not members:
            members.update((tag(name, member), (name, reader(member))) for name, member in shape.members.items())
        result = {}
        for wire, below in node.items():
            found = members.get(wire)
            if found is not None:
                result[found[0]] = found[1](below)
        return result

    return read


def _list(shape: Shape) -> Reader:
    def read(node: Node) -> list[Any]:
        if node == "":
            return []
        if type(node) is not dict:
            if shape.flattened:  # `AttributeName=All`, as SQS's older examples have it
                return [reader(shape.member)(node)]
            raise MalformedInput("Unexpected list element termination")
        element = shape.member.locationName or "member"
        if not shape.flattened and type(node.get(element)) is dict:
            node = node[element]
        elif not shape.flattened and node.get(element) == "":
            return []
        convert = reader(shape.member)
        return [convert(below) for below in numbered(node)]

    return read


def _map(shape: Shape) -> Reader:
    def read(node: Node) -> dict[str, Any]:
        if node == "":
            return {}
        if type(node) is not dict:
            raise MalformedInput("Unexpected map entry termination")
        if not shape.flattened and type(node.get("entry")) is dict:
            node = node["entry"]
        key_name, value_name = shape.key.locationName or "key", shape.value.locationName or "value"
        key, value = reader(shape.key), reader(shape.value)
        result = {}
        for entry in numbered(node):
            if type(entry) is not dict or key_name not in entry:
                raise MalformedInput("A map entry has no key")
            result[key(entry[key_name])] = value(entry.get(value_name, ""))
        return result

    return read


def _scalar(shape: Shape) -> Reader:
    convert = scalars.from_text(shape)

    def read(node: Node) -> Any:
        if type(node) is not str:
            raise MalformedInput(f"Unexpected structure for {shape.name}")
        return convert(node)

    return read


def numbered(node: dict[str, Node]) -> list[Node]:
    """The children `1`, `2`, … in the order of their numbers."""
    try:
        return (
            [node[key] for key in sorted(node, key=int)]
            if len(node) > 1
            else [node[key] for key in node if int(key) >= 0]
        )
    except ValueError:
        raise MalformedInput("Malformed list or map: members are numbered from 1") from None
