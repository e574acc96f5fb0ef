"""Subscription filters: events that match go on, zipped, to a function, a Kinesis stream, or a destination that stands for one.

AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from windtunnel.aws import arns
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.logs.facts import LogsDelivered
from windtunnel.services.logs.filter_patterns import checked, compiled
from windtunnel.services.logs.reading import number
from windtunnel.services.logs.records import Subscription
from windtunnel.services.logs.writing import LogTables, invalid, limit_exceeded, milliseconds, not_found, page

MAXIMUM_OF_GROUP = 2
Events = tuple[tuple[int, str], ...]


class Subscriptions(LogTables):
    async def put_subscription_filter(
        self, ctx, logGroupName, filterName, filterPattern, destinationArn, roleArn=None, distribution="ByLogStream"
    ):
        self.group(logGroupName)
        checked(filterPattern)
        await self._check_target(destinationArn, roleArn)
        group = self.group(logGroupName)
        known = self.subscriptions.get(group.name, filterName)
        if known is None and self.subscriptions.count(group.name) >= MAXIMUM_OF_GROUP:
            raise limit_exceeded()
        self.subscriptions.put(
            Subscription(
                group=group.name,
                name=filterName,
                pattern=filterPattern,
                target=destinationArn,
                role=roleArn or "",
                distribution=distribution,
                created_at=self.clock.now() if known is None else known.created_at,
            )
        )

    def describe_subscription_filters(self, ctx, logGroupName, filterNamePrefix=None, nextToken=None, limit=50):
        group = self.group(logGroupName)
        found = [each for each in self.subscriptions.all(group.name) if each.name.startswith(filterNamePrefix or "")]
        shown, token = page(sorted(found, key=lambda each: each.name), nextToken, limit)
        return {"subscriptionFilters": [_shown(each) for each in shown], "nextToken": token}

    def delete_subscription_filter(self, ctx, logGroupName, filterName):
        group = self.group(logGroupName)
        if self.subscriptions.delete(group.name, filterName) is None:
            raise not_found("subscription filter")

    def hand_on(self, group: str, stream: str, position: int, events: Events) -> None:
        """Send new events to the subscribers of their group; returns at once."""
        for subscription in self.subscriptions.all(group):
            matches = compiled(subscription.pattern)
            chosen = [
                {"id": f"{number(time, position, place):056d}", "timestamp": time, "message": message}
                for place, (time, message) in enumerate(events)
                if matches(message) is not None
            ]
            if chosen:
                self.home.spawn(self._deliver(subscription, stream, chosen), f"log subscription {subscription.name}")

    async def _deliver(self, subscription: Subscription, stream: str, events: list[dict[str, Any]]) -> None:
        content = {
            "messageType": "DATA_MESSAGE",
            "owner": self.home.account,
            "logGroup": subscription.group,
            "logStream": stream,
            "subscriptionFilters": [subscription.name],
            "logEvents": events,
        }
        packed = gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0)
        error = ""
        try:
            await self._send(self._final_target(subscription.target), packed, stream)
        except ApiError as problem:
            error = problem.code
        self.home.record(LogsDelivered(subscription.group, subscription.name, subscription.target, len(events), error))

    async def _send(self, target: str, packed: bytes, key: str) -> None:
        arn = arns.parse(target)
        place = {"account": arn.account, "region": arn.region}
        if arn.service == "lambda":
            payload = json.dumps({"awslogs": {"data": base64.b64encode(packed).decode()}}).encode()
            wish = {"FunctionName": target, "InvocationType": "Event", "Payload": payload}
            await self.home.call("lambda", "Invoke", wish, **place)
        else:
            wish = {"StreamName": arn.resource.removeprefix("stream/"), "Data": packed, "PartitionKey": key}
            await self.home.call("kinesis", "PutRecord", wish, **place)

    async def _check_target(self, target: str, role: str | None) -> None:
        """Raises InvalidParameterException for what cannot be delivered to, NotImplementedHere for what is not built."""
        if not arns.is_arn(target):
            raise invalid(f"Invalid destinationArn: {target}")
        arn = arns.parse(target)
        place = {"account": arn.account, "region": arn.region}
        try:
            if arn.service == "lambda":
                await self.home.call("lambda", "GetFunctionConfiguration", {"FunctionName": target}, **place)
                return
            if arn.service == "logs":
                if self._final_target(target) == target:
                    raise not_found("destination")
                return
            if arn.service == "kinesis":
                if role is None:
                    raise invalid("destinationArn for vendor kinesis requires a roleArn")
                wish = {"StreamName": arn.resource.removeprefix("stream/")}
                await self.home.call("kinesis", "DescribeStreamSummary", wish, **place)
                return
        except NotImplementedHere:
            raise
        except ApiError as error:
            if arn.service == "lambda":
                raise invalid("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission "
                    "to execute your function.") from None  # fmt: skip
            if error.code == "ResourceNotFoundException" and arn.service == "kinesis":
                raise invalid("Could not deliver test message to specified Kinesis stream. Check if the given kinesis "
                    "stream is in ACTIVE state.") from None  # fmt: skip
            raise
        raise NotImplementedHere(f"A logs:PutSubscriptionFilter to {arn.service}")

    def _final_target(self, target: str) -> str:
        """What a destination stands for."""
        destination = self.destinations.get(target.rpartition(":destination:")[2])
        return destination.target if destination is not None and ":destination:" in target else target


def _shown(each: Subscription) -> dict[str, Any]:
    return {
        "filterName": each.name,
        "logGroupName": each.group,
        "filterPattern": each.pattern,
        "destinationArn": each.target,
        "roleArn": each.role or None,
        "distribution": each.distribution,
        "applyOnTransformedLogs": False,
        "creationTime": milliseconds(each.created_at),
    }
