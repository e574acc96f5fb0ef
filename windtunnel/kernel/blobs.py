"""Byte strings too large for a record, found by their content: deployment packages, objects, layers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol


class Blobs(Protocol):
    """Storing the same bytes twice stores them once. What `put` returned a name for is there until `delete`."""

    def put(self, content: bytes) -> str:
        """The SHA-256 of the content in hexadecimal; raises OSError when it cannot be stored."""

    def get(self, name: str) -> bytes:
        """Raises KeyError for a name that is not there."""

    def delete(self, name: str) -> None:
        """Idempotent."""


class MemoryBlobs:
    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        self._contents[name] = bytes(content)
        return name

    def get(self, name: str) -> bytes:
        return self._contents[name]

    def delete(self, name: str) -> None:
        self._contents.pop(name, None)


class FolderBlobs:
    """One file for each content; written beside and renamed, so that a half-written one is never found."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        place = self._place(name)
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            draft = place.with_suffix(".part")
            draft.write_bytes(content)
            draft.rename(place)
        return name

    def get(self, name: str) -> bytes:
        try:
            return self._place(name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None

    def delete(self, name: str) -> None:
        self._place(name).unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]
