"""
The platform's side of snapshots (`runtimes/python/snapshot.py`): the process that forks the environments of one version.

It is spoken to as a fork server is, but the function's code has run in it, so nothing that it says is acted on unseen: its
children are looked up among the processes of this machine, put into their control groups, and killed from here.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator

from windtunnel.engine.control import Control
from windtunnel.engine.zygotes import Mould, Offspring

_UNREPORTED_S = 1.0
"""How long a snapshot may take to tell that one of its children has ended, when it has."""


class Snapshot:
    """
    One snapshot. The same calls as `Zygote`, for processes that go on where the snapshot was taken. `process` says
    its id on this machine, 0 when it has none.
    """

    shared_bytes = 0
    """What its processes share with it counts as theirs once they write to it; their own word covers the rest."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        mould: Mould,
        isolation: asyncio.Future[str],
        process: Callable[[], int],
    ) -> None:
        self.mould = mould
        self.isolation = isolation
        self.taken: asyncio.Future[bool] = loop.create_future()
        """True when it can be used; False when it will never be."""
        self._loop = loop
        self._process = process
        self._keys = 0
        self._expected: dict[int, tuple[Offspring, list[str]]] = {}
        self._living: dict[int, _Descendant] = {}
        ours, self._its = socket.socketpair()
        self._control = Control(loop, ours, self._hear, self._lose, patient=False)

    @property
    def alive(self) -> bool:
        return not self._control.closed

    def hand_over(self) -> socket.socket:
        """The end of the socket that the snapshot is to have; once."""
        return self._its

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
        self._expected[self._keys] = offspring, cgroups
        if not self._control.send({"fork": self._keys}, descriptors):
            self._loop.call_soon(self._lose)

    def kill(self, pid: int) -> None:
        self._signal(pid, signal.SIGKILL)

    def terminate(self, pid: int) -> None:
        self._signal(pid, signal.SIGTERM)

    def forget(self, pid: int) -> None:
        """Its root is kept by nobody."""

    def close(self) -> None:
        """Idempotent. Nothing is forked any more, and what was is killed."""
        self._lose()

    def _signal(self, pid: int, number: int) -> None:
        for child in self._living.values():
            if child.pid == pid:
                child.signal(number, grouped=bool(self.isolation.result()))

    def _hear(self, message: dict[str, object]) -> None:
        if "forked" in message:
            self._hear_of_birth(message)
        elif "exited" in message:
            self._bury(_number(message["exited"]), _number(message.get("status")))
        elif not self.taken.done():
            self.taken.set_result(True)

    def _hear_of_birth(self, message: dict[str, object]) -> None:
        expected = self._expected.pop(_number(message["forked"]), None)
        if expected is None:
            return
        offspring, cgroups = expected
        told = _number(message.get("pid"))
        if not told:
            offspring.born(0, str(message.get("reason", "")))
            return
        pid = told if self.isolation.result() else _on_this_machine(self._process(), told)
        try:
            child = self._living[told] = _Descendant(offspring, pid)
            for group in cgroups:
                _join(group, pid)
        except OSError as error:  # it has ended already, or there never was one
            if (gone := self._end_of(told)) is not None:
                gone.signal(signal.SIGKILL, grouped=False)
                gone.release()
            offspring.born(0, f"{error.strerror}")
            return
        if child.handle >= 0:
            self._loop.add_reader(child.handle, self._has_ended, told)
        offspring.born(pid, "")

    def _has_ended(self, told: int) -> None:
        """The kernel says so; how it ended only its parent knows."""
        child = self._living.get(told)
        if child is not None:
            self._loop.remove_reader(child.handle)
            if self._control.closed:
                self._bury(told, None)
            else:
                self._loop.call_later(_UNREPORTED_S, self._bury_unreported, told, child)

    def _bury_unreported(self, told: int, child: _Descendant) -> None:
        if self._living.get(told) is child:
            self._bury(told, None)

    def _end_of(self, told: int) -> _Descendant | None:
        child = self._living.pop(told, None)
        if child is not None and child.handle >= 0:
            self._loop.remove_reader(child.handle)
        return child

    def _bury(self, told: int, status: int | None) -> None:
        child = self._end_of(told)
        if child is not None:
            child.release()
            child.offspring.ended(status)

    def _lose(self) -> None:
        self._control.close()
        self._its.close()
        if not self.taken.done():
            self.taken.set_result(False)
        expected, self._expected = self._expected, {}
        for offspring, _ in expected.values():
            offspring.ended(None)
        for told, child in list(self._living.items()):
            child.signal(signal.SIGKILL, grouped=bool(self.isolation.result()))
            if child.handle < 0:  # else the kernel says when it is gone
                self._bury(told, None)


class _Descendant:
    """A child of a snapshot. `handle` refers to it even when its id is another's; raises OSError when it is gone."""

    def __init__(self, offspring: Offspring, pid: int) -> None:
        if not pid:
            raise ProcessLookupError(3, "the snapshot has no such child")
        self.offspring = offspring
        self.pid = pid
        self.handle = os.pidfd_open(pid) if sys.platform == "linux" else -1

    def release(self) -> None:
        """It is over, and nobody signals it any more."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def signal(self, number: int, grouped: bool) -> None:
        try:
            if grouped:
                os.killpg(self.pid, number)
        except OSError:
            pass  # it has no group of its own yet, or has ended
        try:
            if self.handle >= 0:
                signal.pidfd_send_signal(self.handle, number)
            else:
                os.kill(self.pid, number)
        except OSError:
            pass  # it has ended


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _join(group: str, pid: int) -> None:
    descriptor = os.open(group + "/cgroup.procs", os.O_WRONLY)
    try:
        os.write(descriptor, str(pid).encode())
    finally:
        os.close(descriptor)


def _on_this_machine(snapshot: int, told: int) -> int:
    """The id here of a process that the snapshot calls `told`; 0 when none of its descendants is called that."""
    for pid in _descendants(snapshot):
        try:
            with open(f"/proc/{pid}/status") as file:
                names = next(line.split()[1:] for line in file if line.startswith("NSpid:"))
        except (OSError, StopIteration):
            continue
        if len(names) > 2 and int(names[-2]) == told:
            return pid
    return 0


def _descendants(snapshot: int) -> Iterator[int]:
    """Its children, the youngest first, and theirs: one that had threads has a fork of itself that does the forking."""
    for pid in _children(snapshot):
        yield pid
        yield from _children(pid)


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in reversed(file.read().split())]
    except OSError:
        return []
