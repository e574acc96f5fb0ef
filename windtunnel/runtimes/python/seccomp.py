"""
A filter of system calls for a function's processes: what reaches into other processes, makes namespaces of its own, or
talks to parts of the kernel that no function needs, is not permitted.

What needs a capability anyway (mounting, modules, the clock) is in it too where that costs nothing: a function has none.
Mounting itself is not, because a parked process still moves into its root after the filter is in place. The filter is a
program of some 50 instructions, loaded before the function is known; it adds less than 0.1 us to a system call.
"""

import ctypes
import errno
import os
import sys

from . import system

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_NEW_NAMESPACES = 0x7E020080
_OF_ENVIRONMENTS = system.CLONE_NEWNS | system.CLONE_NEWPID | system.CLONE_NEWUTS | system.CLONE_NEWIPC
_X32 = 0x40000000

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_REFUSED = {  # system call: its number on x86_64 and on aarch64; None where that has none
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "iopl": (172, None),
    "ioperm": (173, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setns": (308, 268),
    "settimeofday": (170, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_CLONE = (56, 220)
_CLONE3 = 435


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction))]


def build(machine=None, makes_environments=False):
    """
    The filter for this machine, to be given to `load`; None where there is none. With `makes_environments` a new process
    may be given the namespaces of an environment, of users and networks still none: for snapshots (`snapshot.py`), whose
    children load the stricter filter too.
    """
    machine = machine or os.uname().machine
    if sys.platform != "linux" or machine not in _ARCHITECTURES:
        return None
    architecture, column = _ARCHITECTURES[machine]
    numbers = [both[column] for both in _REFUSED.values() if both[column] is not None]
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 0, "unknown", architecture),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_GREATER_EQUAL, "unknown", 0, _X32),
        (_JUMP_EQUAL, "unknown", 0, _CLONE3),  # its flags are out of sight; the C library falls back to clone
        (_JUMP_EQUAL, 0, 3, _CLONE[column]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_JUMP_SET, "refused", 0, _NEW_NAMESPACES & ~_OF_ENVIRONMENTS if makes_environments else _NEW_NAMESPACES),
        (_RETURN, 0, 0, _ALLOW),
        *((_JUMP_EQUAL, "refused", 0, number) for number in numbers),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | errno.ENOSYS),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),
    ]
    places = {"unknown": len(code) - 2, "refused": len(code) - 1}

    def far(target, at):
        """A jump is counted from the instruction after it."""
        return places[target] - at - 1 if target in places else target

    code = [(what, far(yes, at), far(no, at), k) for at, (what, yes, no, k) in enumerate(code)]
    return (_Instruction * len(code))(*code)


def load(filter):
    """From now on, for this process and all that it starts. Raises OSError; `no_new_privs` must be set."""
    program = _Program(len(filter), filter)
    system.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program))
