"""Events that come in: checked one by one, matched, handed on to the targets of the rules that they match."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.fabric.patterns import compiled
from windtunnel.services.events.buses import EventTables, bus_name
from windtunnel.services.events.facts import EventPut
from windtunnel.services.events.matching import Matcher
from windtunnel.services.events.rules import check_pattern

MOST_BYTES = 1_048_576  # AWS: eventbridge/latest/userguide/eb-putevents.html, since 2026-01-29
_FIELDS = ("id", "account", "source", "time", "region", "resources", "detail-type", "detail")


class Entries(EventTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._matchers: dict[str, Matcher] = {}

    async def put_events(self, ctx, Entries):
        if sum(_size(entry) for entry in Entries) > MOST_BYTES:
            raise ApiError("ValidationException", "Total size of the entries in the request is over the limit.")
        answers: list[dict[str, Any]] = []
        for entry in Entries:
            try:
                event = self._event(entry, _detail(entry))
            except ApiError as refused:
                answers.append({"ErrorCode": refused.code, "ErrorMessage": refused.message})
                continue
            answers.append({"EventId": event["id"]})
            await self._arrived(entry.get("EventBusName"), event, entry.get("TraceHeader") or ctx.trace)
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    def test_event_pattern(self, ctx, EventPattern, Event):
        try:
            event = msgspec.json.decode(Event)
        except msgspec.DecodeError:
            event = None
        if not isinstance(event, dict):
            raise ApiError("ValidationException", "Parameter Event is not valid.")
        check_pattern(EventPattern)
        if missing := next((field for field in _FIELDS if field not in event and field != "detail"), None):
            reason = f"{missing} is a required argument."
            raise ApiError("ValidationException", f"Parameter Event is not valid. Reason: {reason}")
        return {"Result": compiled(EventPattern)(event)}

    async def arrive(
        self, bus: str, event: dict[str, Any], trace: str = "", *, hopped: bool = False, only: tuple[str, ...] = ()
    ) -> None:
        """An event of a service of AWS, one that has `hopped` over from another bus, or a replayed one (for some rules `only`)."""
        await self._arrived(bus, event, trace, hopped, only)

    def listened(self, bus: str) -> bool:
        """Whether an event of this bus could go anywhere: to a rule, or into an archive."""
        return bool(self.rules.count(bus) or self.noun("Archives").archives.count())

    def forget(self, bus: str) -> None:
        """A rule of this bus has changed."""
        self._matchers.pop(bus, None)

    async def _arrived(
        self, bus: str | None, event: dict[str, Any], trace: str, hopped: bool = False, only: tuple[str, ...] = ()
    ) -> None:
        home, name = self.home, bus_name(bus)
        if bus and bus.startswith("arn:"):
            _, _, _, region, account, _ = bus.split(":", 5)
            home = self.home.cloud.home(account or self.home.account, region or self.home.region)
        if home is not self.home:
            await home.service("events").nouns["Entries"].arrive(name, event, trace, hopped=hopped, only=only)
            return
        matcher = self._matchers.get(name)
        if matcher is None:
            matcher = self._matchers[name] = Matcher(self.rules.all(name))
        rules = [rule for rule in matcher.matching(event) if not only or rule.arn in only]
        self.noun("Archives").keep(name, event)
        self.home.record(
            EventPut(name, event["id"], event["source"], event["detail-type"], tuple(rule.arn for rule in rules))
        )
        deliveries = self.noun("Deliveries")
        for rule in rules:
            await deliveries.deliver(rule, event, self.targets.all(rule.place), trace, hopped=hopped)

    def _event(self, entry: dict[str, Any], detail: dict[str, Any]) -> dict[str, Any]:
        """The event as rules and targets see it. AWS: eventbridge/latest/userguide/eb-events-structure.html"""
        at = entry.get("Time")
        seconds = at.timestamp() if isinstance(at, datetime) else at if at is not None else self.clock.now()
        return {
            "version": "0",
            "id": self.ids.uuid(),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self.home.account,
            "time": timestamps.iso(int(seconds)),
            "region": self.home.region,
            "resources": list(entry.get("Resources") or ()),
            "detail": detail,
        }


def _detail(entry: dict[str, Any]) -> dict[str, Any]:
    """The detail of an entry that can be taken. Raises ApiError."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            raise ApiError("InvalidArgument", reason)
    if entry["Source"].startswith("aws."):
        raise ApiError("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        return msgspec.json.decode(entry["Detail"], type=dict[str, Any])
    except msgspec.DecodeError:
        raise ApiError("MalformedDetail", "Detail is malformed.") from None


def _size(entry: dict[str, Any]) -> int:
    """AWS: eventbridge/latest/userguide/eb-putevents.html, "Calculating PutEvents event entry sizes"."""
    size = 14 if entry.get("Time") is not None else 0
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    return size + sum(len(text.encode()) for text in [*texts, *(entry.get("Resources") or ())])
