"""Operations on tables: made, described, listed, deleted. Changes are in `table_updates.py`."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import wishes
from windtunnel.services.dynamodb.changes import ChangeLog
from windtunnel.services.dynamodb.descriptions import described
from windtunnel.services.dynamodb.encryption import master_key
from windtunnel.services.dynamodb.records import ItemTable
from windtunnel.services.dynamodb.values import invalid

MOST_LISTED = 100


class Tables(ChangeLog):
    async def create_table(
        self,
        ctx,
        TableName,
        AttributeDefinitions=None,
        KeySchema=None,
        LocalSecondaryIndexes=None,
        GlobalSecondaryIndexes=None,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=None,
        StreamSpecification=None,
        SSESpecification=None,
        Tags=None,
        TableClass=None,
        DeletionProtectionEnabled=False,
        WarmThroughput=None,
        ResourcePolicy=None,
        OnDemandThroughput=None,
    ):
        self._by_arn(TableName)  # refuses a name that is none
        on_demand = BillingMode == "PAY_PER_REQUEST"
        if not AttributeDefinitions or not KeySchema:
            missing = "AttributeDefinitions" if not AttributeDefinitions else "KeySchema"
            raise invalid(f"One or more parameter values were invalid: Missing required parameter in input: {missing}")
        hashed, ranged = wishes.key(KeySchema)
        read, write = wishes.throughput(ProvisionedThroughput, on_demand)
        for given, member in ((LocalSecondaryIndexes, "LocalSecondary"), (GlobalSecondaryIndexes, "GlobalSecondary")):
            if given is not None and not given:
                raise invalid(f"One or more parameter values were invalid: List of {member}Indexes is empty")
        indexes = (
            *(wishes.index(each, True, on_demand) for each in LocalSecondaryIndexes or ()),
            *(wishes.index(each, False, on_demand) for each in GlobalSecondaryIndexes or ()),
        )
        wishes.check_indexes(hashed, ranged, indexes)
        attributes = wishes.attributes(AttributeDefinitions, hashed, ranged, indexes)
        view = wishes.view_type(StreamSpecification)
        self._check_is_new(TableName)
        kms_key = await master_key(self.home, SSESpecification)
        now = self.clock.now()
        with self.home.step():
            self._check_is_new(TableName)
            table = ItemTable(
                id=self.ids.uuid(), name=TableName, arn=self.home.arn("dynamodb", f"table/{TableName}"), created_at=now,
                attributes=attributes, hash=hashed, range=ranged, indexes=indexes, on_demand=on_demand,
                on_demand_since=now if on_demand else 0.0, read=read, write=write, limits=OnDemandThroughput or {},
                warm=WarmThroughput or {}, kms_key=kms_key, table_class=TableClass or "",
                protected=bool(DeletionProtectionEnabled), tags={tag["Key"]: tag["Value"] for tag in Tags or ()},
                policy=ResourcePolicy or "", policy_revision=self._revision() if ResourcePolicy else "",
            )  # fmt: skip
            table = self.tables.put(self.with_stream(table, view) if view else table)
        creating = {index.name: "CREATING" for index in table.indexes}
        return {"TableDescription": described(table, self.shelves.of(table), "CREATING", creating)}

    def describe_table(self, ctx, TableName):
        table = self.table_described(TableName)
        return {"Table": described(table, self.shelves.of(table))}

    def list_tables(self, ctx, ExclusiveStartTableName=None, Limit=MOST_LISTED):
        names = sorted(table.name for table in self.tables.all())
        if ExclusiveStartTableName is not None:
            names = [name for name in names if name > ExclusiveStartTableName]
        answer: dict[str, Any] = {"TableNames": names[:Limit]}
        if len(names) > Limit:
            answer["LastEvaluatedTableName"] = names[Limit - 1]
        return answer

    def delete_table(self, ctx, TableName):
        table = self.table_described(TableName)
        if table.protected:
            raise invalid(
                "Resource cannot be deleted as it is currently protected against deletion. "
                "Disable deletion protection first."
            )
        answer = self._deleted_description(table)
        if table.view:
            self.end_stream(table)
        self.tables.delete(table.name)
        self.shelves.forget(table.id)
        self.rows.clear(table.id)
        return {"TableDescription": answer}

    def _deleted_description(self, table: ItemTable) -> dict[str, Any]:
        """A table that goes says less of itself."""
        whole = described(table, self.shelves.of(table), "DELETING", {each.name: "DELETING" for each in table.indexes})
        left_out = ("AttributeDefinitions", "KeySchema", "CreationDateTime", "WarmThroughput")
        return {name: value for name, value in whole.items() if name not in left_out}

    def _check_is_new(self, name: str) -> None:
        if self.tables.get(name) is not None:
            raise ApiError("ResourceInUseException", f"Table already exists: {name}")

    def _revision(self) -> str:
        """Of a resource policy: AWS counts in milliseconds."""
        return str(int(self.clock.now() * 1000))
