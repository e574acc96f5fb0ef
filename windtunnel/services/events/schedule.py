"""Rules that fire by the clock. AWS: eventbridge/latest/userguide/eb-create-rule-schedule.html"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.fabric import schedules
from windtunnel.kernel.clock import Timer
from windtunnel.services.events.buses import EventTables
from windtunnel.services.events.records import Rule


class Schedule(EventTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._timers: dict[str, Timer] = {}

    def resume(self) -> None:
        """After a restart, rules go on at their next time; what was missed meanwhile is not made up for."""
        for rule in self.rules.all():
            if rule.schedule:
                self.arm(self._after(rule))

    def arm(self, rule: Rule) -> None:
        """Wake up when the rule is due; a disabled one does not fire."""
        if (old := self._timers.pop(rule.place, None)) is not None:
            old.cancel()
        if rule.enabled and rule.due_at:
            self._timers[rule.place] = self.clock.call_at(rule.due_at, lambda: self._due(rule))

    def _due(self, rule: Rule) -> None:
        self._timers.pop(rule.place, None)
        known = self.rules.get(rule.bus, rule.name)
        if known is None or not known.enabled or known.due_at != rule.due_at:
            return
        self.arm(self._after(known))
        self.home.spawn(self._fire(known), f"schedule of {known.place}")

    def _after(self, rule: Rule) -> Rule:
        """The rule with the first of its times that is still to come."""
        now, following = self.clock.now(), schedules.compiled(rule.schedule)
        next_at = following(rule.due_at) if 0 < rule.due_at <= now else rule.due_at
        if next_at and next_at <= now:
            next_at = following(now)
        return self.rules.put(replace(rule, due_at=next_at or 0.0))

    async def _fire(self, rule: Rule) -> None:
        event = {
            "version": "0",
            "id": self.ids.uuid(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self.home.account,
            "time": timestamps.iso(int(rule.due_at)),
            "region": self.home.region,
            "resources": [rule.arn],
            "detail": {},
        }
        with self.clock.working():
            await self.noun("Deliveries").deliver(rule, event, self.targets.all(rule.place), "")
