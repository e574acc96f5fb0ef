"""
The platform's side of a fork server (`runtimes/python/zygote.py`): starts it, asks it for processes, hears of their
ends.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from windtunnel.engine.control import Control

DEBUGGER = "debugger"
"""Where debugpy is in /var/runtime."""
_RUNTIME_FOLDER = Path(__file__).parent.parent / "runtimes" / "python"
_BARE_VARIABLES = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


class Offspring(Protocol):
    """A process of the fork server, as its owner sees it."""

    def born(self, pid: int, reason: str) -> None:
        """It runs; or, with pid 0, it could not be made, for this reason."""

    def ended(self, status: int | None) -> None:
        """It is over, with this wait status; None when nobody can tell, because the fork server is gone too."""


class Program(msgspec.Struct, frozen=True):
    """A runtime of another language."""

    prefix: str
    """The folder of its interpreter; becomes /var/lang."""
    runtime: tuple[tuple[str, str], ...]
    """What /var/runtime holds: names and where they are on this machine."""
    command: tuple[str, ...]
    """Its command line in the isolated root."""
    outside: tuple[str, ...]
    """Its command line where nothing is isolated."""
    parks: bool = True
    """Whether it can be started before its function is known."""


class Mould(msgspec.Struct, frozen=True):
    """What makes fork servers interchangeable."""

    interpreter: str
    """The Python that runs the fork server, and the function unless that is another program's."""
    preload: tuple[str, ...] = ()
    debugger: str = ""
    """The folder of debugpy, which its processes are to find."""
    sdk: str = ""
    """The folder of an SDK for this Python, where that of the platform is not for it."""
    program: Program | None = None
    """What its processes start as soon as they are forked, when the runtime is not Python."""


class Forker(Protocol):
    """What forks processes: a fork server, or the snapshot of a function (`snapshots.py`)."""

    mould: Mould
    isolation: asyncio.Future[str]
    """Empty when its processes are isolated, else why they are not."""
    shared_bytes: int
    """Memory that each of its processes uses without it being charged to them."""

    @property
    def alive(self) -> bool: ...

    def fork(
        self,
        offspring: Offspring,
        descriptors: list[int],
        cgroups: list[str],
        tmp_mb: int,
        like: int | None,
        waits: bool,
    ) -> None:
        """
        Ask for a process with these descriptors, which stay the caller's: of its Runtime API connection, its output and,
        for one that is to become a snapshot, its control socket. `offspring` is told what becomes of it. One that
        `waits` for a function may use the time to rehearse.
        """

    def kill(self, pid: int) -> None:
        """Harms nobody when that process has ended already."""

    def terminate(self, pid: int) -> None:
        """SIGTERM: a supervisor passes it on to its runtime."""

    def forget(self, pid: int) -> None:
        """Nobody will ask for a process like this one any more."""


class Zygote:
    """One fork server. `gone` is called once, when it has ended, for whatever reason; its processes ended before."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        mould: Mould,
        sdk: dict[str, str],
        isolate: bool,
        gone: Callable[[Zygote], None],
    ) -> None:
        self._loop = loop
        self._gone = gone
        self._keys = 0
        self._expected: dict[int, Offspring] = {}
        self._living: dict[int, Offspring] = {}
        self.mould = mould
        self.isolation: asyncio.Future[str] = loop.create_future()
        self.shared_bytes = 0
        self.over: asyncio.Future[None] = loop.create_future()
        ours, its = socket.socketpair()
        folder = str(_RUNTIME_FOLDER)
        command = [mould.interpreter, "-I", "-S", "-X", "utf8", f"{folder}/zygote.py", str(its.fileno())]
        self._process = subprocess.Popen(  # noqa: S603 - an interpreter that was found on this machine
            command,
            stdin=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
            env=_BARE_VARIABLES,
            cwd="/",
            start_new_session=True,
        )
        its.close()
        # It answers in microseconds, and its buffer holds hundreds of requests.
        self._control = Control(loop, ours, self._hear, self._lose, patient=True)
        offered = {**sdk, "snapshot_restore_py": str(_RUNTIME_FOLDER / "snapshot_restore_py.py")}
        self._control.send({"set up": {"isolate": isolate, "sdk": offered, **_wishes(mould, sdk)}})

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self.over.done()

    def fork(
        self,
        offspring: Offspring,
        descriptors: list[int],
        cgroups: list[str],
        tmp_mb: int,
        like: int | None,
        waits: bool,
    ) -> None:
        self._keys += 1
        self._expected[self._keys] = offspring
        message = {
            "fork": self._keys,
            "cgroups": cgroups,
            "tmp_mb": tmp_mb,
            "like": like,
            "rehearse": waits,
            "snapshot": len(descriptors) > 2,
        }
        if not self._control.send(message, descriptors):
            self._loop.call_soon(self._lose)

    def kill(self, pid: int) -> None:
        self._control.send({"kill": pid})

    def terminate(self, pid: int) -> None:
        self._control.send({"terminate": pid})

    def forget(self, pid: int) -> None:
        self._control.send({"forget": pid})

    async def close(self) -> None:
        """Returns when it and all its processes are gone."""
        if not self.over.done():
            self._control.hang_up()
        await self.over

    def _hear(self, message: dict[str, object]) -> None:
        if "forked" in message:
            offspring = self._expected.pop(int(str(message["forked"])))
            pid = int(str(message["pid"]))
            if pid:
                self._living[pid] = offspring
            offspring.born(pid, str(message.get("reason", "")))
        elif "exited" in message:
            ended = self._living.pop(int(str(message["exited"])), None)
            if ended is not None:
                ended.ended(int(str(message["status"])))
        elif "isolation" in message:
            self.shared_bytes = int(str(message["shared"])) * 1024
            self.isolation.set_result(str(message["isolation"]))

    def _lose(self) -> None:
        if self.over.done():
            return
        self._control.close()
        self._process.wait()  # the other end was closed by its end
        self.over.set_result(None)
        if not self.isolation.done():
            self.isolation.set_result("the fork server could not be started")
        orphans = [*self._expected.values(), *self._living.values()]
        self._expected.clear()
        self._living.clear()
        self._gone(self)
        for offspring in orphans:
            offspring.ended(None)


def _wishes(mould: Mould, sdk: dict[str, str]) -> dict[str, object]:
    """What depends on the mould in the first message to its fork server."""
    program = mould.program
    if program is not None:
        return {
            "prefix": program.prefix,
            "runtime": dict(program.runtime),
            "preload": [],
            "parked": [list(program.command), list(program.outside)] if program.parks else None,
            "parked_environ": _BARE_VARIABLES,
            "python": False,
        }
    hooks = "snapshot_restore_py.py"
    own = {"_windtunnel": str(_RUNTIME_FOLDER), "bootstrap.py": str(_RUNTIME_FOLDER / "program.py")}
    own[hooks] = str(_RUNTIME_FOLDER / hooks)
    if mould.debugger:
        own[f"{DEBUGGER}/debugpy"] = mould.debugger
    return {
        "prefix": str(Path(mould.interpreter).parent.parent),
        "runtime": {**own, **{Path(path).name: path for path in sdk.values()}},
        "preload": list(mould.preload),
        "parked": None,
        "parked_environ": {},
        "python": True,
    }
