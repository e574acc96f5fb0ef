"""Who of elsewhere may put events on a bus, and rules: the policy of the bus decides.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.calls import Call, Sender
from windtunnel.aws.visitors import Asked, Visiting
from windtunnel.services.events.buses import EventTables, bus_name, policy_text
from windtunnel.services.events.records import DEFAULT, Bus
from windtunnel.services.events.rules import rule_arn

_OF_BUSES = ("DescribeEventBus", "ListRuleNamesByTarget", "ListRules")


class Visitors(EventTables, Visiting):
    def note_sender(self, call: Call, sender: Sender) -> None:
        """Nothing: no service puts events in nobody's name."""

    def asked(self, call: Call) -> list[Asked]:
        if call.operation == "PutEvents":
            entries = call.params["Entries"]
            return [
                self.event(self.bus_at(entry.get("EventBusName")), entry.get("Source"), entry.get("DetailType"))
                for entry in entries
            ]
        bus = self.bus_at(call.params.get("EventBusName") or call.params.get("Name"))
        action = f"events:{call.operation}"
        if call.operation in _OF_BUSES:
            return [Asked(action, bus.arn, policy_text(bus))]
        name = call.params.get("Rule") or call.params.get("Name") or ""
        rule = self.rules.get(bus.name, name)
        context = {"events:creatorAccount": rule.owner if rule is not None else call.account}
        return [Asked(action, rule_arn(self.home, bus, name), policy_text(bus), context)]

    def event(self, bus: Bus, source: str | None, detail_type: str | None) -> Asked:
        context: dict[str, Any] = {"events:source": source or "", "events:detail-type": detail_type or ""}
        return Asked("events:PutEvents", bus.arn, policy_text(bus), context)

    def admit_entry(self, access_key: str, entry: dict[str, Any]) -> None:
        """For an entry of PutEvents that goes to a bus of this account. Raises AccessDeniedException."""
        name = bus_name(entry["EventBusName"])
        bus = self.bus_at(name) if name == DEFAULT else self.buses.get(name)
        if bus is None:
            self.check(access_key, Asked("events:PutEvents", self.bus_arn(name)))
        else:
            self.check(access_key, self.event(bus, entry.get("Source"), entry.get("DetailType")))

    def admit_event(self, access_key: str, bus: Bus, event: dict[str, Any], rule: str) -> None:
        """For an event that a rule of another account passes on. Raises AccessDeniedException."""
        asked = self.event(bus, event["source"], event["detail-type"])
        self.check(access_key, asked._replace(context={**asked.context, "aws:SourceArn": rule}))
