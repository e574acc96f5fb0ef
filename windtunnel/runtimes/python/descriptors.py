"""
Open descriptors after a snapshot: each restored environment gets its own of what a fork would have it share.

    connections      dead sockets in their place, so that libraries connect again; AWS: lambda/latest/dg/snapstart.html
    listeners        dead too, unlike at AWS: all environments share this machine's ports
    pairs, pipes     of which the process holds both ends: a new pair; with one end only: a dead one
    epoll, eventfd   new ones, with what was registered
    files            opened again at the same position, in the environment's own /tmp

Others (inotify, timers, signals) stay as they are, and so do locks on files: nothing of them is kept.
"""

import fcntl
import os
import select
import socket
import stat

_FOLDER = "/proc/self/fd"
_ONLY_WHEN_OPENED = os.O_CREAT | os.O_EXCL | os.O_TRUNC
_PIECE = 1 << 20


def renew(keep):
    """Descriptors in `keep` stay. One that cannot be renewed is dead afterwards, never shared."""
    if not os.path.isdir(_FOLDER):
        return
    pipes, pairs, polls = {}, {}, []
    for fd in sorted(int(name) for name in os.listdir(_FOLDER)):
        if fd in keep:
            continue
        try:
            status, link = os.fstat(fd), os.readlink("%s/%d" % (_FOLDER, fd))
        except OSError:  # that of the listing itself
            continue
        if stat.S_ISSOCK(status.st_mode):
            if _is_of_a_pair(fd):
                pairs.setdefault(status.st_ino, []).append(fd)
            else:
                _kill(fd)
        elif link.startswith("pipe:"):
            pipes.setdefault(status.st_ino, []).append(fd)
        elif link == "anon_inode:[eventpoll]":
            polls.append(fd)
        elif link == "anon_inode:[eventfd]":
            _renew_counter(fd)
        elif stat.S_ISREG(status.st_mode):
            _reopen(fd, link)
    for ends in pipes.values():
        _renew_pipe(ends)
    _renew_pairs(pairs)
    for fd in polls:
        _renew_poll(fd)


def _put(new, fd):
    """`new` takes the place of `fd` and keeps its ways."""
    os.set_blocking(new, os.get_blocking(fd))
    os.dup2(new, fd, inheritable=os.get_inheritable(fd))
    os.close(new)


def _is_of_a_pair(fd):
    sock = socket.socket(fileno=fd)
    try:
        return sock.family == socket.AF_UNIX and sock.getsockname() == "" and sock.getpeername() == ""
    except OSError:
        return False
    finally:
        sock.detach()


def _kill(fd):
    """A socket of the same kind that is connected to nobody; one without connections goes on as it was."""
    sock = socket.socket(fileno=fd)
    try:
        dead = socket.socket(sock.family, sock.type, sock.proto)
        if sock.type == socket.SOCK_DGRAM:
            try:
                dead.connect(sock.getpeername())
            except OSError:
                pass  # it had no peer, or none that can be reached now
        _put(dead.detach(), fd)
    finally:
        sock.detach()


def _renew_pairs(pairs):
    """Nothing says who belongs to whom, but the two ends of a pair are made one right after the other."""
    for inode in sorted(pairs):
        ends = pairs.pop(inode, None)
        if ends is None:
            continue
        others = pairs.pop(inode + 1, [])
        kind = socket.socket(fileno=ends[0])
        one, other = socket.socketpair(kind.family, kind.type)
        kind.detach()
        for new, places in ((one, ends), (other, others)):
            for fd in places:
                _put(os.dup(new.fileno()), fd)
            new.close()


def _renew_pipe(ends):
    new = os.pipe()
    for fd in ends:
        writes = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
        _put(os.dup(new[1 if writes else 0]), fd)
    for end in new:
        os.close(end)


def _details(fd):
    with open("/proc/self/fdinfo/%d" % fd) as file:
        return [line.split() for line in file]


def _renew_counter(fd):
    count = next((int(words[1], 16) for words in _details(fd) if words[0] == "eventfd-count:"), 0)
    _put(os.eventfd(count), fd)


def _renew_poll(fd):
    new = select.epoll()
    for words in _details(fd):
        if words[0] == "tfd:":
            try:
                new.register(int(words[1]), int(words[3], 16))
            except OSError:  # closed meanwhile
                continue
    os.dup2(new.fileno(), fd, inheritable=os.get_inheritable(fd))
    new.close()


def _reopen(fd, path):
    flags, position = fcntl.fcntl(fd, fcntl.F_GETFL), os.lseek(fd, 0, os.SEEK_CUR)
    gone = path.endswith(" (deleted)")
    try:
        if gone and flags & os.O_ACCMODE != os.O_RDONLY:
            new = os.open("/tmp", os.O_TMPFILE | os.O_RDWR, 0o600)
            copy(fd, new)
        else:
            new = os.open("%s/%d" % (_FOLDER, fd) if gone else path, flags & ~_ONLY_WHEN_OPENED)
    except OSError:
        return
    os.lseek(new, position, os.SEEK_SET)
    os.dup2(new, fd, inheritable=os.get_inheritable(fd))
    os.close(new)


def copy(source, target):
    """The content of one open file into another, from the start; the position of the source is not moved."""
    at, sent = 0, 1
    while sent:
        sent = os.sendfile(target, source, at, _PIECE)
        at += sent
