"""Tags of tables."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.records import ItemTable
from windtunnel.services.dynamodb.rows import DynamoTables
from windtunnel.services.dynamodb.values import invalid


class Tags(DynamoTables):
    def tag_resource(self, ctx, ResourceArn, Tags):
        table = self._tagged(ResourceArn)
        self.tables.put(replace(table, tags={**table.tags, **{tag["Key"]: tag["Value"] for tag in Tags}}))

    def untag_resource(self, ctx, ResourceArn, TagKeys):
        table = self._tagged(ResourceArn)
        self.tables.put(replace(table, tags={key: text for key, text in table.tags.items() if key not in TagKeys}))

    def list_tags_of_resource(self, ctx, ResourceArn, NextToken=None):
        return {"Tags": [{"Key": key, "Value": text} for key, text in self._tagged(ResourceArn).tags.items()]}

    def _tagged(self, arn: str) -> ItemTable:
        if not arn.startswith("arn:") or ":table/" not in arn:
            raise invalid(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
        table = self.tables.get(arn.partition(":table/")[2])
        if table is None or table.arn != arn:
            raise ApiError("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found")
        return table
