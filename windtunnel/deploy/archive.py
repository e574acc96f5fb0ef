"""
Deployment packages as zip files, the same bytes for the same files: sorted, without times. What is compressed once is kept, so
that a package of thousands of files costs little when one of them has changed.

    local entries … | central directory … | end        (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16)
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _ON_UNIX, _UTF8, _DEFLATED = 20, 3, 0x800, 8
_DATE = 33
"""1980-01-01, the first day that a zip file knows."""
_LEVEL = 1
MOST_FILES = 65_535
"""More would need another format, which no function of at most 250 MB has needed yet."""

Stamp = tuple[int, ...]


class TooManyFiles(Exception):
    """A zip file of this format has no room for them."""


class Entry(NamedTuple):
    """One file as the archive has it; `stamp` changes with the file."""

    stamp: Stamp
    local: bytes
    head: bytes
    tail: bytes


class Archive:
    """Remembers the entries of the packages that it made."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}

    def zipped(self, files: Iterable[tuple[str, str]], changed: frozenset[str] | None = None) -> bytes:
        """
        A zip file of files by name in the archive and path. Those in `changed` are read again, and no others where all changes
        are known; without it each is looked at. Raises OSError for a file that is gone, and TooManyFiles.
        """
        ordered = sorted(files)
        if len(ordered) > MOST_FILES:
            raise TooManyFiles(f"A package of {len(ordered)} files; at most {MOST_FILES} are possible.")
        entries = [self._entry(key, changed) for key in ordered]
        parts = [entry.local for entry in entries]
        offset = 0
        directory = []
        for entry in entries:
            directory += (entry.head, offset.to_bytes(4, "little"), entry.tail)
            offset += len(entry.local)
        size = sum(map(len, directory))
        count = len(entries)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)
        return b"".join([*parts, *directory, end])

    def _entry(self, key: tuple[str, str], changed: frozenset[str] | None) -> Entry:
        name, path = key
        known = self._entries.get(key)
        if known is not None:
            is_same = path not in changed if changed is not None else known.stamp == _stamp(path)
            if is_same:
                return known
        entry = self._entries[key] = _made(path, name)
        return entry


def _stamp(path: str) -> Stamp:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode


def _made(path: str, name: str) -> Entry:
    stamp = _stamp(path)
    with open(path, "rb") as file:
        content = file.read()
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    body = deflate.compress(content) + deflate.flush()
    shown = name.encode()
    flags = 0 if shown.isascii() else _UTF8
    told = (flags, _DEFLATED, 0, _DATE, zlib.crc32(content), len(body), len(content), len(shown))
    mode = (0o100755 if stamp[4] & 0o111 else 0o100644) << 16
    local = _LOCAL.pack(b"PK\x03\x04", _VERSION, *told, 0) + shown + body
    central = _CENTRAL.pack(b"PK\x01\x02", _ON_UNIX << 8 | _VERSION, _VERSION, *told, 0, 0, 0, 0, mode, 0)
    return Entry(stamp, local, central[:-4], shown)
