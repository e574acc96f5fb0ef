"""Texts that a client gets and gives back, such as shard iterators: whatever they must remember, in one line."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec


def written(content: Any) -> str:
    return base64.b64encode(msgspec.msgpack.encode(content)).decode()


def read(token: str) -> Any:
    """None for what is no token."""
    try:
        return msgspec.msgpack.decode(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
