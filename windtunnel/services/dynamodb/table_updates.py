"""UpdateTable: throughput, billing, indexes, the stream, encryption, class and protection of a table."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import wishes
from windtunnel.services.dynamodb.changes import ChangeLog
from windtunnel.services.dynamodb.descriptions import described
from windtunnel.services.dynamodb.encryption import master_key
from windtunnel.services.dynamodb.records import Index, ItemTable
from windtunnel.services.dynamodb.values import invalid


class TableUpdates(ChangeLog):
    async def update_table(
        self,
        ctx,
        TableName,
        AttributeDefinitions=None,
        BillingMode=None,
        ProvisionedThroughput=None,
        GlobalSecondaryIndexUpdates=None,
        StreamSpecification=None,
        SSESpecification=None,
        TableClass=None,
        DeletionProtectionEnabled=None,
        OnDemandThroughput=None,
        WarmThroughput=None,
    ):
        table = self.table_described(TableName)
        given = (
            BillingMode, ProvisionedThroughput, GlobalSecondaryIndexUpdates, StreamSpecification, SSESpecification, TableClass,
            DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput,
        )  # fmt: skip
        if all(each is None for each in given):
            raise invalid(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
                "SSESpecification or ReplicaUpdates is required"
            )
        kms_key = table.kms_key if SSESpecification is None else await master_key(self.home, SSESpecification)
        with self.home.step():
            old = self.table_described(TableName)
            new = self._with_billing(old, BillingMode, ProvisionedThroughput)
            new, statuses = self._with_indexes(new, AttributeDefinitions, GlobalSecondaryIndexUpdates or [])
            new = self._with_stream_as_wished(new, StreamSpecification)
            new = replace(
                new, kms_key=kms_key, limits=OnDemandThroughput or new.limits, warm=WarmThroughput or new.warm,
                protected=new.protected if DeletionProtectionEnabled is None else DeletionProtectionEnabled,
            )  # fmt: skip
            if TableClass is not None and TableClass != (new.table_class or "STANDARD"):
                new = replace(new, table_class=TableClass, class_changed_at=self.clock.now())
            self.tables.put(new)
            if new.indexes is not old.indexes:
                self.shelves.forget(new.id)
        return {"TableDescription": self._said(old, new, statuses, SSESpecification is not None)}

    def _said(self, old: ItemTable, new: ItemTable, statuses: dict[str, str], key_changes: bool) -> dict[str, Any]:
        """The answer shows indexes that are going for the last time."""
        going = tuple(index for index in old.indexes if statuses.get(index.name) == "DELETING")
        defined = {**old.attributes, **new.attributes}
        shown = replace(new, indexes=(*new.indexes, *going), attributes=defined) if going else new
        answer = described(shown, self.shelves.of(shown), "UPDATING", statuses)
        if new.warm != old.warm:
            answer["WarmThroughput"] = {**new.warm, "Status": "UPDATING"}
        if going:
            self.shelves.forget(new.id)
        if key_changes and (key := new.kms_key or old.kms_key):
            answer["SSEDescription"] = {"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": key}
        return answer

    def _with_billing(self, table: ItemTable, mode: str | None, units: dict[str, int] | None) -> ItemTable:
        now = self.clock.now()
        on_demand = table.on_demand if mode is None else mode == "PAY_PER_REQUEST"
        if on_demand:
            wishes.throughput(units, True)
            if table.on_demand:
                return table
            indexes = tuple(replace(index, read=0, write=0) for index in table.indexes)
            return replace(table, on_demand=True, on_demand_since=now, read=0, write=0, indexes=indexes)
        if units is None and not table.on_demand:
            return table
        read, write = wishes.throughput(units, False)
        if not table.on_demand:
            wishes.check_changes_throughput(table, read, write)
        more, less = read > table.read or write > table.write, read < table.read or write < table.write
        return replace(
            table, on_demand=False, read=read, write=write, increased_at=now if more else table.increased_at,
            decreased_at=now if less else table.decreased_at,
        )  # fmt: skip

    def _with_indexes(
        self, table: ItemTable, definitions: list[dict[str, str]] | None, updates: list[dict[str, Any]]
    ) -> tuple[ItemTable, dict[str, str]]:
        """With the indexes as they are to be, and the statuses that the answer shows of those that change."""
        statuses: dict[str, str] = {}
        indexes = {index.name: index for index in table.indexes}
        for update in updates:
            if wish := update.get("Create"):
                self._check_is_new(indexes, wish["IndexName"], statuses)
                indexes[wish["IndexName"]] = wishes.index(wish, False, table.on_demand)
                statuses[wish["IndexName"]] = "CREATING"
            elif wish := update.get("Delete"):
                self._own_index(indexes, wish["IndexName"])
                if "DELETING" in statuses.values() or "CREATING" in statuses.values():
                    raise wishes.too_many_at_once()
                del indexes[wish["IndexName"]]
                statuses[wish["IndexName"]] = "DELETING"
            elif wish := update.get("Update"):
                indexes[wish["IndexName"]] = self._changed(self._own_index(indexes, wish["IndexName"]), wish, table)
                statuses[wish["IndexName"]] = "UPDATING"
        if not updates:
            return table, statuses
        chosen = tuple(indexes.values())
        wishes.check_indexes(table.hash, table.range, chosen)
        defined = {**table.attributes, **{each["AttributeName"]: each["AttributeType"] for each in definitions or ()}}
        used = {name for each in (table, *chosen) for name in (each.hash, each.range) if name}
        if any(name not in defined for name in used):
            raise wishes.no_definition()
        attributes = {name: kind for name, kind in defined.items() if name in used}
        return replace(table, indexes=chosen, attributes=attributes), statuses

    @staticmethod
    def _check_is_new(indexes: dict[str, Index], name: str, statuses: dict[str, str]) -> None:
        if name in indexes:
            raise invalid("Attempting to create an index which already exists")
        if "CREATING" in statuses.values() or "DELETING" in statuses.values():
            raise wishes.too_many_at_once()

    @staticmethod
    def _own_index(indexes: dict[str, Index], name: str) -> Index:
        index = indexes.get(name)
        if index is None or index.local:
            raise ApiError("ResourceNotFoundException", "Requested resource not found")
        return index

    @staticmethod
    def _changed(index: Index, wish: dict[str, Any], table: ItemTable) -> Index:
        units = wish.get("ProvisionedThroughput")
        read, write = wishes.throughput(units, table.on_demand) if units else (index.read, index.write)
        return replace(
            index, read=read, write=write, warm=wish.get("WarmThroughput") or index.warm,
            on_demand=wish.get("OnDemandThroughput") or index.on_demand,
        )  # fmt: skip

    def _with_stream_as_wished(self, table: ItemTable, wish: dict[str, Any] | None) -> ItemTable:
        if wish is None:
            return table
        view = wishes.view_type(wish)
        if view and table.view:
            raise invalid(f"Table already has an enabled stream: TableName: {table.name}")
        if not view and not table.view:
            raise invalid(f"Table is not stream enabled: TableName: {table.name}")
        return self.with_stream(table, view) if view else self.end_stream(table)
