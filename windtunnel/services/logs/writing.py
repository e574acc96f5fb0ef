"""Events on their way in: from functions, and from PutLogEvents."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.operations import Operations
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.logs.facts import LogsWritten
from windtunnel.services.logs.records import LogBatch, LogGroup, LogStream


class LogTables(Operations, api="logs"):
    """What the nouns of CloudWatch Logs share."""

    groups = Table(LogGroup, key="name")
    streams = Table(LogStream, key="name", within="group")
    batches = Stream(LogBatch, within="stream")

    def group_arn(self, name: str) -> str:
        return self.home.arn("logs", f"log-group:{name}")


class Writing(LogTables):
    def write(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Keep what a function wrote; its group and stream are made where they are missing, as Lambda does."""
        now = self.clock.now()
        with self.home.step():
            if group not in self.groups:
                self.groups.put(LogGroup(name=group, arn=self.group_arn(group), created_at=now))
            if self.streams.get(group, stream) is None:
                arn = f"{self.group_arn(group)}:log-stream:{stream}"
                self.streams.put(LogStream(group=group, name=stream, arn=arn, created_at=now))
            self.append(group, stream, tuple(events))

    def append(self, group: str, stream: str, events: tuple[tuple[int, str], ...]) -> None:
        """Add events to a stream that is there."""
        record = self.streams.get(group, stream)
        ingested = int(self.clock.now() * 1000)
        self.batches.append(LogBatch(f"{group}:{stream}", ingested, events))
        self.streams.put(
            replace(
                record,
                first_event=min(record.first_event or events[0][0], events[0][0]),
                last_event=max(record.last_event, events[-1][0]),
                last_ingestion=ingested,
            )
        )
        self.home.record(LogsWritten(group, stream, events))
        self.home.signal(f"logs:{group}").fire()
