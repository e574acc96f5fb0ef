"""Operations on the tags of APIs and stages."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigatewayv2.apis import HttpApiTables


class Tags(HttpApiTables):
    def tag_resource(self, ctx, ResourceArn, Tags=None):
        rows, record = self._tagged(ResourceArn)
        rows.put(replace(record, tags={**record.tags, **(Tags or {})}))

    def untag_resource(self, ctx, ResourceArn, TagKeys):
        rows, record = self._tagged(ResourceArn)
        rows.put(replace(record, tags={k: v for k, v in record.tags.items() if k not in TagKeys}))

    def get_tags(self, ctx, ResourceArn):
        return {"Tags": self._tagged(ResourceArn)[1].tags}

    def _tagged(self, arn: str) -> tuple[Any, Any]:
        """`arn:aws:apigateway:REGION::/apis/ID` or `…/apis/ID/stages/NAME`; raises NotFoundException."""
        parts = arn.partition("::")[2].strip("/").split("/")
        if len(parts) == 2 and parts[0] == "apis":
            return self.apis, self.api_with(parts[1])
        if len(parts) == 4 and parts[2] == "stages":
            return self.stages, self.found(self.stages, parts[1], parts[3], "Stage")
        raise ApiError("NotFoundException", "Invalid resource identifier specified")
