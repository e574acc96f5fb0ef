"""One process of an environment, from its fork to its end: its Runtime API connection, its output, its death."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
from collections.abc import Callable
from typing import Protocol

import msgspec

from windtunnel.engine.group import Group
from windtunnel.engine.output import Output
from windtunnel.engine.runtime_api import Conversation
from windtunnel.engine.wire import Wire
from windtunnel.engine.zygotes import Forker


class Owner(Protocol):
    """
    The environment that a process lives in. It hears of the end last, when everything the process said has been
    heard.
    """

    def asks(self) -> None: ...

    def answers(self, request_id: str, payload: bytes) -> None: ...

    def begins(self, request_id: str, content_type: str, hold: Callable[[bool], None]) -> None: ...

    def continues(self, request_id: str, part: bytes) -> None: ...

    def finishes(self, request_id: str, error_type: str, payload: bytes) -> None: ...

    def fails(self, request_id: str, error_type: str, payload: bytes) -> None: ...

    def fails_to_initialise(self, error_type: str, payload: bytes) -> None: ...

    def said(self, lines: list[bytes]) -> None: ...

    def framed(self, kind: bytes, payload: bytes) -> None: ...

    def extension_asks(self, conversation: Conversation, method: str, path: str, head: str, body: bytes) -> None: ...

    def extension_said(self, lines: list[bytes]) -> None:
        """Lines that extensions wrote to their output."""

    def read_all(self) -> None: ...

    def extensions_started(self) -> None:
        """The programs of the extensions run; the runtime waits for `Life.start_runtime`."""

    def extension_died(self, name: str, how: str) -> None:
        """An extension ended by itself, or could not be started: `exit status 1`, `fork/exec …: permission denied`."""

    def fails_to_start(self, error_type: str, message: str) -> None:
        """There is no runtime that could run; the process ends."""

    def died(self, how: str) -> None: ...


class Life:
    """
    May be forked before there is an owner (parked). `over` is done when the process is gone and has been read to the
    end.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        zygote: Forker,
        group: Group,
        mark: bytes,
        tmp_mb: int,
        like: int | None,
        waits: bool,
        control: socket.socket | None = None,
    ) -> None:
        """`control`, for a process that is to become a snapshot, is its end of that socket; it is closed here."""
        self.zygote = zygote
        self.group = group
        self.mark = mark
        self.pid = 0
        self.over: asyncio.Future[None] = loop.create_future()
        self.asking: Conversation | None = None
        """Where the next event is waited for; None while the process is busy or not ready."""
        self.events = 0
        """How many events this process has been given."""
        self._owner: Owner | None = None
        self._plan: bytes | None = None
        self._waits_for_plan: Conversation | None = None
        self._unwanted = False
        self._suicide = 0
        self._runtime_status: int | None = None
        self._supervised = False
        self._extensions_rest = b""
        ours, its = socket.socketpair()
        reading, writing = os.pipe()
        conversation = Conversation(self)
        self._wire = Wire(loop, ours, conversation.data_received, self._hung_up)
        conversation.wire = self._wire
        self.output = Output(loop, reading, mark, self)
        given = [its.fileno(), writing] + ([control.fileno()] if control is not None else [])
        zygote.fork(self, given, group.folders, tmp_mb, like, waits)
        its.close()
        if control is not None:
            control.close()
        os.close(writing)

    @property
    def shared_bytes(self) -> int:
        """Memory of the runtime that is not charged to this process, because it is the fork server's."""
        return 0 if self._supervised else self.zygote.shared_bytes

    def become(self, owner: Owner, plan: dict[str, object]) -> None:
        """Begin the life of a function."""
        self._owner = owner
        self._supervised = plan["program"] is not None
        self._plan = msgspec.json.encode(plan)
        self._tell_plan()

    def _tell_plan(self) -> None:
        """Not before it is known which process it is: a child of a snapshot is in its control groups only then."""
        if self._plan is not None and self._waits_for_plan is not None and self.pid:
            plan, self._plan = self._plan, None
            self._waits_for_plan.say("", plan)

    def start_runtime(self) -> None:
        """The answer to `Owner.extensions_started`."""
        assert self._waits_for_plan is not None
        self._waits_for_plan.say("", b"{}")

    def send(self, head: str, payload: bytes) -> None:
        """An event; only while `asking`."""
        conversation, self.asking = self.asking, None
        assert conversation is not None
        self.events += 1
        conversation.say(head, payload)

    def processes(self) -> list[int]:
        """The ids on this machine of this process and of those that it started; a negative one is a group of them."""
        if not self.pid or self.over.done():
            return []
        isolated = not (self.zygote.isolation.done() and self.zygote.isolation.result())
        return self.group.processes() or [self.pid if isolated else -self.pid]

    def programs_bytes(self) -> int:
        """What the programs of a supervised process have in memory now; its own interpreter is not theirs."""
        return sum(_resident_bytes(pid) for pid in self.processes() if pid > 0 and pid != self.pid)

    def kill(self) -> None:
        self._unwanted = True
        if self.pid:
            self.zygote.kill(self.pid)

    def terminate(self) -> None:
        """SIGTERM for the runtime, which may take leave; `kill` afterwards. AWS: a shutdown when there are extensions."""
        if self.pid:
            self.zygote.terminate(self.pid)

    # What the fork server tells

    def born(self, pid: int, reason: str) -> None:
        self.pid = pid
        if not pid:
            self._end(f"could not be started: {reason}")
        elif self._unwanted:
            self.zygote.kill(pid)
        else:
            self._tell_plan()

    def ended(self, status: int | None) -> None:
        self._end(_manner(status))

    # What the process asks and says

    def asks_for_environment(self, conversation: Conversation) -> None:
        if self._waits_for_plan is not None and self._owner is not None:
            self._owner.extensions_started()
            return
        self._waits_for_plan = conversation
        self._tell_plan()

    def asks_for_event(self, conversation: Conversation) -> None:
        self.asking = conversation
        if self._owner is not None:
            self._owner.asks()

    def answers(self, request_id: str, payload: bytes) -> None:
        if self._owner is not None:
            self._owner.answers(request_id, payload)

    def begins(self, request_id: str, content_type: str, hold: Callable[[bool], None]) -> None:
        if self._owner is not None:
            self._owner.begins(request_id, content_type, hold)

    def continues(self, request_id: str, part: bytes) -> None:
        if self._owner is not None:
            self._owner.continues(request_id, part)

    def finishes(self, request_id: str, error_type: str, payload: bytes) -> None:
        if self._owner is not None:
            self._owner.finishes(request_id, error_type, payload)

    def fails(self, request_id: str, error_type: str, payload: bytes) -> None:
        if self._owner is not None:
            self._owner.fails(request_id, error_type, payload)

    def fails_to_initialise(self, error_type: str, payload: bytes) -> None:
        if self._owner is not None:
            self._owner.fails_to_initialise(error_type, payload)

    def extension_asks(self, conversation: Conversation, method: str, path: str, head: str, body: bytes) -> None:
        if self._owner is not None:
            self._owner.extension_asks(conversation, method, path, head, body)

    def ends(self, ending: bytes) -> None:
        self.output.settle()
        self.framed(b"E", ending)

    def said(self, lines: list[bytes]) -> None:
        if self._owner is not None:
            self._owner.said(lines)

    def framed(self, kind: bytes, payload: bytes) -> None:
        if kind == b"K":
            self._suicide = int(payload)
        elif kind == b"X":
            self._runtime_status = int(payload)
        elif self._owner is None:
            return
        elif kind == b"D":
            name, status, reason = msgspec.json.decode(payload)
            self._owner.extension_died(name, reason or _manner(status))
        elif kind == b"S":
            *lines, self._extensions_rest = (self._extensions_rest + payload).split(b"\n")
            self._owner.extension_said(lines)
        elif kind == b"N":
            self._owner.fails_to_start("Runtime.InvalidEntrypoint", payload.decode("utf-8", "replace"))
        else:
            self._owner.framed(kind, payload)

    def read_all(self) -> None:
        if self._owner is not None:
            self._owner.read_all()

    def _hung_up(self) -> None:
        """A process of ours that closed its connection has ended or can do nothing any more."""
        self.kill()

    def _end(self, how: str) -> None:
        if self.over.done():
            return
        self.over.set_result(None)
        self._wire.finish()
        self.output.close()
        if self._suicide:
            how = f"signal: {_signal_name(self._suicide)}"
        elif self._runtime_status is not None:
            how = _manner(self._runtime_status)
        if self._owner is not None:
            self._owner.died(how)


def _manner(status: int | None) -> str:
    """As AWS words an end; empty for an exit that gives no reason."""
    if status is None:
        return "signal: killed"
    if os.WIFSIGNALED(status):
        return f"signal: {_signal_name(os.WTERMSIG(status))}"
    code = os.WEXITSTATUS(status)
    return f"exit status {code}" if code else ""


def _signal_name(number: int) -> str:
    """As the Go runtime of AWS's supervisor names them."""
    usual = {
        signal.SIGKILL: "killed",
        signal.SIGTERM: "terminated",
        signal.SIGABRT: "aborted",
        signal.SIGSEGV: "segmentation fault",
        signal.SIGBUS: "bus error",
        signal.SIGINT: "interrupt",
        signal.SIGHUP: "hangup",
        signal.SIGILL: "illegal instruction",
        signal.SIGFPE: "floating point exception",
    }
    return next((name for known, name in usual.items() if known == number), f"signal {number}")


def _resident_bytes(pid: int) -> int:
    """0 for a process that has ended."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0
