"""One HTTP POST to an address outside of the cloud, or to one of its own: for deliveries that go over HTTP."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

TIMEOUT_S = 15.0  # AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
_LOCAL = ".localhost"


class NotPosted(Exception):
    """Nobody answered; the text says why."""


async def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status of the answer. Raises NotPosted when there is none within `TIMEOUT_S`."""
    try:
        return await asyncio.wait_for(_post(url, headers, body), TIMEOUT_S)
    except TimeoutError:
        raise NotPosted(f"{url} did not answer within {TIMEOUT_S:.0f} seconds") from None
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        raise NotPosted(f"{url}: {error}") from None


async def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host = parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    address = "127.0.0.1" if host.endswith(_LOCAL) else host  # names that the system may not know
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host if secure else None)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()] + ["Connection: close"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        status = await reader.readuntil(b"\r\n")
        return int(status.split()[1])
    finally:
        writer.close()
