"""Tags of log groups and destinations, in both of the APIs that AWS has for them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.kernel.tables import Rows
from windtunnel.services.logs.records import Destination, LogGroup
from windtunnel.services.logs.writing import LogTables


class Tags(LogTables):
    def tag_resource(self, ctx, resourceArn, tags):
        rows, record = self._tagged(resourceArn)
        rows.put(replace(record, tags={**record.tags, **tags}))

    def untag_resource(self, ctx, resourceArn, tagKeys):
        rows, record = self._tagged(resourceArn)
        rows.put(replace(record, tags={key: value for key, value in record.tags.items() if key not in tagKeys}))

    def list_tags_for_resource(self, ctx, resourceArn):
        return {"tags": self._tagged(resourceArn)[1].tags}

    def tag_log_group(self, ctx, logGroupName, tags):
        group = self.group(logGroupName)
        self.groups.put(replace(group, tags={**group.tags, **tags}))

    def untag_log_group(self, ctx, logGroupName, tags):
        group = self.group(logGroupName)
        self.groups.put(replace(group, tags={key: value for key, value in group.tags.items() if key not in tags}))

    def list_tags_log_group(self, ctx, logGroupName):
        return {"tags": self.group(logGroupName).tags}

    def _tagged(self, arn: str) -> tuple[Rows[Any], LogGroup | Destination]:
        if ":log-group:" in arn:
            group = self.groups.get(arn.partition(":log-group:")[2].removesuffix(":*"))
            if group is not None:
                return self.groups, group
        destination = self.destinations.get(arn.rpartition(":destination:")[2])
        if destination is not None:
            return self.destinations, destination
        raise ApiError("ResourceNotFoundException", "The specified resource does not exist.")
