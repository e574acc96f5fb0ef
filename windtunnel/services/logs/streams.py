"""Log streams."""

from __future__ import annotations

import hashlib
from typing import Any

from windtunnel.services.logs.records import LogStream
from windtunnel.services.logs.summaries import Summary
from windtunnel.services.logs.writing import LogTables, already_exists, invalid, milliseconds, page


class Streams(LogTables):
    def create_log_stream(self, ctx, logGroupName, logStreamName):
        if ":" in logStreamName or "*" in logStreamName:
            raise invalid(f"1 validation error detected: Value '{logStreamName}' at 'logStreamName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [^:*]*")  # fmt: skip
        group = self.group(logGroupName)
        if self.streams.get(group.name, logStreamName) is not None:
            raise already_exists("log stream")
        arn = f"{group.arn}:log-stream:{logStreamName}"
        self.streams.put(LogStream(group=group.name, name=logStreamName, arn=arn, created_at=self.clock.now()))

    def delete_log_stream(self, ctx, logGroupName, logStreamName):
        stream = self.stream(self.group(logGroupName), logStreamName)
        self.batches.drop(f"{stream.group}:{stream.name}")
        self.streams.delete(stream.group, stream.name)

    def describe_log_streams(
        self, ctx, logGroupName=None, logGroupIdentifier=None, logStreamNamePrefix=None, orderBy="LogStreamName",
        descending=False, nextToken=None, limit=50,
    ):  # fmt: skip
        if orderBy == "LastEventTime" and logStreamNamePrefix:
            raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        group = self.group(logGroupName, logGroupIdentifier)
        found = [stream for stream in self.streams.all(group.name) if stream.name.startswith(logStreamNamePrefix or "")]
        if orderBy == "LastEventTime":
            found.sort(key=lambda stream: (self._summary(stream).last, stream.name), reverse=bool(descending))
        else:
            found.sort(key=lambda stream: stream.name, reverse=bool(descending))
        shown, token = page(found, nextToken, limit)
        return {"logStreams": [self._described(stream) for stream in shown], "nextToken": token}

    def _described(self, stream: LogStream) -> dict[str, Any]:
        summary = self._summary(stream)
        return {
            "logStreamName": stream.name,
            "creationTime": milliseconds(stream.created_at),
            "firstEventTimestamp": summary.first or None,
            "lastEventTimestamp": summary.last or None,
            "lastIngestionTime": summary.ingested or None,
            "uploadSequenceToken": sequence_token(stream.arn) if summary.ingested else None,
            "arn": stream.arn,
            "storedBytes": 0,
        }

    def _summary(self, stream: LogStream) -> Summary:
        summary: Summary = self.noun("Summaries").of(stream)
        return summary


def sequence_token(arn: str) -> str:
    """Clients may still send it; AWS has not looked at it since 2023."""
    return str(int.from_bytes(hashlib.sha256(arn.encode()).digest(), "big"))[:56]
