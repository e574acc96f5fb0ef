"""
Whose the other end of a connection on this machine is: asked of the kernel, socket by socket, not searched for.

A function could find the Runtime API port of another environment; it is not let in. Linux: sock_diag(7).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable

_SOCK_DIAG = 4
_BY_FAMILY = 20
_REQUEST = 1
_ANY_STATE = 0xFFFFFFFF
_ERROR = 2
_HEAD = struct.Struct("=LHHLL")
_WISH = struct.Struct("=BBBxL2s2s16s16sL8s")
_INODE_AT = 16 + 4 + 48 + 16


def belongs(connection: socket.socket, pids: Iterable[int]) -> bool:
    """
    Whether one of these processes holds the other end of an accepted connection. True where nobody can tell, because
    the system or the list of processes says nothing.
    """
    known = list(pids)
    inode = _inode(connection) if known else 0
    if not inode:
        return True
    wanted = f"socket:[{inode}]"
    return any(wanted in _open_files(pid) for pid in known)


def _inode(connection: socket.socket) -> int:
    """Of the socket at the other end; 0 where it cannot be found out."""
    if connection.family != socket.AF_INET or not hasattr(socket, "AF_NETLINK"):
        return 0
    there, here = connection.getpeername(), connection.getsockname()
    wish = _WISH.pack(
        socket.AF_INET, socket.IPPROTO_TCP, 0, _ANY_STATE,
        there[1].to_bytes(2, "big"), here[1].to_bytes(2, "big"),
        socket.inet_aton(there[0]).ljust(16, b"\0"), socket.inet_aton(here[0]).ljust(16, b"\0"),
        0, b"\xff" * 8,
    )  # fmt: skip
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.send(_HEAD.pack(_HEAD.size + len(wish), _BY_FAMILY, _REQUEST, 0, 0) + wish)
            answer = kernel.recv(4096)
    except OSError:
        return 0
    if len(answer) < _INODE_AT + 4 or _HEAD.unpack_from(answer)[1] == _ERROR:
        return 0
    return int.from_bytes(answer[_INODE_AT : _INODE_AT + 4], "little" if struct.pack("=H", 1)[0] else "big")


def _open_files(pid: int) -> set[str]:
    folder = f"/proc/{pid}/fd"
    found = set()
    for name in _listed(folder):
        try:
            found.add(os.readlink(f"{folder}/{name}"))
        except OSError:
            continue  # closed while we looked
    return found


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []  # the process has ended
