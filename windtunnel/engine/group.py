"""
What the kernel limits and measures of one environment: memory, processes, processor time.

Files in /tmp are memory to the kernel but not to AWS, so on version 1 of control groups the hard limit leaves room for
them and a threshold event tells when memory other than files has reached the function's limit.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

MEBIBYTE = 1 << 20
MOST_PROCESSES = 1024  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
CPU_PERIOD_US = 20_000
"""As AWS has it: a function with a small share works in short bursts, some 50 a second."""
_SMALLEST_QUOTA_US = 1_000
_SMALLEST_STEP = MEBIBYTE


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
        self._cpu = folders.get("cpu", "")
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

    @property
    def limits_cpu(self) -> bool:
        return bool(self._cpu)

    def limit_cpu(self, share: float | None) -> None:
        """Processor time per time, in processors; None gives as much as there is."""
        if not self._cpu or self.closed:
            return
        quota = max(int(share * CPU_PERIOD_US), _SMALLEST_QUOTA_US) if share is not None else None
        if self._version == 2:
            _put(self._cpu + "/cpu.max", f"{quota or 'max'} {CPU_PERIOD_US}")
        else:
            _put(self._cpu + "/cpu.cfs_period_us", CPU_PERIOD_US)
            _put(self._cpu + "/cpu.cfs_quota_us", quota or -1)

    def processes(self) -> list[int]:
        """Their ids on this machine; none where no group says."""
        if not self.folders or self.closed:
            return []
        try:
            with open(self.folders[0] + "/cgroup.procs") as file:
                return [int(line) for line in file]
        except OSError:
            return []

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
        """A new process begins in the same group, and initialises itself with all the processor time there is."""
        self.limit_cpu(None)
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
            remove(folder)

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


def remove(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass  # somebody else's process is in it, or it is gone already
