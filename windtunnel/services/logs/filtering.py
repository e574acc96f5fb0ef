"""FilterLogEvents: the events of several streams, in the order of their times, that match a pattern."""

from __future__ import annotations

from typing import Any

from windtunnel.services.logs.filter_patterns import checked
from windtunnel.services.logs.reading import MAXIMUM_EVENTS, Event, EventTables, fitting
from windtunnel.services.logs.records import LogGroup
from windtunnel.services.logs.writing import invalid


class Filtering(EventTables):
    inert = {
        "FilterLogEvents.interleaved": "Events of all streams are always interleaved, as AWS does since 2019.",
        "FilterLogEvents.unmask": "Nothing is masked here.",
    }

    def filter_log_events(
        self, ctx, logGroupName=None, logGroupIdentifier=None, logStreamNames=None, logStreamNamePrefix=None,
        startTime=None, endTime=None, filterPattern=None, nextToken=None, limit=MAXIMUM_EVENTS,
    ):  # fmt: skip
        group = self.group(logGroupName, logGroupIdentifier)
        if logStreamNames and logStreamNamePrefix:
            raise invalid("LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.")
        matches = checked(filterPattern or "")
        after = self._place(nextToken)
        found = [
            event
            for name in self._streams(group, logStreamNames, logStreamNamePrefix)
            for event in self.events(group, name, startTime, endTime)
            if (event.number, event.stream) > after and matches(event.message) is not None
        ]
        found.sort()
        shown = fitting(found, limit)
        token = f"{shown[-1].id}/{shown[-1].stream}" if len(shown) < len(found) else None
        return {"events": [_shown(event) for event in shown], "searchedLogStreams": [], "nextToken": token}

    def _streams(self, group: LogGroup, names: list[str] | None, prefix: str | None) -> list[str]:
        if names:
            return [self.stream(group, name).name for name in dict.fromkeys(names)]
        return [stream.name for stream in self.streams.all(group.name) if stream.name.startswith(prefix or "")]

    def _place(self, token: str | None) -> tuple[int, str]:
        if token is None:
            return -1, ""
        number, slash, stream = token.partition("/")
        if not number.isdigit() or not slash:
            raise invalid("The specified nextToken is invalid.")
        return int(number), stream


def _shown(event: Event) -> dict[str, Any]:
    return {
        "logStreamName": event.stream,
        "timestamp": event.time,
        "message": event.message,
        "ingestionTime": event.ingested,
        "eventId": event.id,
    }
