"""What the nouns of DynamoDB share: its tables, and finding a table by its name or ARN."""

from __future__ import annotations

import re
from typing import Any

from windtunnel.aws.calls import Elsewhere
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.streams import Stream
from windtunnel.kernel.tables import Table
from windtunnel.services.dynamodb.records import Change, ChangeStream, ItemTable, Row, Token
from windtunnel.services.dynamodb.shelves import Shelves, Shelving
from windtunnel.services.dynamodb.throughput import Metering, Throughput
from windtunnel.services.dynamodb.values import invalid

_NAME = re.compile(r"[a-zA-Z0-9_.-]+")


class DynamoTables(Operations, api="dynamodb"):
    tables = Table(ItemTable, key="name")
    rows = Table(Row, key="key", within="table")
    streams = Table(ChangeStream, key="arn")
    changes = Stream(Change, within="stream")
    tokens = Table(Token, key="token", ordered="until")

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.shelves: Shelves = self.home.opened(f"{self.space}/shelves", Shelving(self.rows))
        self.throughput: Throughput = self.home.opened(f"{self.space}/throughput", Metering(self.home))

    def table_at(self, name: str) -> ItemTable:
        """The table that a call on items names. Raises ResourceNotFoundException, and Elsewhere for another account's ARN."""
        table = self.tables.get(name) or self._by_arn(name)
        if table is None:
            raise ApiError("ResourceNotFoundException", "Requested resource not found")
        return table

    def table_described(self, name: str) -> ItemTable:
        """The table that a call on tables names. Raises ResourceNotFoundException, which says its name."""
        table = self.tables.get(name) or self._by_arn(name)
        if table is None:
            short = name.rpartition("/")[2]
            raise ApiError("ResourceNotFoundException", f"Requested resource not found: Table: {short} not found")
        return table

    def _by_arn(self, name: str) -> ItemTable | None:
        if name.startswith("arn:"):
            place = name.split(":")
            if len(place) > 5 and place[3] == self.home.region and place[4] not in ("", self.home.account):
                raise Elsewhere(place[4])
            table = self.tables.get(name.partition(":table/")[2])
            return table if table is not None and table.arn == name else None
        # The model has the pattern of an ARN only; the answers show that of a name.
        wrong = ""
        if not _NAME.fullmatch(name):
            wrong = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        elif len(name) < 3:
            wrong = "Member must have length greater than or equal to 3"
        if wrong:
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: {wrong}"
            )
        return None
