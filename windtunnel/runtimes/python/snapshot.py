"""
A snapshot of an initialised function: a process that has run the initialisation and then forks environments, each of
which goes on from there. AWS: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html

    fork server ─► child ─► its own user namespace ─► initialisation, hooks ─► waits, and forks when it is told
                                                                                │
                              own namespaces, /proc, copy of /tmp, no capabilities, descriptors renewed
                                                                                └─► hooks ─► invocations

It speaks with the platform as the fork server does (`zygote.py`), but what it says is not trusted: the function's code has
run in it. The platform looks up its children itself, puts them into their control groups, and kills them.

What AWS keeps and a fork does not: threads of the initialisation, and programs that it started. Threads end with the
snapshot: a process that has some is replaced by its own fork, and becomes one that only waits for it. Memory that
was mapped as shared is shared between the environments, too.
"""

import fcntl
import gc
import os
import signal
import socket
import sys
import threading
import time

from . import bootstrap, client, descriptors, isolate, system
from .control import Channel

CONTROL = 61
"""The descriptor of the control socket."""

IMPOSSIBLE = "Windtunnel.SnapshotImpossible"
"""The error of a machine on which no process can be enclosed."""

API = 3
_KEPT = frozenset((0, 1, 2, API))
_FAILED_RESTORE = 65
_KEEPER = """
import os, sys
while True:
    pid, status = os.wait()
    if pid == int(sys.argv[1]):
        os._exit(os.WEXITSTATUS(status))
"""


class Snapshot:
    """`function` is initialised here; `isolated` says whether this process is enclosed (`isolate.enclose`)."""

    def __init__(self, function, isolated):
        self._function = function
        self._isolated = isolated
        self._children = set()
        self._channel = None
        self._handler = None

    def live(self):
        """Returns never in the snapshot; in an environment as `bootstrap.Function.live`."""
        function = self._function
        self._handler = function.initialise(_before_snapshot, "Runtime.BeforeSnapshotError")
        _become_single()
        if self._isolated:
            system.use_capabilities()
        gc.freeze()
        self._channel = Channel(socket.socket(fileno=CONTROL), self._reap)
        self._channel.tell({"isolation": "" if self._isolated else "switched off", "shared": _resident_kb()})
        function.client.ask_to_be_restored()
        restored = self._channel.serve(self._obey)
        if restored is None:
            os._exit(0)
        self._restore(*restored)

    def _obey(self, message):
        if "fork" not in message:
            return None
        given = [self._channel.descriptors.pop(0) for _ in range(2)]
        chance = _chance()
        try:
            pid = system.fork_into(isolate.NAMESPACES) if self._isolated else os.fork()
        except OSError as error:
            self._channel.tell({"forked": message["fork"], "pid": 0, "reason": str(error)})
        else:
            if pid == 0:
                return given, chance
            self._children.add(pid)
            self._channel.tell({"forked": message["fork"], "pid": pid})
        for descriptor in given:
            os.close(descriptor)
        return None

    def _reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._children:
                self._children.discard(pid)
                self._channel.tell({"exited": pid, "status": status})

    # In an environment

    def _restore(self, given, chance):
        function = self._function
        self._channel.close()
        if sys.platform == "linux":
            system.die_with_parent()
        function.client.abandon()
        _take_over(*given)
        connection = client.Client(socket.socket(fileno=API))
        connection.ask_environment()
        plan = connection.environment()  # by then this process is in its own control groups
        if self._isolated:
            isolate.unpack(plan["tmp_mb"])
        else:
            os.setsid()
        descriptors.renew(_KEPT)
        _set_chance(chance)
        function.go_on(connection, plan)
        started = time.perf_counter()
        try:
            _after_restore()
        except Exception as error:
            failure = function.log_failure(error)
            function.end_start(started)
            connection.fail_restore(failure, "Runtime.AfterRestoreError")
            sys.exit(_FAILED_RESTORE)
        function.end_start(started)
        function.serve(self._handler)


def _take_over(api, out):
    """The descriptors of this environment in the places of the snapshot's."""
    api, out = (fcntl.fcntl(given, fcntl.F_DUPFD_CLOEXEC, CONTROL) for given in _moved(api, out))
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(api, API, inheritable=False)
    os.close(api)
    os.close(out)


def _moved(*given):
    for descriptor in given:
        yield descriptor
        os.close(descriptor)


def _hooks():
    return sys.modules.get("snapshot_restore_py")


def _before_snapshot():
    """Those that were registered last first, each once."""
    hooks = _hooks()
    registered = hooks.get_before_snapshot() if hooks is not None else []
    while registered:
        function, args, kwargs = registered.pop()
        function(*args, **kwargs)


def _after_restore():
    hooks = _hooks()
    for function, args, kwargs in hooks.get_after_restore() if hooks is not None else []:
        function(*args, **kwargs)


def _chance():
    """The state of `random`, which is part of the snapshot; Python gives a forked process a new one."""
    module = sys.modules.get("random")
    return module._inst.getstate() if module is not None else None


def _set_chance(state):
    """
    As in the snapshot, but new for the secrets of OpenSSL, which notices forks by process ids, and those are equal here.
    AWS: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
    """
    if state is not None:
        sys.modules["random"]._inst.setstate(state)
    if "_ssl" in sys.modules:
        sys.modules["_ssl"].RAND_add(os.urandom(64), 64.0)


def _become_single():
    """Go on without the threads of the initialisation."""
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() == 1 and _threads() <= 1:
        return
    chance = _chance()
    pid = os.fork()
    if pid:
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", _KEEPER, str(pid)])  # noqa: S606
    if sys.platform == "linux":
        system.die_with_parent()
    _set_chance(chance)
    signal.set_wakeup_fd(-1)


def _threads():
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _resident_kb():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return bootstrap.highest_memory_kb()
