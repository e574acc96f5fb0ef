"""Log groups and how long they keep their events."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from windtunnel.services.logs.records import LogGroup
from windtunnel.services.logs.writing import LogTables, already_exists, invalid, milliseconds, page

# AWS: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
    3653)  # fmt: skip
_CLASSES = ("STANDARD", "INFREQUENT_ACCESS", "DELIVERY")
_NAME = re.compile(r"[\.\-_/#A-Za-z0-9]+")
LONGEST_NAME = 512


class Groups(LogTables):
    inert = {
        "DescribeLogGroups.includeLinkedAccounts": "No accounts are linked here.",
        "ListLogGroups.includeLinkedAccounts": "No accounts are linked here.",
        "CreateLogGroup.kmsKeyId": "It is kept and shown; nothing is encrypted here.",
        "AssociateKmsKey.kmsKeyId": "It is kept and shown; nothing is encrypted here.",
    }

    def create_log_group(self, ctx, logGroupName, kmsKeyId=None, tags=None, logGroupClass="STANDARD"):
        if len(logGroupName) > LONGEST_NAME:
            message = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."
            raise invalid(message)
        if not _NAME.fullmatch(logGroupName):
            raise invalid(f"1 validation error detected: Value '{logGroupName}' at 'logGroupName' failed to satisfy "
                r"constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+")  # fmt: skip
        if logGroupClass not in _CLASSES:
            raise invalid(f"1 validation error detected: Value '{logGroupClass}' at 'logGroupClass' failed to satisfy "
                f"constraint: Member must satisfy enum value set: [{', '.join(_CLASSES)}]")  # fmt: skip
        if logGroupName in self.groups:
            raise already_exists("log group")
        self.groups.put(
            LogGroup(
                name=logGroupName,
                arn=self.group_arn(logGroupName),
                created_at=self.clock.now(),
                kms_key=kmsKeyId or "",
                group_class=logGroupClass,
                tags=dict(tags or {}),
            )
        )

    def delete_log_group(self, ctx, logGroupName):
        group = self.group(logGroupName)
        for stream in self.streams.all(group.name):
            self.batches.drop(f"{group.name}:{stream.name}")
        self.streams.clear(group.name)
        self.metric_filters.clear(group.name)
        self.subscriptions.clear(group.name)
        self.groups.delete(group.name)

    def describe_log_groups(
        self, ctx, logGroupNamePrefix=None, logGroupNamePattern=None, nextToken=None, limit=50, logGroupClass=None,
        logGroupIdentifiers=None, accountIdentifiers=None,
    ):  # fmt: skip
        if logGroupNamePrefix is not None and logGroupNamePattern is not None:
            raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        pattern = (logGroupNamePattern or "").lower()
        wanted = {name.partition(":log-group:")[2] or name for name in logGroupIdentifiers or ()}
        found = [
            group
            for group in sorted(self.groups.all(), key=lambda group: group.name)
            if group.name.startswith(logGroupNamePrefix or "")
            and pattern in group.name.lower()
            and logGroupClass in (None, group.group_class)
            and (not wanted or group.name in wanted)
            and (not accountIdentifiers or self.home.account in accountIdentifiers)
        ]
        shown, token = page(found, nextToken, limit)
        return {"logGroups": [self._described(group) for group in shown], "nextToken": token}

    def list_log_groups(
        self, ctx, logGroupNamePattern=None, logGroupClass=None, nextToken=None, limit=1000, accountIdentifiers=None
    ):
        """The pattern has alternatives joined by `|`, each of which may be bound to the start by `^`."""
        found = [
            group
            for group in sorted(self.groups.all(), key=lambda group: group.name)
            if _fits(group.name, logGroupNamePattern)
            and logGroupClass in (None, group.group_class)
            and (not accountIdentifiers or self.home.account in accountIdentifiers)
        ]
        shown, token = page(found, nextToken, limit)
        listed = [{"logGroupName": g.name, "logGroupArn": g.arn, "logGroupClass": g.group_class} for g in shown]
        return {"logGroups": listed, "nextToken": token}

    def put_retention_policy(self, ctx, logGroupName, retentionInDays):
        group = self.group(logGroupName)
        if retentionInDays not in RETENTIONS_DAYS:
            allowed = ", ".join(map(str, RETENTIONS_DAYS))
            raise invalid(f"1 validation error detected: Value '{retentionInDays}' at 'retentionInDays' failed to satisfy "
                f"constraint: Member must satisfy enum value set: [{allowed}]")  # fmt: skip
        self.groups.put(replace(group, retention_days=retentionInDays))

    def delete_retention_policy(self, ctx, logGroupName):
        self.groups.put(replace(self.group(logGroupName), retention_days=0))

    def associate_kms_key(self, ctx, kmsKeyId, logGroupName=None):
        self.groups.put(replace(self.group(logGroupName), kms_key=kmsKeyId))

    def disassociate_kms_key(self, ctx, logGroupName=None):
        self.groups.put(replace(self.group(logGroupName), kms_key=""))

    def _described(self, group: LogGroup) -> dict[str, Any]:
        return {
            "logGroupName": group.name,
            "creationTime": milliseconds(group.created_at),
            "retentionInDays": group.retention_days or None,
            "metricFilterCount": self.metric_filters.count(group.name) if self.metric_filters.count() else 0,
            "arn": f"{group.arn}:*",
            "logGroupArn": group.arn,
            "storedBytes": self.noun("Summaries").stored_bytes(group.name),
            "kmsKeyId": group.kms_key or None,
            "logGroupClass": group.group_class,
            "deletionProtectionEnabled": False,
        }


def _fits(name: str, pattern: str | None) -> bool:
    if not pattern:
        return True
    parts = pattern.split("|")
    return any(name.startswith(part[1:]) if part.startswith("^") else part in name for part in parts)
