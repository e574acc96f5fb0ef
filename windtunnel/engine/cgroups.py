"""
Control groups: the memory and the number of processes of each environment, limited and measured by the kernel.

Version 1 has a tree per controller, version 2 one tree. Both are used through `Group`, one folder a controller. Files
in /tmp are memory to the kernel but not to AWS, so on version 1 the hard limit leaves room for them and a threshold
event tells when memory other than files has reached the function's limit.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

MEBIBYTE = 1 << 20
MOST_PROCESSES = 1024  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_SMALLEST_STEP = MEBIBYTE
_CONTROLLERS = ("memory", "pids")


class ControlGroups:
    """Where this machine lets us make groups; `absent` says why not, by controller."""

    def __init__(self, name: str, root: str = "/") -> None:
        """`name` is unique on the machine; `root` is where /proc and /sys are found."""
        self.version = 0
        self.absent: dict[str, str] = {}
        self._parents: dict[str, Path] = {}
        self._made = 0
        self._groups: list[Group] = []
        self._name = name
        self._root = Path(root)
        self._prepared = False

    @property
    def controllers(self) -> frozenset[str]:
        self._prepare()
        return frozenset(self._parents)

    def make(self) -> Group:
        """A group of its own for one environment; without controllers it limits and measures nothing."""
        self._prepare()
        self._made += 1
        folders = {}
        for controller, parent in self._parents.items():
            folder = parent / str(self._made)
            folder.mkdir(exist_ok=True)
            folders[controller] = str(folder)
        group = Group(folders, self.version)
        self._groups = [made for made in self._groups if not made.closed or made.arming is not None]
        self._groups.append(group)
        return group

    async def close(self) -> None:
        """No group may have a process any more; returns when no folder of them is left."""
        for group in self._groups:
            group.close()
        if busy := [group.arming for group in self._groups if group.arming is not None]:
            await asyncio.wait(busy)
        self._groups.clear()
        for parent in set(self._parents.values()):
            _remove(str(parent))
        self._parents.clear()

    def _prepare(self) -> None:
        """Nothing is made on the machine before it is needed: who never runs a function leaves nothing behind."""
        if self._prepared:
            return
        self._prepared = True
        for controller, folder in _usable(self._root, self.absent).items():
            parent = folder / self._name
            try:
                parent.mkdir(exist_ok=True)
            except OSError as error:
                self.absent[controller] = f"{folder} is not writable ({error.strerror})"
                continue
            self._parents[controller] = parent
            self.version = 1 if (parent / "tasks").exists() else 2
        if self.version == 2:
            self._delegate()

    def _delegate(self) -> None:
        for controller in list(self._parents):
            try:
                (self._parents[controller] / "cgroup.subtree_control").write_text(f"+{controller}")
            except OSError as error:
                self.absent[controller] = f"the controller cannot be passed on ({error.strerror})"
                del self._parents[controller]


class Group:
    """The limits and the consumption of one environment."""

    def __init__(self, folders: dict[str, str], version: int) -> None:
        self.folders = sorted(set(folders.values()))
        self._memory = folders.get("memory", "")
        self._version = version
        self._peak_file = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = -1
        self._usage_file = -1
        self._allowed = 0
        self._kills = 0
        self._exceeded: Callable[[], None] | None = None
        self.arming: asyncio.Future[None] | None = None
        """Under way while the kernel adds a threshold; the group cannot be removed meanwhile."""
        self.closed = False
        if "pids" in folders:
            _put(folders["pids"] + "/pids.max", MOST_PROCESSES)
        if self._memory:
            name = "memory.max_usage_in_bytes" if version == 1 else "memory.peak"
            try:
                self._peak_file = os.open(f"{self._memory}/{name}", os.O_RDWR)
            except OSError:
                self._peak_file = -1

    @property
    def limits_memory(self) -> bool:
        return bool(self._memory)

    def limit_memory(self, allowed: int, files: int) -> None:
        """
        From `allowed` bytes on the kernel kills; on version 1 only when another `files` bytes are in use, because
        files in /tmp count for it. `watch` tells then.
        """
        self._allowed = allowed
        if not self._memory:
            return
        if self._version == 2:
            _put(self._memory + "/memory.max", allowed)
            _put(self._memory + "/memory.oom.group", 1)
        else:
            _put(self._memory + "/memory.limit_in_bytes", allowed + files)

    def watch(self, loop: asyncio.AbstractEventLoop, exceeded: Callable[[], None]) -> None:
        """
        Call `exceeded` when memory other than files reaches the limit. For version 1; the kernel needs 10 ms to
        begin.
        """
        if not self._memory or self._version == 2 or self.closed:
            return
        self._exceeded = exceeded
        if self._event < 0:
            self._loop = loop
            self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._usage_file = os.open(self._memory + "/memory.usage_in_bytes", os.O_RDONLY)
            loop.add_reader(self._event, self._crossed)
            self._wake_at(self._allowed)

    def peak(self) -> int:
        """Bytes; 0 where the kernel does not tell."""
        if self._peak_file < 0:
            return 0
        return int(os.pread(self._peak_file, 32, 0))

    def files(self) -> int:
        """Bytes that are files in /tmp."""
        if not self._memory:
            return 0
        with open(self._memory + "/memory.stat") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("shmem ")), 0)

    def killed_by_memory(self) -> bool:
        """Whether the kernel has killed a process for want of memory since this was last asked."""
        if not self._memory or self.closed:
            return False
        name = "memory.oom_control" if self._version == 1 else "memory.events"
        with open(f"{self._memory}/{name}") as file:
            kills = next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
        before, self._kills = self._kills, kills
        return kills > before

    def reset(self) -> None:
        """A new process begins in the same group."""
        if self._peak_file >= 0 and self._version == 1:
            os.pwrite(self._peak_file, b"0", 0)

    def close(self) -> None:
        """Idempotent; the group must have no process any more."""
        self.closed = True
        if self.arming is not None:
            return  # comes back when the kernel lets go of the descriptors
        if self._event >= 0 and self._loop is not None:
            self._loop.remove_reader(self._event)
            os.close(self._event)
            os.close(self._usage_file)
            self._event = -1
        if self._peak_file >= 0:
            os.close(self._peak_file)
            self._peak_file = -1
        for folder in self.folders:
            _remove(folder)

    def _wake_at(self, usage: int) -> None:
        """In a thread: the kernel waits for all its processors before it adds a threshold."""
        assert self._loop is not None
        what = f"{self._event} {self._usage_file} {usage}"
        self.arming = self._loop.run_in_executor(None, _put, self._memory + "/cgroup.event_control", what)
        self.arming.add_done_callback(self._armed)

    def _armed(self, arming: asyncio.Future[None]) -> None:
        self.arming = None
        if self.closed:
            self.close()
        elif not arming.cancelled():
            arming.result()
            self._look()

    def _crossed(self) -> None:
        try:
            os.eventfd_read(self._event)
        except BlockingIOError:
            return
        if self.arming is None:
            self._look()

    def _look(self) -> None:
        """A threshold that was passed before it was there tells nothing, so this is asked after each change."""
        usage = int(os.pread(self._usage_file, 32, 0))
        if usage < self._allowed:
            return
        left = self._allowed - (usage - self.files())
        if left > 0:
            self._wake_at(usage + max(left, _SMALLEST_STEP))
        elif self._exceeded is not None:
            self._exceeded()


def _put(path: str, value: object) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _remove(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass  # somebody else's process is in it, or it is gone already


def _usable(root: Path, absent: dict[str, str]) -> dict[str, Path]:
    """The folder of our own group for each controller of interest."""
    try:
        mounts = [line.split(" - ") for line in (root / "proc/self/mountinfo").read_text().splitlines()]
        own = [line.split(":", 2) for line in (root / "proc/self/cgroup").read_text().splitlines()]
    except OSError:
        absent.update(dict.fromkeys(_CONTROLLERS, "this system has no control groups"))
        return {}
    found: dict[str, Path] = {}
    for place, what in mounts:
        kind, _, options = what.split(" ", 2)
        point = root / place.split()[4].lstrip("/")
        for controller in _CONTROLLERS:
            if kind == "cgroup" and controller in options.split(","):
                path = next((p for _, names, p in own if controller in names.split(",")), "/")
                found[controller] = _nearest(point, path)
            elif kind == "cgroup2" and controller not in found:
                path = next((p for _, names, p in own if not names), "/")
                if folder := _delegated(point, path, controller):
                    found[controller] = folder
    for controller in _CONTROLLERS:
        if controller not in found:
            absent[controller] = "the kernel offers this process no such controller"
    return found


def _nearest(point: Path, path: str) -> Path:
    folder = point / path.lstrip("/")
    return folder if folder.is_dir() else point


def _delegated(point: Path, path: str, controller: str) -> Path | None:
    """The nearest folder above our own group, of version 2, that passes the controller on and lets us make groups."""
    folder = _nearest(point, path)
    while True:
        try:
            passed_on = (folder / "cgroup.subtree_control").read_text().split()
        except OSError:
            return None
        if controller in passed_on and os.access(folder / "cgroup.procs", os.W_OK) and os.access(folder, os.W_OK):
            return folder
        if folder == point:
            return None
        folder = folder.parent
