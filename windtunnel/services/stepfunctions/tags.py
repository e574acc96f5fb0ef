"""Tags of state machines and activities."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.tables import StepTables, tags_of


class Tags(StepTables):
    def tag_resource(self, ctx, resourceArn, tags):
        found, rows = self._tagged(resourceArn)
        rows.put(replace(found, tags={**found.tags, **tags_of(tags)}))

    def untag_resource(self, ctx, resourceArn, tagKeys):
        found, rows = self._tagged(resourceArn)
        rows.put(replace(found, tags={key: value for key, value in found.tags.items() if key not in tagKeys}))

    def list_tags_for_resource(self, ctx, resourceArn):
        found, _ = self._tagged(resourceArn)
        return {"tags": [{"key": key, "value": value} for key, value in found.tags.items()]}

    def _tagged(self, arn: str) -> tuple[Any, Any]:
        for rows in (self.machines, self.activities_known):
            found = rows.get(arn)
            if found is not None:
                return found, rows
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'", resourceName=arn)
