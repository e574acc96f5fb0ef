"""
The central directory of a plain zip file, read without making an object of each of its entries: a save of one file in a package
of thousands is not to wait for that. What is not plain (64-bit sizes, comments, encryption) is left to `zipfile`.

PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import functools
import struct
import zipfile
import zlib
from typing import NamedTuple

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s4xHH4x3I3H4x2I")
"""Without what is of no use here: versions, times, disks."""
_END = struct.Struct("<4s4H2IH")
_STORED, _DEFLATED = 0, 8
_UTF8 = 0x800
_ENCRYPTED = 0x1
_SIXTEEN, _THIRTY_TWO = 0xFFFF, 0xFFFFFFFF


class Member(NamedTuple):
    """A file of a package. The first three say whether two are alike."""

    crc: int
    size: int
    mode: int
    name: str
    method: int
    packed: int
    offset: int


@functools.lru_cache(maxsize=1)
def members(content: bytes) -> tuple[Member, ...] | None:
    """In the order of the directory; None for a zip file that is not plain, or none at all."""
    at_end = len(content) - _END.size
    if at_end < 0:
        return None
    mark, _, _, here, count, size_of_all, offset, comment = _END.unpack_from(content, at_end)
    if mark != b"PK\x05\x06" or here != count or count == _SIXTEEN or comment or offset + size_of_all != at_end:
        return None
    found = []
    at, unpack, head, make = offset, _CENTRAL.unpack_from, _CENTRAL.size, Member._make
    try:
        for _ in range(count):
            mark, flags, method, crc, packed, size, n, extra, note, attributes, start = unpack(content, at)
            name = content[at + head : at + head + n].decode("utf-8" if flags & _UTF8 else "ascii")
            if mark != b"PK\x01\x02" or flags & _ENCRYPTED or _THIRTY_TWO in (packed, size, start):
                return None
            if method not in (_STORED, _DEFLATED) or "\0" in name:
                return None
            found.append(make((crc, size, attributes >> 16, name, method, packed, start)))
            at += head + n + extra + note
    except (struct.error, UnicodeDecodeError):
        return None
    return tuple(found) if at == at_end else None


def read(content: bytes, member: Member) -> bytes:
    """Raises BadZipFile for what is not what the directory says."""
    try:
        mark, *_, name, extra = _LOCAL.unpack_from(content, member.offset)
        start = member.offset + _LOCAL.size + name + extra
        packed = content[start : start + member.packed]
        data = packed if member.method == _STORED else zlib.decompress(packed, -15, member.size)
    except (struct.error, zlib.error) as error:
        raise zipfile.BadZipFile(str(error)) from None
    if mark != b"PK\x03\x04" or zlib.crc32(data) != member.crc:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {member.name!r}")
    return data
