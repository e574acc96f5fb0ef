"""
What a function does beside computing: connections, files, processes, variables it reads, clients it makes.

Facts are gathered in a list by Python's audit hook and handed over at the end of the initialisation and of each
invocation. When nothing happens, nothing is spent.
"""

import os
import signal
import sys
import threading
import time

MOST = 1000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_CODE = (".py", ".pyc", ".so", ".pyd")
_OWN = ("/var/lang/", "/var/runtime/", "/usr/", "/lib", "/proc/", "/dev/", "/etc/", "/mnt/")


class Audit:
    """One in a process. The hook cannot be taken out again, so it is put in once and does nothing until `begin`."""

    def __init__(self):
        self._facts = []
        self._seen = set()
        self._new_connections = set()
        self._active = False
        self._on_own_death = None
        self._own = _OWN
        self._events = {
            "socket.connect": self._connected,
            "http.client.connect": self._http_connected,
            "http.client.send": self._http_sent,
            "open": self._opened,
            "subprocess.Popen": self._started,
            "os.system": self._ran,
            "os.posix_spawn": self._started,
            "os.exec": self._started,
            "os.kill": self._killed,
        }

    def watch(self):
        sys.addaudithook(self._hook)

    def begin(self, on_own_death):
        """From now on facts are gathered; `on_own_death(signal)` is called before this process kills itself."""
        self._on_own_death = on_own_death
        self._own = _OWN + (sys.base_prefix + "/",)
        self._watch_variables()
        self._active = True

    def take(self):
        facts, self._facts = self._facts, []
        self._seen.clear()
        self._new_connections.clear()
        return facts

    def note_threads(self):
        """An invocation has ended, and not all of its threads have. The runtime itself has one."""
        names = sorted(thread.name for thread in threading.enumerate() if thread is not threading.main_thread())
        self.note("threads", len(names), ", ".join(names[:10]))

    def note(self, *fact):
        if fact not in self._seen and len(self._facts) < MOST:
            self._seen.add(fact)
            self._facts.append(fact)

    def _hook(self, event, args):
        if self._active:
            gather = self._events.get(event)
            if gather is not None:
                gather(args)

    def _connected(self, args):
        address = args[1]
        if isinstance(address, tuple) and len(address) >= 2:
            self.note("connection", _text(address[0]), address[1] if isinstance(address[1], int) else 0)
        elif isinstance(address, (str, bytes)):
            self.note("connection", _text(address), 0)

    def _http_connected(self, args):
        self._new_connections.add(id(args[0]))

    def _http_sent(self, args):
        """Over a connection that an earlier invocation, or the initialisation, has opened."""
        connection = args[0]
        if id(connection) not in self._new_connections:
            self.note("reuse", _text(getattr(connection, "host", "")), getattr(connection, "port", 0) or 0)

    def _opened(self, args):
        path, _, flags = args
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        path = _text(path)
        if not isinstance(flags, int) or not flags & _WRITING:
            if path.endswith(_CODE) or path.startswith(self._own):
                return
            self.note("read", path)
        elif not path.startswith("/dev/"):
            self.note("write", os.path.abspath(path))

    def _started(self, args):
        command = args[1] if args[1] else args[0]
        self.note("process", " ".join(map(_text, command)) if isinstance(command, (list, tuple)) else _text(command))

    def _ran(self, args):
        self.note("process", _text(args[0]))

    def _killed(self, args):
        """The first process of a namespace does not die of its own signals; a function's process does."""
        pid, number = args
        if pid == os.getpid() == 1 and (number == signal.SIGKILL or signal.getsignal(number) == signal.SIG_DFL):
            if number not in (0, signal.SIGCHLD, signal.SIGCONT):
                self._on_own_death(number)

    def _watch_variables(self):
        note = self.note
        plain = type(os.environ)

        class Watched(plain):
            def __getitem__(self, name):
                note("variable", _text(name))
                return plain.__getitem__(self, name)

        os.environ.__class__ = Watched


def _text(value):
    """Never raises: what is looked at is the user's, and the user's call goes on."""
    try:
        return os.fsdecode(value).encode("utf-8", "replace").decode()
    except TypeError:
        return type(value).__name__


class ClientWatch:
    """A finder that waits for botocore's session module and makes it tell which clients are constructed."""

    _NAME = "botocore.session"

    def __init__(self, audit):
        self._audit = audit

    def find_spec(self, name, path=None, target=None):
        if name != self._NAME:
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec

        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                watch_clients(module, self._audit)

            spec.loader.exec_module = exec_module
        return spec


def watch_clients(module, audit):
    create = module.Session.create_client

    def create_client(self, service_name, *args, **kwargs):
        started = time.perf_counter()
        try:
            return create(self, service_name, *args, **kwargs)
        finally:
            audit.note("client", service_name, round((time.perf_counter() - started) * 1000, 3))

    module.Session.create_client = create_client
