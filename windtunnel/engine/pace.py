"""How fast the processes of an environment run: freely while they start, at their share during invocations, not between."""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.engine.duty_cycle import DutyCycle
from windtunnel.engine.freezing import Freezer
from windtunnel.engine.group import Group

MB_PER_CPU = 1_769  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html


class Pace:
    """
    `processes` lists those of the environment, `idle` says whether nothing is under way. With `freeze` they stand still
    then, with `cpu_share` an invocation gets processor time in proportion to the function's memory.
    """

    def __init__(
        self,
        memory_mb: int,
        freeze: bool,
        cpu_share: bool,
        processes: Callable[[], list[int]],
        idle: Callable[[], bool],
    ) -> None:
        self._share = memory_mb / MB_PER_CPU if cpu_share else None
        self._freeze = freeze
        self._freezer = Freezer(processes, idle)
        self._duty: DutyCycle | None = None

    def started(self, group: Group | None) -> None:
        """The initialisation is over. AWS: it is not throttled, invocations are."""
        if self._share is None:
            return
        if group is not None and group.limits_cpu:
            group.limit_cpu(self._share)
        else:
            self._duty = DutyCycle(self._share, self._freezer.freeze, self._freezer.thaw)

    def run(self) -> None:
        """An invocation begins."""
        if self._freezer.stopped:
            self._freezer.thaw()
        if self._duty is not None:
            self._duty.begin()

    def free(self) -> None:
        """The processes run as fast as they can: an invocation has been answered, or they are to come to an end."""
        if self._duty is not None:
            self._duty.end()
        if self._freezer.stopped:
            self._freezer.thaw()

    def rest(self) -> None:
        """Nothing is under way."""
        if self._freeze:
            self._freezer.idle()

    def end(self) -> None:
        """The process is gone, or is about to."""
        if self._duty is not None:
            self._duty.end()
            self._duty = None
        self._freezer.close()
