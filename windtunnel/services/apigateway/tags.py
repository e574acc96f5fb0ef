"""Operations on the tags of APIs, stages, keys and usage plans."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway.rest_apis import RestApiTables


class Tags(RestApiTables):
    def tag_resource(self, ctx, resourceArn, tags):
        rows, record = self._tagged(resourceArn)
        rows.put(replace(record, tags={**record.tags, **tags}))

    def untag_resource(self, ctx, resourceArn, tagKeys):
        rows, record = self._tagged(resourceArn)
        rows.put(replace(record, tags={k: v for k, v in record.tags.items() if k not in tagKeys}))

    def get_tags(self, ctx, resourceArn, position=None, limit=None):
        return {"tags": self._tagged(resourceArn)[1].tags}

    def _tagged(self, arn: str) -> tuple[Any, Any]:
        """`arn:aws:apigateway:REGION::/restapis/ID` and the like; raises NotFoundException."""
        kind, *rest = arn.partition("::")[2].strip("/").split("/")
        rows = {"restapis": self.apis, "apikeys": self.keys, "usageplans": self.plans}.get(kind)
        if kind == "restapis" and len(rest) == 3 and rest[1] == "stages":
            return self.stages, self.noun("Stages").stage_with(rest[0], rest[2])
        record = rows.get(rest[0]) if rows is not None and len(rest) == 1 else None
        if record is None:
            raise ApiError("NotFoundException", "Invalid resource identifier specified")
        return rows, record
