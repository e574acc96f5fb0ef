"""GetLogEvents: the events of one stream, page by page in both directions.

Each event has a number that grows with its time and, among equals, with its arrival. A token holds such a number: the forward one
asks for what comes after, the backward one for what stands before.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from windtunnel.services.logs.records import LogGroup
from windtunnel.services.logs.writing import EVENT_OVERHEAD_BYTES, LogTables, invalid

MAXIMUM_EVENTS = 10_000
LARGEST_PAGE_BYTES = 1_048_576
_TOKEN = re.compile(r"([fb])/(\d{56})/s")


class Event(NamedTuple):
    number: int
    stream: str
    time: int
    message: str
    ingested: int

    @property
    def id(self) -> str:
        return f"{self.number:056d}"


class EventTables(LogTables):
    def events(self, group: LogGroup, stream: str, start: int | None, end: int | None) -> list[Event]:
        """The events of a stream from `start` to before `end`, in the order of their numbers; expired ones are dropped."""
        oldest = self.oldest_kept(group)
        if oldest:
            self._drop_expired(group, stream, oldest)
        first = max(oldest, start or 0)
        found = [
            Event(number(time, position, place), stream, time, message, batch.ingested)
            for position, batch in self.batches.read(f"{group.name}:{stream}")
            for place, (time, message) in enumerate(batch.events)
            if time >= first and (end is None or time < end)
        ]
        found.sort()
        return found

    def _drop_expired(self, group: LogGroup, stream: str, oldest: int) -> None:
        partition = f"{group.name}:{stream}"
        keep_from = 0
        for position, batch in self.batches.read(partition):
            if any(time >= oldest for time, _ in batch.events):
                break
            keep_from = position + 1
        if keep_from:
            self.batches.trim(partition, before=keep_from)


class Reading(EventTables):
    inert = {"GetLogEvents.unmask": "Nothing is masked here."}

    def get_log_events(
        self, ctx, logStreamName, logGroupName=None, logGroupIdentifier=None, startTime=None, endTime=None,
        nextToken=None, limit=MAXIMUM_EVENTS, startFromHead=False,
    ):  # fmt: skip
        group = self.group(logGroupName, logGroupIdentifier)
        self.stream(group, logStreamName)
        token = _TOKEN.fullmatch(nextToken) if nextToken is not None else None
        if nextToken is not None and token is None:
            raise invalid("The specified nextToken is invalid.")
        events = self.events(group, logStreamName, startTime, endTime)
        if token is None:
            shown = fitting(events, limit) if startFromHead else fitting(events[::-1], limit)[::-1]
            place = 0
        elif token[1] == "f":
            place = int(token[2])
            shown = fitting([event for event in events if event.number > place], limit)
        else:
            place = int(token[2])
            shown = fitting([event for event in reversed(events) if event.number < place], limit)[::-1]
        return {
            "events": [_shown(event) for event in shown],
            "nextForwardToken": f"f/{(shown[-1].number if shown else place):056d}/s",
            "nextBackwardToken": f"b/{(shown[0].number if shown else place):056d}/s",
        }


def number(time: int, position: int, place: int) -> int:
    return (time * 10**20 + position) * 10**6 + place


def fitting(events: list[Event], limit: int) -> list[Event]:
    """As many events from the front as a page may hold; at least one."""
    size = 0
    for count, event in enumerate(events[:limit]):
        size += len(event.message) + EVENT_OVERHEAD_BYTES
        if size > LARGEST_PAGE_BYTES and count:
            return events[:count]
    return events[:limit]


def _shown(event: Event) -> dict[str, Any]:
    return {"timestamp": event.time, "message": event.message, "ingestionTime": event.ingested}
