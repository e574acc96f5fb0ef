"""
Event streams: messages framed as `application/vnd.amazon.eventstream`.

A message is: total length, header length, checksum of these two, headers, payload, checksum of everything.

    | total u32 | headers u32 | crc u32 | headers … | payload … | crc u32 |
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.protocols import scalars

EncodeEvent = Callable[[Shape, dict[str, Any]], tuple[str, bytes]]
_PRELUDE = struct.Struct("!II")
_CHECKSUM = struct.Struct("!I")
_TEXT = 7


def message(headers: dict[str, Any], payload: bytes = b"") -> bytes:
    """One framed message. Header values may be text, bytes, bool or int."""
    packed = b"".join(_header(name, value) for name, value in headers.items())
    prelude = _PRELUDE.pack(16 + len(packed) + len(payload), len(packed))
    start = prelude + _CHECKSUM.pack(zlib.crc32(prelude)) + packed + payload
    return start + _CHECKSUM.pack(zlib.crc32(start))


def messages(data: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """Text headers and payload of each complete message of `data`. Raises ValueError where a checksum is wrong."""
    while data:
        total, length = _PRELUDE.unpack_from(data)
        if zlib.crc32(data[: total - 4]) != _CHECKSUM.unpack_from(data, total - 4)[0]:
            raise ValueError("A message of the event stream has a wrong checksum.")
        yield _headers(data[12 : 12 + length]), data[12 + length : total - 4]
        data = data[total:]


async def stream(
    shape: Shape, events: AsyncIterator[dict[str, Any]], encode: EncodeEvent, initial: tuple[str, bytes] | None = None
) -> AsyncIterator[bytes]:
    """
    The events of an async iterator of `{"EventName": {...}}` as framed messages.

    `initial` is the rest of the answer, sent first by protocols that have no other place for it. An ApiError raised
    by the iterator becomes an exception message, and the stream ends.
    """
    if initial is not None:
        content, payload = initial
        yield message({":event-type": "initial-response", ":content-type": content, ":message-type": "event"}, payload)
    try:
        async for event in events:
            for name, value in event.items():
                yield _event(shape.members[name], name, value, encode)
    except ApiError as error:
        yield _exception(shape, error, encode)


def _event(shape: Shape, name: str, value: dict[str, Any], encode: EncodeEvent) -> bytes:
    headers: dict[str, Any] = {":event-type": name}
    content, payload = "", b""
    body = {key: item for key, item in value.items() if item is not None}
    for key, member in shape.members.items():
        if member.eventheader and key in body:
            item = body.pop(key)
            headers[key] = (
                item if isinstance(item, (str, bytes, bool, int)) else scalars.to_text(member, "iso8601")(item)
            )
        elif member.eventpayload:
            item = body.pop(key, b"")
            if member.type == "blob":
                content, payload = "application/octet-stream", item.encode() if isinstance(item, str) else item
            elif member.type == "string":
                content, payload = "text/plain", item.encode() if isinstance(item, str) else item
            else:
                content, payload = encode(member, item or {})
    if not content and (body or _has_body(shape)):
        content, payload = encode(shape, body)
    if content:
        headers[":content-type"] = content
    headers[":message-type"] = "event"
    return message(headers, payload)


def _has_body(shape: Shape) -> bool:
    return any(not (member.eventheader or member.eventpayload) for member in shape.members.values())


def _exception(shape: Shape, error: ApiError, encode: EncodeEvent) -> bytes:
    member = shape.members.get(error.code)
    if member is None:
        named = (name for name, found in shape.members.items() if found.name == error.code)
        name = next(named, "")
        member = shape.members.get(name)
    else:
        name = error.code
    if member is None:
        headers = {":error-code": error.code, ":error-message": error.message, ":message-type": "error"}
        return message(headers)
    key = next((key for key in member.members if key.lower() == "message"), None)
    body = {**({key: error.message} if key else {}), **error.members}
    content, payload = encode(member, body)
    return message({":exception-type": name, ":content-type": content, ":message-type": "exception"}, payload)


def _header(name: str, value: Any) -> bytes:
    key = name.encode()
    start = bytes((len(key),)) + key
    if isinstance(value, bool):
        return start + (b"\x00" if value else b"\x01")
    if isinstance(value, int):
        return start + b"\x05" + struct.pack("!q", value)
    kind, data = (6, value) if isinstance(value, bytes) else (_TEXT, str(value).encode())
    return start + bytes((kind,)) + struct.pack("!H", len(data)) + data


def _headers(data: bytes) -> dict[str, str]:
    headers = {}
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        name = data[at + 1 : end].decode()
        if data[end] != _TEXT:
            raise ValueError(f"The header {name} of the event stream is no text.")
        (length,) = struct.unpack_from("!H", data, end + 1)
        at = end + 3 + length
        headers[name] = data[end + 3 : at].decode()
    return headers
