"""
Where the members of a REST operation stand in HTTP: path, query string, headers, status, body.

`bound(shape)` sorts the members of a shape by their place, once; `parse` and `answer` of rest-json and rest-xml differ
only in how they read and write the body.
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import parse_qsl

from windtunnel.aws.shapes import Shape
from windtunnel.gateway.messages import Headers, Request
from windtunnel.gateway.protocols import scalars
from windtunnel.gateway.protocols.serialization import MalformedInput, Misplaced


class Bound:
    """The members of one shape, sorted by where they stand."""

    __slots__ = (
        "body",
        "content_type",
        "header_of",
        "headers",
        "labels",
        "payload",
        "prefixes",
        "query",
        "rest_of_query",
        "shape",
        "status",
    )

    def __init__(self, shape: Shape):
        self.shape = shape
        self.labels: list[tuple[str, str, Shape]] = []
        self.query: list[tuple[str, str, Shape]] = []
        self.rest_of_query: list[tuple[str, Shape]] = []
        self.headers: dict[str, tuple[str, str, Shape]] = {}
        self.header_of: dict[str, tuple[str, Shape]] = {}
        self.prefixes: list[tuple[str, str]] = []
        self.status: str | None = None
        self.payload: tuple[str, Shape] | None = None
        self.content_type = False
        self.body: frozenset[str] = frozenset(name for name, member in shape.members.items() if member.location is None)
        for name, member in shape.members.items():
            self._place(name, member)
        if shape.payload is not None:
            self.payload = (shape.payload, shape.members[shape.payload])
            self.body = frozenset()

    def _place(self, name: str, member: Shape) -> None:
        wire = member.locationName or name
        if member.location == "uri":
            self.labels.append((name, wire, member))
        elif member.location == "querystring":
            if member.type == "map":
                self.rest_of_query.append((name, member))
            else:
                self.query.append((name, wire, member))
        elif member.location == "header":
            self.headers[wire.lower()] = (name, wire, member)
            self.header_of[name] = (wire, member)
            self.content_type = self.content_type or wire.lower() == "content-type"
        elif member.location == "headers":
            self.prefixes.append((name, member.locationName or ""))
        elif member.location == "statusCode":
            self.status = name


@functools.cache
def bound(shape: Shape) -> Bound:
    return Bound(shape)


def read_places(
    places: Bound, request: Request, labels: dict[str, str], fixed: tuple[tuple[str, str | None], ...] = ()
) -> dict[str, Any]:
    """The members that stand in path, query string and headers; `fixed` are the pairs that belong to the address."""
    params: dict[str, Any] = {}
    for name, wire, shape in places.labels:
        if wire in labels:
            params[name] = _read(shape, wire, labels[wire])
    if request.query and (places.query or places.rest_of_query):
        _read_query(places, request.query, params, fixed)
    if places.headers:
        wanted = places.headers
        for header, text in request.headers.items():
            if header in wanted:
                name, wire, shape = wanted[header]
                params[name] = _from_header(shape, wire, text)
    for name, prefix in places.prefixes:
        found = _prefixed(request, prefix.lower())
        if found:
            params[name] = found
    return params


def written_headers(places: Bound, result: dict[str, Any]) -> Headers:
    """The headers that members of a result become."""
    headers: Headers = []
    wanted = places.header_of
    for name, value in result.items():
        if name in wanted and value is not None:
            wire, shape = wanted[name]
            headers.append((wire, _one_line(_to_header(shape, value))))
    for name, prefix in places.prefixes:
        for key, value in (result.get(name) or {}).items():
            headers.append((prefix + key, _one_line(str(value))))
    return headers


def _read_query(places: Bound, query: str, params: dict[str, Any], fixed: tuple[tuple[str, str | None], ...]) -> None:
    values: dict[str, list[str]] = {}
    for key, value in query_pairs(query):
        values.setdefault(key, []).append(value)
    for name, wire, shape in places.query:
        found = values.get(wire)
        if found is None:
            continue
        if shape.type == "list":
            params[name] = [_read(shape.member, wire, text) for text in found]
        else:
            params[name] = _read(shape, wire, found[-1])
    taken = {wire for _, wire, _ in places.query}.union(name for name, _ in fixed)
    for name, shape in places.rest_of_query:
        rest = {key: found for key, found in values.items() if key not in taken}
        if rest:
            many = shape.value.type == "list"
            params[name] = rest if many else {key: found[-1] for key, found in rest.items()}


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The pairs of a query string. Raises MalformedInput."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=10_000, errors="strict")
    except (ValueError, UnicodeError):
        raise MalformedInput("The query string of the request is malformed.") from None


def _prefixed(request: Request, prefix: str) -> dict[str, str]:
    if not prefix:
        return dict(request.headers)
    size = len(prefix)
    return {
        name[size:]: value for name, value in request.headers.items() if name.startswith(prefix) and len(name) > size
    }


def _read(shape: Shape, wire: str, text: str) -> Any:
    try:
        return scalars.from_text(shape)(text)
    except MalformedInput as problem:
        raise Misplaced(wire, text, problem) from None


def _from_header(shape: Shape, wire: str, text: str) -> Any:
    if shape.type != "list":
        return _read(shape, wire, text)
    parts = _listed(text)
    if shape.member.type == "timestamp" and "GMT" in text:
        halves = text.split(",")
        parts = [",".join(halves[at : at + 2]) for at in range(0, len(halves), 2)]
    return [_read(shape.member, wire, part) for part in parts]


def _listed(text: str) -> list[str]:
    """The elements of a header, of which some may be quoted."""
    if '"' not in text:
        return [part.strip() for part in text.split(",")]
    parts, at = [], 0
    while at < len(text):
        while at < len(text) and text[at] in " \t":
            at += 1
        if at < len(text) and text[at] == '"':
            at += 1
            part = ""
            while at < len(text) and text[at] != '"':
                at += text[at] == "\\"
                part += text[at : at + 1]
                at += 1
            end = text.find(",", at)
        else:
            end = text.find(",", at)
            part = text[at : end if end >= 0 else None].strip()
        parts.append(part)
        at = end + 1 if end >= 0 else len(text)
    return parts


def _to_header(shape: Shape, value: Any) -> str:
    if shape.type == "list":
        convert = scalars.to_text(shape.member, "rfc822")
        return ",".join([_quoted(convert(item)) if shape.member.type == "string" else convert(item) for item in value])
    return scalars.to_text(shape, "rfc822")(value)


def _quoted(text: str) -> str:
    if "," not in text and '"' not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _one_line(text: str) -> str:
    """A header is one line: what a client stored cannot split a response."""
    return text.replace("\r", " ").replace("\n", " ") if "\r" in text or "\n" in text else text
