"""
The first process of an environment whose runtime is a program, or that has extensions: it starts them, waits, tells
the platform how each one ended, and ends with the runtime, which ends everything else.

    plan["program"]      null: the runtime is Python code, in a fork of this process; else
      "alternatives"       command lines; the first whose file exists is the runtime
      "wrapper"            a program that gets the command line as its arguments, or ""
      "ours"               whether the runtime reads the plan (`PLAN`) and writes frames
      "parked"             whether the process that waits already (`Parked`) may be the runtime
    plan["extensions"]   programs, started before the runtime; plan["extensions_environ"] are their variables

What it tells are frames in the output (`output.py`): `X`, the runtime's wait status; `D`, the name of an extension,
its wait status or null, and why it could not be started; `S`, some of what extensions wrote to their output; `N`, why
there is no runtime at all. With extensions it asks for its environment a second time, and starts the runtime when that
is answered.
"""

import json
import os
import select
import signal
import stat
import threading

from .output import Output

PLAN = 62
"""Where a program of ours that was started afresh reads its plan: a descriptor that a wrapper script hands on."""

PARKED_API, PARKED_PLAN = 3, 4
"""The descriptors of a parked program. Node.js keeps only low ones from its own subprocesses."""

_RELAYED = 3_900
"""A frame of this much is one write of a pipe, which no other writer comes into (Linux: PIPE_BUF)."""

_LAST_WORDS_S = 0.5
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_CHANGED_BY_PYTHON = tuple(
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ", "SIGINT", "SIGTERM") if hasattr(signal, name)
)


