"""Activities: tasks that workers fetch."""

from __future__ import annotations

from collections import deque
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.language.scopes import text_of
from windtunnel.services.stepfunctions.machines import check_name
from windtunnel.services.stepfunctions.records import Activity, Line
from windtunnel.services.stepfunctions.tables import StepTables, check_arn, page, tags_of

LONG_POLL_S = 60
"""AWS: step-functions/latest/apireference/API_GetActivityTask.html"""


class Activities(StepTables):
    inert = {
        "CreateActivity.encryptionConfiguration": "Stored and shown: nothing is encrypted on this machine.",
    }

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._waiting: dict[str, deque[tuple[str, int, int]]] = {}
        """Tasks that no worker has taken, by their activity: execution, line and turn."""

    def create_activity(self, ctx, name, tags=None, encryptionConfiguration=None):
        """The same call again answers the same, whatever its tags."""
        check_name(name)
        arn = self.home.arn("states", f"activity:{name}")
        known = self.activities_known.get(arn)
        if known is None:
            known = self.activities_known.put(
                Activity(
                    arn=arn, name=name, created_at=self.clock.now(), tags=tags_of(tags),
                    encryption=encryptionConfiguration or {"type": "AWS_OWNED_KEY"},
                )
            )  # fmt: skip
        return {"activityArn": arn, "creationDate": known.created_at}

    def describe_activity(self, ctx, activityArn):
        found = self.activity_at(activityArn)
        return {**_shown(found), "encryptionConfiguration": found.encryption}

    def list_activities(self, ctx, maxResults=None, nextToken=None):
        found = [_shown(each) for each in sorted(self.activities_known.all(), key=lambda each: each.name)]
        return page("activities", found, nextToken, maxResults)

    def delete_activity(self, ctx, activityArn):
        check_arn(activityArn)
        self.activities_known.delete(activityArn)
        self._waiting.pop(activityArn, None)

    async def get_activity_task(self, ctx, activityArn, workerName=None):
        """A task as soon as there is one; after a minute an answer without."""
        self.activity_at(activityArn)
        deadline = self.clock.now() + LONG_POLL_S
        signal = self.home.signal(activityArn)
        while True:
            taken = self._take(activityArn, workerName)
            if taken is not None:
                return {"taskToken": taken.token, "input": text_of(taken.work.payload)}
            if not await signal.wait_until(deadline):
                return {}

    def activity_at(self, arn: str) -> Activity:
        """Raises InvalidArn and ActivityDoesNotExist."""
        found = self.activities_known.get(arn)
        if found is None:
            check_arn(arn)
            raise ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        return found

    def offer(self, line: Line) -> None:
        """A task for the workers of its activity."""
        arn = line.work.resource
        self._waiting.setdefault(arn, deque()).append((line.execution, line.number, line.turn))
        self.home.signal(arn).fire()

    def _take(self, arn: str, worker: str | None) -> Line | None:
        waiting = self._waiting.get(arn)
        while waiting:
            taken = self.noun("Running").take(*waiting.popleft(), worker)
            if taken is not None:
                return taken
        return None


def _shown(activity: Activity) -> dict[str, Any]:
    return {"activityArn": activity.arn, "name": activity.name, "creationDate": activity.created_at}
