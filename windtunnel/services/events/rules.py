"""Operations on rules: what they match or when they fire."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.aws.paging import page
from windtunnel.fabric import schedules
from windtunnel.fabric.patterns import InvalidPattern, compiled
from windtunnel.services.events.buses import EventTables, check_own
from windtunnel.services.events.records import DEFAULT, Bus, Rule


class Rules(EventTables):
    def put_rule(
        self, ctx, Name, ScheduleExpression="", EventPattern="", State="ENABLED", Description="", RoleArn="", Tags=None,
        EventBusName=None,
    ):  # fmt: skip
        bus = self.bus_ruled(EventBusName)
        if not ScheduleExpression and not EventPattern:
            raise _invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        if ScheduleExpression and bus.name != DEFAULT:
            raise _invalid("ScheduleExpression is supported only on the default event bus.")
        check_pattern(EventPattern)
        due_at = self._first_time(ScheduleExpression)
        known = self.rules.get(bus.name, Name)
        check_own(known)
        tags = {tag["Key"]: tag["Value"] for tag in Tags or ()}
        rule = Rule(
            place=f"{bus.name}/{Name}", bus=bus.name, name=Name, arn=rule_arn(self.home, bus, Name),
            owner=known.owner if known is not None else ctx.account, pattern=EventPattern or "", schedule=ScheduleExpression or "",
            state=State or "ENABLED", description=Description or "", role=RoleArn or "",
            tags=known.tags if known is not None else tags, due_at=due_at,
        )  # fmt: skip
        self._put(rule)
        return {"RuleArn": rule.arn}

    def describe_rule(self, ctx, Name, EventBusName=None):
        rule = self.rule_at(Name, EventBusName)
        return {**_shown(rule), "CreatedBy": rule.owner}

    def delete_rule(self, ctx, Name, EventBusName=None, Force=False):
        rule = self.rules.get(self.bus_ruled(EventBusName).name, Name)
        if rule is None:
            return
        check_own(rule, Force)
        if self.targets.count(rule.place):
            raise _invalid("Rule can't be deleted since it has targets.")
        self.rules.delete(rule.bus, rule.name)
        self.noun("Entries").forget(rule.bus)
        self.noun("Archives").forget(rule.bus)

    def enable_rule(self, ctx, Name, EventBusName=None):
        rule = self.rule_at(Name, EventBusName)
        check_own(rule)
        self._put(replace(rule, state="ENABLED", due_at=self._first_time(rule.schedule)))

    def disable_rule(self, ctx, Name, EventBusName=None):
        rule = self.rule_at(Name, EventBusName)
        check_own(rule)
        self._put(replace(rule, state="DISABLED"))

    def list_rules(self, ctx, NamePrefix="", EventBusName=None, NextToken=None, Limit=None):
        of_bus = sorted(self.rules.all(self.bus_ruled(EventBusName).name), key=lambda rule: rule.name)
        found = [_shown(rule) for rule in of_bus if rule.name.startswith(NamePrefix or "")]
        return page("Rules", found, NextToken, Limit)

    def list_rule_names_by_target(self, ctx, TargetArn, EventBusName=None, NextToken=None, Limit=None):
        of_bus = sorted(self.rules.all(self.bus_ruled(EventBusName).name), key=lambda rule: rule.name)
        names = [r.name for r in of_bus if any(t.arn == TargetArn for t in self.targets.all(r.place))]
        return page("RuleNames", names, NextToken, Limit)

    def _put(self, rule: Rule) -> None:
        self.rules.put(rule)
        self.noun("Entries").forget(rule.bus)
        if rule.schedule:
            self.noun("Schedule").arm(rule)

    def _first_time(self, schedule: str) -> float:
        if not schedule:
            return 0.0
        try:
            return schedules.compiled(schedule)(self.clock.now()) or 0.0
        except schedules.InvalidSchedule:
            raise _invalid("Parameter ScheduleExpression is not valid.") from None


def rule_arn(home: Home, bus: Bus, name: str) -> str:
    return home.arn("events", f"rule/{name}" if bus.name == DEFAULT else f"rule/{bus.name}/{name}")


def check_pattern(pattern: str) -> None:
    """Raises InvalidEventPatternException."""
    if pattern:
        try:
            compiled(pattern)
        except InvalidPattern as error:
            raise ApiError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from None


def _shown(rule: Rule) -> dict[str, Any]:
    shown = {"Name": rule.name, "Arn": rule.arn, "State": rule.state, "EventBusName": rule.bus}
    more = {
        "EventPattern": rule.pattern,
        "ScheduleExpression": rule.schedule,
        "Description": rule.description,
        "RoleArn": rule.role,
        "ManagedBy": rule.managed_by,
    }
    return {**shown, **{name: value for name, value in more.items() if value}}


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
