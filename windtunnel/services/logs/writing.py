"""Events on their way in: from functions, and from PutLogEvents."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.logs.facts import LogsWritten
from windtunnel.services.logs.records import (
    Destination,
    LogBatch,
    LogGroup,
    LogStream,
    MetricFilter,
    QueryDefinition,
    ResourcePolicy,
    Subscription,
)

DAY_MS = 86_400_000
EVENT_OVERHEAD_BYTES = 26
"""What an event counts besides its text. AWS: API_PutLogEvents.html"""


class LogTables(Operations, api="logs"):
    """What the nouns of CloudWatch Logs share."""

    groups = Table(LogGroup, key="name")
    streams = Table(LogStream, key="name", within="group")
    batches = Stream(LogBatch, within="stream")
    metric_filters = Table(MetricFilter, key="name", within="group")
    subscriptions = Table(Subscription, key="name", within="group")
    destinations = Table(Destination, key="name")
    policies = Table(ResourcePolicy, key="name")
    query_definitions = Table(QueryDefinition, key="id")

    def group_arn(self, name: str) -> str:
        return self.home.arn("logs", f"log-group:{name}")

    def group(self, name: str | None, identifier: str | None = None) -> LogGroup:
        """The group of a name, or of an identifier that is a name or an ARN. Raises ResourceNotFoundException."""
        if (name is None) == (identifier is None):
            message = "Exactly one of logGroupName and logGroupIdentifier must be given."
            raise invalid(message)
        wanted = name if identifier is None else identifier.partition(":log-group:")[2] or identifier
        found = self.groups.get((wanted or "").removesuffix(":*"))
        if found is None:
            raise not_found("log group")
        return found

    def stream(self, group: LogGroup, name: str) -> LogStream:
        found = self.streams.get(group.name, name)
        if found is None:
            raise not_found("log stream")
        return found

    def oldest_kept(self, group: LogGroup) -> int:
        """Events before this time, in milliseconds, are gone."""
        if not group.retention_days:
            return 0
        return int(self.clock.now() * 1000) - group.retention_days * DAY_MS


class Writing(LogTables):
    def write(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Keep what a function wrote; its group and stream are made where they are missing, as Lambda does."""
        with self.home.step():
            record = self.streams.get(group, stream)
            if record is None:
                now = self.clock.now()
                if group not in self.groups:
                    self.groups.put(LogGroup(name=group, arn=self.group_arn(group), created_at=now))
                arn = f"{self.group_arn(group)}:log-stream:{stream}"
                record = self.streams.put(LogStream(group=group, name=stream, arn=arn, created_at=now))
            self._append(record, tuple(events))

    def append(self, group: str, stream: str, events: tuple[tuple[int, str], ...]) -> None:
        """Add events to a stream that is there."""
        record = self.streams.get(group, stream)
        if record is not None:
            self._append(record, events)

    def _append(self, record: LogStream, events: tuple[tuple[int, str], ...]) -> None:
        if not events:
            return
        group, stream = record.group, record.name
        position = self.batches.append(LogBatch(f"{group}:{stream}", int(self.clock.now() * 1000), events))
        self.home.record(LogsWritten(group, stream, events))
        self.home.signal(f"logs:{group}").fire()
        if self.subscriptions.count(group):
            self.noun("Subscriptions").hand_on(group, stream, position, events)


def not_found(what: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"The specified {what} does not exist.")


def already_exists(what: str) -> ApiError:
    return ApiError("ResourceAlreadyExistsException", f"The specified {what} already exists")


def invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)


def limit_exceeded() -> ApiError:
    return ApiError("LimitExceededException", "Resource limit exceeded.")


def milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def page(items: list[Any], token: str | None, limit: int) -> tuple[list[Any], str | None]:
    """The items of a page and the token of the next one. Raises InvalidParameterException for a token that is none."""
    if token is not None and not token.isdigit():
        raise invalid("The specified nextToken is invalid.")
    start = int(token or 0)
    end = start + limit
    return items[start:end], str(end) if end < len(items) else None
