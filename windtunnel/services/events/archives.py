"""Archives: they keep what comes to a bus. AWS: eventbridge/latest/userguide/eb-archive-event.html"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.paging import page
from windtunnel.fabric.patterns import Matches, compiled
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.events.buses import EventTables, not_found
from windtunnel.services.events.records import Archive, Archived, Rule, Target
from windtunnel.services.events.rules import check_pattern, rule_arn

RULE_PREFIX = "Events-Archive-"
MANAGER = "prod.vhs.events.aws.internal"
_TEMPLATE = (
    '{"archive-arn": "%s", "event": <aws.events.event.json>, "ingestion-time": <aws.events.event.ingestion-time>}'
)
_DAY_S = 86_400
_TIME_BYTES = 14


class Archives(EventTables):
    archives = Table(Archive, key="name")
    archived = Stream(Archived, within="archive")
    inert = {
        "CreateArchive.KmsKeyIdentifier": "Kept and shown: events are not encrypted on this machine.",
        "UpdateArchive.KmsKeyIdentifier": "Kept and shown: events are not encrypted on this machine.",
    }

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._of_bus: dict[str, list[tuple[Archive, Matches | None]]] = {}

    def create_archive(
        self, ctx, ArchiveName, EventSourceArn, Description="", EventPattern="", RetentionDays=0, KmsKeyIdentifier=""
    ):  # fmt: skip
        if self.archives.get(ArchiveName) is not None:
            raise ApiError("ResourceAlreadyExistsException", f"Archive {ArchiveName} already exists.")
        bus = self.bus_at(EventSourceArn)
        check_pattern(EventPattern)
        archive = Archive(
            name=ArchiveName, arn=self.home.arn("events", f"archive/{ArchiveName}"), bus=bus.name, source=bus.arn,
            created_at=self.clock.now(), description=Description or "", pattern=EventPattern or "",
            retention_days=RetentionDays or 0, kms_key=KmsKeyIdentifier or "", ruled=True,
        )  # fmt: skip
        return _short(self._ruled(archive))

    def update_archive(
        self, ctx, ArchiveName, Description=None, EventPattern=None, RetentionDays=None, KmsKeyIdentifier=None
    ):  # fmt: skip
        archive = self.archive_at(ArchiveName)
        check_pattern(EventPattern or "")
        changed = replace(
            archive,
            description=archive.description if Description is None else Description,
            pattern=archive.pattern if EventPattern is None else EventPattern,
            retention_days=archive.retention_days if RetentionDays is None else RetentionDays,
            kms_key=archive.kms_key if KmsKeyIdentifier is None else KmsKeyIdentifier,
        )
        return _short(self._ruled(changed))

    def describe_archive(self, ctx, ArchiveName):
        archive = self.archive_at(ArchiveName)
        more = {
            "Description": archive.description,
            "EventPattern": archive.pattern,
            "KmsKeyIdentifier": archive.kms_key,
        }
        shown = {"ArchiveArn": archive.arn, **self._shown(archive)}
        return {**shown, **{name: text for name, text in more.items() if text}}

    def list_archives(self, ctx, NamePrefix="", EventSourceArn="", State="ENABLED", NextToken=None, Limit=None):
        found = [
            self._shown(archive)
            for archive in sorted(self.archives.all(), key=lambda each: each.name)
            if archive.name.startswith(NamePrefix or "")
            and (not EventSourceArn or archive.source == EventSourceArn)
            and State in (None, "ENABLED" if self._is_enabled(archive) else "DISABLED")
        ]
        return page("Archives", found, NextToken, Limit)

    def delete_archive(self, ctx, ArchiveName):
        archive = self.archive_at(ArchiveName)
        self.archives.delete(archive.name)
        self.archived.drop(archive.name)
        if (rule := self._rule(archive)) is not None:
            self.targets.clear(rule.place)
            self.rules.delete(rule.bus, rule.name)
        self._of_bus.pop(archive.bus, None)

    def archive_at(self, name: str) -> Archive:
        found = self.archives.get(name)
        if found is None:
            raise not_found(f"Archive {name} does not exist.")
        return found

    def keep(self, bus: str, event: dict[str, Any]) -> None:
        """The archives of the bus keep the event; one that is being replayed is kept already."""
        if "replay-name" in event:
            return
        for archive, matches in self._keepers(bus):
            if matches is None or matches(event):
                at = timestamps.parse(event["time"])
                kept = Archived(archive=archive.name, at=at, kept_at=self.clock.now(), event=event)
                self.archived.append(kept)
                self._drop_old(archive)

    def takes(self, bus: str, event: dict[str, Any]) -> bool:
        """Whether an archive of the bus keeps the event."""
        return any(matches is None or matches(event) for _, matches in self._keepers(bus))

    def forget(self, bus: str) -> None:
        """A rule of this bus is gone, perhaps that of an archive."""
        self._of_bus.pop(bus, None)

    def _keepers(self, bus: str) -> list[tuple[Archive, Matches | None]]:
        keepers = self._of_bus.get(bus)
        if keepers is None:
            own = [each for each in self.archives.all() if each.bus == bus and self._is_enabled(each)]
            keepers = self._of_bus[bus] = [(each, compiled(each.pattern) if each.pattern else None) for each in own]
        return keepers

    def _is_enabled(self, archive: Archive) -> bool:
        return not archive.ruled or self._rule(archive) is not None

    def _rule(self, archive: Archive) -> Rule | None:
        return self.rules.get(archive.bus, f"{RULE_PREFIX}{archive.name}")

    def _ruled(self, archive: Archive) -> Archive:
        """Stored, with the rule that brings events to it, which everybody sees and nobody may change."""
        name = f"{RULE_PREFIX}{archive.name}"
        place = f"{archive.bus}/{name}"
        pattern = {**json.loads(archive.pattern or "{}"), "replay-name": [{"exists": False}]}
        self.rules.put(
            Rule(
                place=place, bus=archive.bus, name=name, arn=rule_arn(self.home, self.bus_at(archive.bus), name),
                owner=self.home.account, pattern=json.dumps(pattern, separators=(",", ":")), managed_by=MANAGER,
            )
        )  # fmt: skip
        shown = {
            "Id": name,
            "Arn": f"arn:aws:events:{self.home.region}:::",
            "InputTransformer": {"InputPathsMap": {}, "InputTemplate": _TEMPLATE % archive.arn},
        }
        self.targets.put(Target(rule=place, id=name, arn=shown["Arn"], wish=shown))
        return self._put(archive)

    def _drop_old(self, archive: Archive) -> None:
        """What is past its retention goes when there is something new, or when somebody looks."""
        if not archive.retention_days:
            return
        oldest_at = self.clock.now() - archive.retention_days * _DAY_S
        start = self.archived.begin(archive.name)
        while (first := self.archived.read(archive.name, start, 1)) and first[0][1].kept_at < oldest_at:
            start = first[0][0] + 1
        self.archived.trim(archive.name, before=start)

    def _put(self, archive: Archive) -> Archive:
        self.archives.put(archive)
        self._of_bus.pop(archive.bus, None)
        return archive

    def _shown(self, archive: Archive) -> dict[str, Any]:
        self._drop_old(archive)
        state = "ENABLED" if self._is_enabled(archive) else "DISABLED"
        sizes = [_size(each.event) for _, each in self.archived.read(archive.name)]
        return {
            "ArchiveName": archive.name, "EventSourceArn": archive.source, "State": state,
            "RetentionDays": archive.retention_days, "SizeBytes": sum(sizes), "EventCount": len(sizes),
            "CreationTime": archive.created_at,
        }  # fmt: skip


def _short(archive: Archive) -> dict[str, Any]:
    return {"ArchiveArn": archive.arn, "State": "ENABLED", "CreationTime": archive.created_at}


def _size(event: dict[str, Any]) -> int:
    """What an event counts: its size as an entry of PutEvents with a time, and its account. AWS: .../eb-putevents.html"""
    texts = [event["source"], event["detail-type"], event["account"], *event["resources"]]
    return _TIME_BYTES + sum(len(text.encode()) for text in texts) + len(msgspec.json.encode(event["detail"]))
