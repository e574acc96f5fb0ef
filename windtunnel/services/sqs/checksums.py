"""The MD5 sums that clients check. AWS: SQS developer guide, "Calculating the MD5 message digest for message attributes"."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from struct import pack
from typing import Any


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def md5_of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Empty for no attributes."""
    if not attributes:
        return ""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        data_type = attribute["DataType"]
        _add(digest, name.encode())
        _add(digest, data_type.encode())
        if data_type.startswith("Binary"):
            digest.update(b"\x02")
            _add(digest, attribute["BinaryValue"])
        else:
            digest.update(b"\x01")
            _add(digest, attribute["StringValue"].encode())
    return digest.hexdigest()


def _add(digest: Any, content: bytes) -> None:
    digest.update(pack(">I", len(content)))
    digest.update(content)
