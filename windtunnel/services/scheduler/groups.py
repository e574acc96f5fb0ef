"""Operations on groups of schedules, and what the nouns of the Scheduler share."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.aws.paging import page
from windtunnel.kernel.tables import Table
from windtunnel.services.scheduler.records import DEFAULT, Group, Schedule


class SchedulerTables(Operations, api="scheduler"):
    groups = Table(Group, key="name")
    schedules = Table(Schedule, key="name", within="group")

    def group_at(self, name: str | None) -> Group:
        """The default group is always there. Raises ResourceNotFoundException."""
        known = self.groups.get(name or DEFAULT)
        if known is None and name in (None, DEFAULT):
            known = self.groups.put(self._group(DEFAULT))
        if known is None:
            raise ApiError("ResourceNotFoundException", f"Schedule group {name} does not exist.")
        return known

    def schedule_at(self, name: str, group: str | None) -> Schedule:
        found = self.schedules.get(group or DEFAULT, name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Schedule {name} does not exist.")
        return found

    def _group(self, name: str, token: str = "", tags: dict[str, str] | None = None) -> Group:
        now = self.clock.now()
        arn = self.home.arn("scheduler", f"schedule-group/{name}")
        return Group(name=name, arn=arn, created_at=now, modified_at=now, token=token, tags=tags or {})


class ScheduleGroups(SchedulerTables):
    inert = {
        "DeleteScheduleGroup.ClientToken": "Deleting what is gone answers that it is gone, whatever the token.",
    }

    def create_schedule_group(self, ctx, Name, Tags=None, ClientToken=""):
        known = self.groups.get(Name)
        if Name == DEFAULT or (known is not None and known.token != ClientToken):
            raise ApiError("ConflictException", f"Schedule group {Name} already exists.")
        if known is None:
            tags = {tag["Key"]: tag["Value"] for tag in Tags or ()}
            known = self.groups.put(self._group(Name, ClientToken, tags))
        return {"ScheduleGroupArn": known.arn}

    def get_schedule_group(self, ctx, Name):
        return _shown(self.group_at(Name))

    def list_schedule_groups(self, ctx, NamePrefix="", NextToken=None, MaxResults=None):
        self.group_at(DEFAULT)
        found = sorted((each for each in self.groups.all() if each.name.startswith(NamePrefix)), key=lambda g: g.name)
        return page("ScheduleGroups", [_shown(group) for group in found], NextToken, MaxResults)

    def delete_schedule_group(self, ctx, Name):
        """Its schedules go with it. AWS: scheduler/latest/UserGuide/managing-schedule-group-delete.html"""
        if Name == DEFAULT:
            raise ApiError("ValidationException", "The default schedule group cannot be deleted.")
        group = self.group_at(Name)
        for schedule in self.schedules.all(group.name):
            self.noun("Firing").forget(schedule)
            self.schedules.delete(group.name, schedule.name)
        self.groups.delete(group.name)


def _shown(group: Group) -> dict[str, Any]:
    return {
        "Arn": group.arn,
        "CreationDate": group.created_at,
        "LastModificationDate": group.modified_at,
        "Name": group.name,
        "State": "ACTIVE",
    }
