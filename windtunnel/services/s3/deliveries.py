"""
Bringing notifications of buckets to queues, topics, functions and the default bus: kept with the change that caused them,
tried again with a back-off.

AWS: AmazonS3/latest/userguide/EventNotifications.html ("designed to be delivered at least once")
"""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from windtunnel.aws import arns, timestamps
from windtunnel.aws.calls import Sender
from windtunnel.aws.errors import ApiError
from windtunnel.fabric.deliveries import Delivery
from windtunnel.fabric.retry_policy import back_off_s
from windtunnel.services.s3.facts import NotificationSent
from windtunnel.services.s3.tables import S3Tables

LONGEST_S = 86_400
LONGEST_WAIT_S = 300


class Deliveries(S3Tables):
    def accept(self, target: str, content: dict[str, Any], bucket: str, key: str, event: str, trace: str = "") -> None:
        """Keep it as part of the step that is open, and see to it."""
        now = self.clock.now()
        body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        self.home.cloud.fabric.accept(
            Delivery(
                id=self.ids.uuid(), service="s3", noun="Deliveries", account=self.home.account, region=self.home.region,
                target=target, payload=body, accepted_at=now, due_at=now, expires_at=now + LONGEST_S,
                details={"bucket": bucket, "key": key, "event": event, "trace": trace},
            )
        )  # fmt: skip

    async def attempt(self, delivery: Delivery) -> Delivery | None:
        """One more try (`fabric/deliveries.py`). What the target refuses for good is lost; the fact says so."""
        error = ""
        again = None
        try:
            await self._hand_over(delivery)
        except ApiError as failure:
            error = failure.code
            due_at = self.clock.now() + back_off_s(delivery.attempts, LONGEST_WAIT_S)
            if failure.transient and due_at < delivery.expires_at:
                again = replace(delivery, due_at=due_at)
        details = delivery.details
        self.home.record(NotificationSent(details["bucket"], details["key"], details["event"], delivery.target, error))
        return again

    async def _hand_over(self, delivery: Delivery) -> None:
        arn = arns.parse(delivery.target)
        place = {"account": arn.account, "region": arn.region, "trace": delivery.details["trace"]}
        sender = Sender("s3.amazonaws.com", f"arn:aws:s3:::{delivery.details['bucket']}", self.home.account)
        if arn.service == "events":
            await self._to_bus(arn, json.loads(delivery.payload), delivery)
        elif arn.service == "lambda":
            wish: dict[str, Any] = {
                "FunctionName": delivery.target,
                "InvocationType": "Event",
                "Payload": delivery.payload,
            }
            await self.home.call("lambda", "Invoke", wish, **place, sender=sender)
        elif arn.service == "sqs":
            found = await self.home.call("sqs", "GetQueueUrl", {"QueueName": arn.resource}, **place)
            wish = {"QueueUrl": found["QueueUrl"], "MessageBody": delivery.payload.decode()}
            await self.home.call("sqs", "SendMessage", wish, **place, sender=sender)
        else:
            wish = {
                "TopicArn": delivery.target,
                "Message": delivery.payload.decode(),
                "Subject": "Amazon S3 Notification",
            }
            await self.home.call("sns", "Publish", wish, **place, sender=sender)

    async def _to_bus(self, arn: arns.Arn, told: dict[str, Any], delivery: Delivery) -> None:
        """Events of AWS's own services do not come by PutEvents, which refuses their source."""
        event = {
            "version": "0",
            "id": delivery.id,
            "detail-type": told["detail-type"],
            "source": "aws.s3",
            "account": arn.account,
            "time": timestamps.iso(int(delivery.accepted_at)),
            "region": arn.region,
            "resources": [f"arn:aws:s3:::{delivery.details['bucket']}"],
            "detail": told["detail"],
        }
        entries: Any = self.home.cloud.home(arn.account, arn.region).service("events").nouns["Entries"]
        await entries.arrive("default", event, delivery.details["trace"])
