"""What the events of a stream come to: the first and the last of them, and their size; added up when somebody asks."""

from __future__ import annotations

from typing import Any

from windtunnel.services.logs.records import LogStream
from windtunnel.services.logs.writing import EVENT_OVERHEAD_BYTES, LogTables


class Summary:
    """Of the batches from position `begin` to before `end`; times in milliseconds, 0 where there is no event."""

    __slots__ = ("begin", "end", "first", "ingested", "last", "size")

    def __init__(self, begin: int) -> None:
        self.begin = self.end = begin
        self.first = self.last = self.ingested = self.size = 0


class Summaries(LogTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._known: dict[str, Summary] = {}

    def of(self, stream: LogStream) -> Summary:
        """Only what has come since it was asked for last is read."""
        partition = f"{stream.group}:{stream.name}"
        begin, end = self.batches.begin(partition), self.batches.end(partition)
        summary = self._known.get(partition)
        if summary is None or summary.begin != begin or summary.end > end:
            summary = self._known[partition] = Summary(begin)
        for _, batch in self.batches.read(partition, summary.end):
            times = batch.events[0][0], batch.events[-1][0]
            summary.first = min(summary.first or times[0], times[0])
            summary.last = max(summary.last, times[1])
            summary.ingested = batch.ingested
            summary.size += sum(EVENT_OVERHEAD_BYTES + len(message) for _, message in batch.events)
        summary.end = end
        return summary

    def stored_bytes(self, group: str) -> int:
        return sum(self.of(stream).size for stream in self.streams.all(group))
