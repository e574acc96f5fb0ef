"""The limits of the HTTP server."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Sizes in bytes, times in seconds of the real clock: they guard a socket, not the cloud."""

    body: int = 512 * 1024 * 1024
    headers: int = 64 * 1024
    header_count: int = 256
    target: int = 32 * 1024
    request_s: float = 60.0  # from a request's first byte to its last
    pipelined: int = 64  # requests that wait for the answer to an earlier one before reading stops