class Parked:
    """
    A runtime of ours that has been started before its function is known. It waits for the plan at `PARKED_PLAN`, and is
    told by its last argument whether it has time to prepare: `parked`, or `wanted` at once.
    """

    def __init__(self, command, environ, api, has_time):
        reading, self._plan = os.pipe()
        reading = _moved(reading, PARKED_PLAN)
        os.set_inheritable(api, True)
        self.pid = _spawn(command + ["parked" if has_time else "wanted"], environ)
        os.set_inheritable(api, False)
        os.close(reading)

    def become(self, plan):
        data = json.dumps(plan).encode()
        while data:
            data = data[os.write(self._plan, data) :]
        os.close(self._plan)

    def discard(self):
        """End it: its function needs another one."""
        os.close(self._plan)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Supervisor:
    """Made when the plan is known and the function's files are in place."""

    def __init__(self, connection, plan, parked):
        self._connection = connection
        self._plan = plan
        self._parked = parked
        self._output = Output(plan["mark"].encode())
        self._runtime = 0
        self._extensions = {}
        self._heard, self._saying = -1, -1
        self._relaying = None
        self._ended = False
        self._leaving = False

    def run(self):
        """Returns only in a new process, which is to be the runtime in Python; this one ends by itself."""
        signal.signal(signal.SIGTERM, self._pass_on)
        if self._plan["extensions"]:
            self._heard, self._saying = os.pipe()
            for path in self._plan["extensions"]:
                self._start_extension(path)
            self._connection.ask_environment()
            self._wait_for_word()
            self._connection.environment()
        os.chdir(self._plan["task"])
        program = self._plan["program"]
        if program is None:
            self._runtime = os.fork()
            if self._runtime == 0:
                if self._heard >= 0:
                    os.close(self._heard)
                    os.close(self._saying)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                return
        else:
            self._start(program)
        self._wait()

    def _start_extension(self, path):
        name = os.path.basename(path)
        os.chdir("/")
        try:
            self._extensions[_spawn([path], self._plan["extensions_environ"], self._saying)] = name
        except OSError as error:
            self._tell(b"D", [name, None, _reason(path, error)])

    def _start(self, program):
        if self._parked is not None:
            if program["parked"]:
                self._parked.become(self._plan)
                self._runtime = self._parked.pid
                return
            self._parked.discard()
        command = next((line for line in program["alternatives"] if _is_file(line[0])), None)
        if command is None:
            tried = " ".join(line[0] for line in program["alternatives"])
            self._give_up("Couldn't find valid bootstrap(s): [%s]" % tried)
        if program["wrapper"]:
            command = self._wrapped(program["wrapper"], command)
        try:
            if program["ours"]:
                _moved(self._written_plan(), PLAN)
            self._runtime = _spawn(command, self._plan["environ"])
        except OSError as error:
            self._give_up(_reason(command[0], error))

    def _wrapped(self, wrapper, command):
        """AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper"""
        if not _is_file(wrapper):
            self._fail("%s: does not exist" % wrapper, _NOT_FOUND)
        if not os.access(wrapper, os.X_OK):
            self._fail("%s: is not an executable" % wrapper, _NOT_EXECUTABLE)
        return [wrapper] + command

    def _written_plan(self):
        """The plan as a file without a name."""
        data = json.dumps({name: value for name, value in self._plan.items() if name != "environ"}).encode()
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("plan")
        else:
            import tempfile

            with tempfile.TemporaryFile() as file:
                descriptor = os.dup(file.fileno())
        os.write(descriptor, data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def _wait_for_word(self):
        """Until the platform lets the runtime start; extensions may end meanwhile."""
        awake, waker = os.pipe()
        for end in (awake, waker):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        try:
            while not self._connection.told():
                self._reap(os.WNOHANG)
                select.select([self._connection, awake], [], [])
                try:
                    os.read(awake, 512)
                except BlockingIOError:
                    pass
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(awake)
            os.close(waker)

    def _relay(self):
        """In a thread: tell what the extensions write, apart from what the function writes."""
        while True:
            data = os.read(self._heard, _RELAYED)
            if not data:
                return
            self._output.tell(b"S", data)

    def _wait(self):
        if self._heard >= 0:
            os.close(self._saying)
            self._relaying = threading.Thread(target=self._relay, daemon=True)
            self._relaying.start()
        while True:
            self._reap(0)

    def _reap(self, options):
        try:
            pid, status = os.waitpid(-1, options)
        except ChildProcessError:
            return
        if pid and pid == self._runtime:
            self._output.end(b"X", str(status))
            self._runtime = 0
            self._ended = True
        elif pid in self._extensions:
            name = self._extensions.pop(pid)
            if not self._leaving:
                self._tell(b"D", [name, status, ""])
        if self._ended and not (self._leaving and self._extensions):
            self._end()

    def _end(self):
        """All that the extensions wrote is told before."""
        if self._relaying is not None and not self._extensions:
            self._relaying.join(_LAST_WORDS_S)
        os._exit(0)

    def _fail(self, text, status):
        """End as the shell script does in which AWS's runtimes begin."""
        os.write(2, (text + "\n").encode("utf-8", "replace"))
        self._output.end(b"X", str(status << 8))
        os._exit(0)

    def _give_up(self, reason):
        self._output.end(b"N", reason)
        os._exit(0)

    def _tell(self, kind, facts):
        self._output.end(kind, json.dumps(facts))

    def _pass_on(self, number, _):
        """The environment comes to its end: the runtime may take leave, and the extensions after it."""
        self._leaving = True
        if self._runtime:
            os.kill(self._runtime, number)


def _spawn(command, environ, output=None):
    """
    A new process with this command line, and with this descriptor as its output if that is not to be ours; raises
    OSError when there is no such program.
    """
    files = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]
    if output is not None:
        files += [(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
    return os.posix_spawn(
        command[0],
        command,
        environ,
        file_actions=files,
        setsigdef=_CHANGED_BY_PYTHON,
    )


def _moved(descriptor, number):
    """The same open file under another number, which programs inherit."""
    if descriptor != number:
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.set_inheritable(number, True)
    return number


def _is_file(path):
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def _reason(path, error):
    """As the Go runtime of AWS's supervisor words it."""
    return "fork/exec %s: %s" % (path, (error.strerror or str(error)).lower())
