"""The system calls of Linux that the standard library does not offer, by ctypes; each raises OSError as `os` does."""

import ctypes
import os
import signal
import sys

_libc = ctypes.CDLL(None, use_errno=True)
_python = ctypes.PyDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
_PR_GET_TID_ADDRESS = 40

_NR_CLONE = 56 if os.uname().machine == "x86_64" else 220
_NR_CLOSE_RANGE = 436
_NR_PIVOT_ROOT = 155 if os.uname().machine == "x86_64" else 41
_CAPABILITY_VERSION_3 = 0x20080522


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def _bytes(text):
    return os.fsencode(text) if text is not None else None


def mount(source, target, kind=None, flags=0, data=None):
    _check(
        _libc.mount(_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(data)),
        "mount %s on %s" % (source, target),
    )


def unmount(target, flags=MNT_DETACH):
    _check(_libc.umount2(_bytes(target), flags), "unmount %s" % target)


def pivot_root(new, old):
    _check(_libc.syscall(_NR_PIVOT_ROOT, _bytes(new), _bytes(old)), "pivot_root %s" % new)


def unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def enter(namespace_fd, kind):
    """Move this process into a namespace that the descriptor refers to."""
    _check(_libc.setns(namespace_fd, kind), "setns")


def prctl(option, *values):
    padded = list(values) + [0] * (4 - len(values))
    return _check(_libc.prctl(option, *[ctypes.c_ulong(v) for v in padded]), "prctl %d" % option)


def set_host_name(name):
    encoded = name.encode()
    _check(_libc.sethostname(encoded, len(encoded)), "sethostname")


def die_with_parent():
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def close_from(lowest):
    """Close every descriptor from `lowest` on."""
    if (
        sys.platform != "linux"
        or _libc.syscall(_NR_CLOSE_RANGE, ctypes.c_uint(lowest), ctypes.c_uint(0xFFFFFFFF), 0) < 0
    ):
        os.closerange(lowest, 4096)


def limit_capabilities():
    """No program started later can have a capability, whoever owns its file."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            return


def drop_capabilities():
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, nothing), "capset")


def rest_capabilities():
    """None is in effect until `use_capabilities`."""
    _set_effective(lambda permitted: 0)


def use_capabilities():
    """All that this process may have are in effect."""
    _set_effective(lambda permitted: permitted)


def _set_effective(of):
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their higher halves
    _check(_libc.capget(header, sets), "capget")
    for half in (0, 3):
        sets[half] = of(sets[half + 1])
    _check(_libc.capset(header, sets), "capset")


def _thread_id_address():
    """
    Where the C library keeps this thread's id; a raw clone must refresh it in the child, or abort() misses its
    target.
    """
    address = ctypes.c_void_p()
    if _libc.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(address), 0, 0, 0) < 0:
        return 0
    return address.value or 0


def fork_into(namespaces):
    """
    `os.fork()` with new namespaces for the child: 0 in the child, its pid in the parent.
    Only for a process with one thread.
    """
    flags = namespaces | signal.SIGCHLD
    address = _thread_id_address()
    if address:
        flags |= _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID
    last = (address, 0) if _NR_CLONE == 56 else (0, address)  # the order of the last two depends on the machine
    arguments = [ctypes.c_ulong(value) for value in (flags, 0, 0) + last]
    _python.PyOS_BeforeFork()
    pid = _python.syscall(_NR_CLONE, *arguments)
    if pid == 0:
        _python.PyOS_AfterFork_Child()
        return 0
    number = ctypes.get_errno()
    _python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, "clone failed", "clone")
    return pid
