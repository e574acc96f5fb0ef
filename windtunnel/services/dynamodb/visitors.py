"""Who of elsewhere may use a table, which they name by its ARN: its policy decides.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-cross-account-access.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.calls import Call
from windtunnel.aws.visitors import Asked, Visiting
from windtunnel.services.dynamodb.rows import DynamoTables

_OF_PARTS = {"Get": "GetItem", "Put": "PutItem", "Delete": "DeleteItem", "Update": "UpdateItem"}


class Visitors(DynamoTables, Visiting):
    def asked(self, call: Call) -> list[Asked]:
        params = call.params
        if "RequestItems" in params:
            return [self._of(name, call.operation) for name in params["RequestItems"]]
        if "TransactItems" in params:
            return [
                self._of(part["TableName"], _OF_PARTS.get(kind, "ConditionCheckItem"))
                for each in params["TransactItems"]
                for kind, part in each.items()
            ]
        name = params.get("TableName") or params.get("ResourceArn") or ""
        return [self._of(name, call.operation, params.get("IndexName") or "")]

    def _of(self, arn: str, operation: str, index: str = "") -> Asked:
        table: Any = self.tables.get(arn.partition(":table/")[2].partition("/")[0])
        resource = f"{arn}/index/{index}" if index else arn
        return Asked(f"dynamodb:{operation}", resource, table.policy if table is not None else "")
