"""Tags of schedule groups; schedules have none."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.services.scheduler.groups import SchedulerTables
from windtunnel.services.scheduler.records import Group


class Tags(SchedulerTables):
    def tag_resource(self, ctx, ResourceArn, Tags):
        self._put(ResourceArn, {**self._group_of(ResourceArn).tags, **{tag["Key"]: tag["Value"] for tag in Tags}})

    def untag_resource(self, ctx, ResourceArn, TagKeys):
        tags = self._group_of(ResourceArn).tags
        self._put(ResourceArn, {key: value for key, value in tags.items() if key not in TagKeys})

    def list_tags_for_resource(self, ctx, ResourceArn):
        tags = self._group_of(ResourceArn).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _group_of(self, arn: str) -> Group:
        return self.group_at(arn.rpartition("/")[2])

    def _put(self, arn: str, tags: dict[str, str]) -> None:
        self.groups.put(replace(self._group_of(arn), tags=tags))
