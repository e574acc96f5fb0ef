"""One HTTP request to an address outside of the cloud, or to one of its own: for deliveries that go over HTTP."""

from __future__ import annotations

import asyncio
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S = 15.0  # AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
MOST_BYTES = 1024 * 1024
_LOCAL = ".localhost"


class NotPosted(Exception):
    """Nobody answered; the text says why."""


class Reply(NamedTuple):
    """Header names are in lower case; the body is cut after `MOST_BYTES`."""

    status: int
    headers: dict[str, str]
    body: bytes


async def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status of the answer. Raises NotPosted when there is none within `TIMEOUT_S`."""
    return (await ask("POST", url, headers, body)).status


async def ask(method: str, url: str, headers: dict[str, str], body: bytes, timeout_s: float = TIMEOUT_S) -> Reply:
    """The answer. Raises NotPosted when there is none in time."""
    try:
        return await asyncio.wait_for(_ask(method, url, headers, body), timeout_s)
    except TimeoutError:
        raise NotPosted(f"{url} did not answer within {timeout_s:.0f} seconds") from None
    except (OSError, ValueError, IndexError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise NotPosted(f"{url}: {error}") from None


async def _ask(method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host = parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    address = "127.0.0.1" if host.endswith(_LOCAL) else host  # names that the system may not know
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host if secure else None)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {parts.netloc.rpartition('@')[2]}",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{name}: {value}" for name, value in headers.items()] + ["Connection: close"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in head[1:] if line)
        said = {name.lower(): value.strip() for name, _, value in fields}
        return Reply(int(head[0].split()[1]), said, await _body(reader, said, method))
    finally:
        writer.close()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str], method: str) -> bytes:
    if method == "HEAD":
        return b""
    if "chunked" in headers.get("transfer-encoding", ""):
        found = b""
        while (size := int((await reader.readuntil(b"\n")).split(b";")[0], 16)) and len(found) < MOST_BYTES:
            found += (await reader.readexactly(size + 2))[:-2]
        return found
    if "content-length" in headers:
        return await reader.readexactly(min(int(headers["content-length"]), MOST_BYTES))
    return await reader.read(MOST_BYTES)
