"""The clock of schedules: each waits for its next time, and then hands an invocation to the fabric."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.fabric import retry_policy
from windtunnel.fabric.deliveries import Delivery
from windtunnel.kernel.clock import Timer
from windtunnel.services.scheduler import times
from windtunnel.services.scheduler.groups import SchedulerTables
from windtunnel.services.scheduler.records import Invocation, Schedule


class Firing(SchedulerTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._timers: dict[str, Timer] = {}

    def resume(self) -> None:
        """After a restart a one-time schedule that was missed fires at once; others go on with their next time."""
        now = self.clock.now()
        for schedule in self.schedules.all():
            missed = schedule.due_at and schedule.due_at < now and not schedule.expression.startswith("at(")
            self.arm(replace(schedule, due_at=times.following(schedule, now)) if missed else schedule)

    def arm(self, schedule: Schedule) -> None:
        """Keep it, and wake up when it is due; a disabled one does not fire."""
        self.forget(schedule)
        self.schedules.put(schedule)
        if schedule.enabled and schedule.due_at:
            self._timers[schedule.arn] = self.clock.call_at(schedule.due_at, lambda: self._due(schedule))

    def forget(self, schedule: Schedule) -> None:
        if (timer := self._timers.pop(schedule.arn, None)) is not None:
            timer.cancel()

    def _due(self, due: Schedule) -> None:
        """Everything in one step: what is due is on its way, and the next time is known."""
        self._timers.pop(due.arn, None)
        schedule = self.schedules.get(due.group, due.name)
        if schedule is None or not schedule.enabled or schedule.due_at != due.due_at:
            return
        now = self.clock.now()
        next_at = times.following(schedule, now)
        with self.home.step():
            self.home.cloud.fabric.accept(self._delivery(schedule, now))
            if not next_at and schedule.deleted_when_over:
                self.schedules.delete(schedule.group, schedule.name)
            else:
                self.arm(replace(schedule, due_at=next_at))

    def _delivery(self, schedule: Schedule, now: float) -> Delivery:
        """A flexible window starts with the scheduled time. AWS: scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html"""
        begins_at = max(now, schedule.due_at) + self.ids.fraction() * schedule.window_minutes * 60
        invocation = Invocation(
            schedule=schedule.arn, target=schedule.target, scheduled_at=schedule.due_at, execution=self.ids.hex(16)
        )
        return Delivery(
            id=self.ids.uuid(), service="scheduler", noun="Invocations", account=self.home.account, region=self.home.region,
            target=schedule.target["Arn"], payload=msgspec.msgpack.encode(invocation), accepted_at=now, due_at=begins_at,
            expires_at=begins_at + retry_policy.of(schedule.target)["MaximumEventAgeInSeconds"],
        )  # fmt: skip
