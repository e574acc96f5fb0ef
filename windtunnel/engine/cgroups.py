"""
Control groups: where the kernel limits and measures what each environment uses.

Version 1 has a tree per controller, version 2 one tree. Both are used through `Group`, one folder a controller.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from windtunnel.engine.group import Group, remove

_CONTROLLERS = ("memory", "pids", "cpu")


class ControlGroups:
    """Where this machine lets us make groups; `absent` says why not, by controller."""

    def __init__(self, name: str, root: str = "/", cpu: bool = False) -> None:
        """
        `name` is unique on the machine; `root` is where /proc and /sys are found; `cpu`: processor time is limited too.
        """
        self.version = 0
        self.absent: dict[str, str] = {}
        self._parents: dict[str, Path] = {}
        self._made = 0
        self._groups: list[Group] = []
        self._name = name
        self._root = Path(root)
        self._cpu = cpu
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
            remove(str(parent))
        self._parents.clear()

    def _prepare(self) -> None:
        """Nothing is made on the machine before it is needed: who never runs a function leaves nothing behind."""
        if self._prepared:
            return
        self._prepared = True
        for controller, folder in _usable(self._root, self.absent).items():
            if controller == "cpu" and not self._cpu:
                continue
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
