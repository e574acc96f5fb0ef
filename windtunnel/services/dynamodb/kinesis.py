"""
Changes that go to Kinesis streams: handed over at once, again with a back-off while the stream does not take them, for a day.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

from hashlib import md5
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.fabric.deliveries import Delivery
from windtunnel.fabric.retry_policy import back_off_s
from windtunnel.services.dynamodb.changes import RETENTION_S
from windtunnel.services.dynamodb.facts import ChangeNotDelivered
from windtunnel.services.dynamodb.records import Change, Destination, ItemTable
from windtunnel.services.dynamodb.rows import DynamoTables
from windtunnel.services.dynamodb.streams import EXPIRER, images
from windtunnel.services.dynamodb.values import invalid

LONGEST_WAIT_S = 300
_ACTIVE = "ACTIVE"


class Kinesis(DynamoTables):
    async def enable_kinesis_streaming_destination(
        self, ctx, TableName, StreamArn, EnableKinesisStreamingConfiguration=None
    ):
        table = self.table_described(TableName)
        if _is_active(table, StreamArn):
            raise invalid(
                "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must "
                "be DISABLED or ENABLE_FAILED to perform ENABLE operation."
            )
        await self._check_is_there(StreamArn)
        wish = EnableKinesisStreamingConfiguration
        precision = (wish or {}).get("ApproximateCreationDateTimePrecision", "")
        with self.home.step():
            self._put(TableName, StreamArn, Destination(_ACTIVE, precision))
        return _answer(table, StreamArn, "ENABLING", {"EnableKinesisStreamingConfiguration": wish})

    def disable_kinesis_streaming_destination(
        self, ctx, TableName, StreamArn, EnableKinesisStreamingConfiguration=None
    ):
        table = self.table_described(TableName)
        if not _is_active(table, StreamArn):
            raise invalid(
                "Table is not in a valid state to disable Kinesis Streaming Destination: KinesisStreamingDestination must be "
                "ACTIVE to perform DISABLE operation."
            )
        self._put(TableName, StreamArn, replace(table.destinations[StreamArn], status="DISABLED"))
        return _answer(table, StreamArn, "DISABLING", {})

    def update_kinesis_streaming_destination(self, ctx, TableName, StreamArn, UpdateKinesisStreamingConfiguration=None):
        table = self.table_described(TableName)
        if not _is_active(table, StreamArn):
            raise invalid("Table is not in a valid state to update Kinesis Streaming Destination: it must be ACTIVE.")
        precision = (UpdateKinesisStreamingConfiguration or {}).get("ApproximateCreationDateTimePrecision", "")
        if precision == (table.destinations[StreamArn].precision or "MILLISECOND"):
            raise invalid(
                "Invalid Request: Precision is already set to the desired value of " f"{precision} for tableId: {table.id}, "
                f"kdsArn: {StreamArn}"
            )  # fmt: skip
        self._put(TableName, StreamArn, Destination(_ACTIVE, precision))
        return _answer(
            table, StreamArn, "UPDATING", {"UpdateKinesisStreamingConfiguration": UpdateKinesisStreamingConfiguration}
        )

    def describe_kinesis_streaming_destination(self, ctx, TableName):
        table = self.table_described(TableName)
        found = []
        for arn, each in table.destinations.items():
            precision = {"ApproximateCreationDateTimePrecision": each.precision} if each.precision else {}
            found.append({"StreamArn": arn, "DestinationStatus": each.status, **precision})
        return {"TableName": table.name, "KinesisDataStreamDestinations": found}

    def send(self, table: ItemTable, change: Change) -> None:
        """Accept a change for every active destination. Part of the step that is open."""
        now = self.clock.now()
        for arn, destination in table.destinations.items():
            if destination.status == _ACTIVE:
                record = self._record(table, change, destination.precision)
                delivery = Delivery(
                    id=self.ids.uuid(), service="dynamodb", noun="Kinesis", account=self.home.account, region=self.home.region,
                    target=arn, payload=msgspec.json.encode(record), accepted_at=now, due_at=now,
                    expires_at=now + RETENTION_S, details={"table": table.name, "key": _partition_key(change)},
                )  # fmt: skip
                self.home.cloud.fabric.accept(delivery)

    async def attempt(self, delivery: Delivery) -> Delivery | None:
        """One try (`fabric/deliveries.py`)."""
        _, _, _, region, account, _ = delivery.target.split(":", 5)
        record = {"StreamARN": delivery.target, "Data": delivery.payload, "PartitionKey": delivery.details["key"]}
        try:
            await self.home.call("kinesis", "PutRecord", record, account=account, region=region)
        except ApiError as failure:
            due_at = self.clock.now() + back_off_s(delivery.attempts, LONGEST_WAIT_S)
            if due_at <= delivery.expires_at and failure.code != "ResourceNotFoundException":
                return replace(delivery, due_at=due_at)
            self.home.record(ChangeNotDelivered(delivery.details["table"], delivery.target, failure.message))
        return None

    def _record(self, table: ItemTable, change: Change, precision: str) -> dict[str, Any]:
        unit = 1_000_000 if precision == "MICROSECOND" else 1_000
        told = {"ApproximateCreationDateTimePrecision": precision} if precision else {}
        return {
            "awsRegion": self.home.region,
            "eventID": self.ids.uuid(),
            "eventName": change.name,
            "userIdentity": EXPIRER if change.expired else None,
            "recordFormat": "application/json",
            "tableName": table.name,
            "dynamodb": {
                "ApproximateCreationDateTime": int(change.at * unit),
                **images(change.keys, change.new, change.old),
                "SizeBytes": change.size,
                **told,
            },
            "eventSource": "aws:dynamodb",
        }

    async def _check_is_there(self, arn: str) -> None:
        parts = arn.split(":", 5)
        if len(parts) < 6 or parts[2] != "kinesis":
            raise invalid(f"Invalid StreamArn: {arn}")
        try:
            await self.home.call(
                "kinesis", "DescribeStreamSummary", {"StreamARN": arn}, account=parts[4], region=parts[3]
            )
        except ApiError as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise ApiError(
                "ResourceNotFoundException", f"Requested resource not found: Kinesis stream: {arn} not found"
            ) from None

    def _put(self, name: str, arn: str, destination: Destination) -> None:
        table = self.table_described(name)
        self.tables.put(replace(table, destinations={**table.destinations, arn: destination}))


def _is_active(table: ItemTable, arn: str) -> bool:
    known = table.destinations.get(arn)
    return known is not None and known.status == _ACTIVE


def _answer(table: ItemTable, arn: str, status: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"TableName": table.name, "StreamArn": arn, "DestinationStatus": status, **more}


def _partition_key(change: Change) -> str:
    """Changes of one item go to one shard."""
    return md5(msgspec.json.encode(change.keys), usedforsecurity=False).hexdigest().upper()
