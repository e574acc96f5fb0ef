"""
Bringing events to the targets of rules: at once, then again with a back-off, at last to the target's dead-letter queue.

AWS: eventbridge/latest/userguide/eb-rule-retry-policy.html, eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.calls import Sender
from windtunnel.aws.errors import ApiError
from windtunnel.fabric import destinations, retry_policy
from windtunnel.fabric.deliveries import Delivery
from windtunnel.fabric.templates import NotJson
from windtunnel.services.events import inputs
from windtunnel.services.events.buses import EventTables
from windtunnel.services.events.facts import (
    EventDeadLetteredByRule,
    EventLostByRule,
    TargetFailed,
    TargetInvoked,
)
from windtunnel.services.events.records import Passage, Rule, Target

TYPICAL_BYTES = 1_000
SERVICE = "events.amazonaws.com"


class Deliveries(EventTables):
    async def deliver(
        self, rule: Rule, event: dict[str, Any], targets: list[Target], trace: str, *, hopped: bool = False
    ) -> None:
        """Returns when each of these targets has the event, or a delivery that will not be lost."""
        for target in targets:
            passage = Passage(
                event=event, rule=rule.arn, rule_name=rule.name, target=target.wish, ingested_at=self.clock.now(), trace=trace,
                hopped=hopped,
            )  # fmt: skip
            if ":api-destination/" in target.arn:
                self._accept_call(passage)
                continue
            try:
                await self._hand_over(passage)
            except (ApiError, NotJson) as failure:
                again = await self._again(replace(self._delivery(passage), attempts=1), passage, failure)
                if again is not None:
                    self.home.cloud.fabric.accept(again)
            else:
                self.home.cloud.fabric.passed(partial(self._delivery, passage), TYPICAL_BYTES)
                self.home.record(TargetInvoked(rule.arn, target.arn, event["id"], 1))

    def _accept_call(self, passage: Passage) -> None:
        """Calls over HTTP are made in the background, at the rate of their destination."""
        arn = passage.target["Arn"]
        try:
            due_at = self.noun("ApiCalls").slot(arn)
        except ApiError:
            due_at = self.clock.now()  # the attempt will say that the destination is gone
        self.home.cloud.fabric.accept(replace(self._delivery(passage), due_at=due_at))

    async def attempt(self, delivery: Delivery) -> Delivery | None:
        """One more try (`fabric/deliveries.py`)."""
        passage = msgspec.msgpack.decode(delivery.payload, type=Passage)
        try:
            await self._hand_over(passage)
        except (ApiError, NotJson) as failure:
            return await self._again(delivery, passage, failure)
        self.home.record(TargetInvoked(passage.rule, delivery.target, passage.event["id"], delivery.attempts))
        return None

    def _delivery(self, passage: Passage) -> Delivery:
        now = self.clock.now()
        return Delivery(
            id=self.ids.uuid(), service="events", noun="Deliveries", account=self.home.account, region=self.home.region,
            target=passage.target["Arn"], payload=msgspec.msgpack.encode(passage), accepted_at=now, due_at=now,
            expires_at=now + retry_policy.of(passage.target)["MaximumEventAgeInSeconds"],
        )  # fmt: skip

    async def _again(self, delivery: Delivery, passage: Passage, failure: Exception) -> Delivery | None:
        """The same delivery with its next time; None when it has been given up."""
        due_at, exhausted = retry_policy.following(delivery, passage.target, self.clock.now())
        given_up = bool(exhausted) or not _may_succeed(failure)
        failed = TargetFailed(
            passage.rule, delivery.target, passage.event["id"], delivery.attempts, str(failure), 0.0 if given_up else due_at
        )  # fmt: skip
        self.home.record(failed)
        if not given_up:
            return replace(delivery, due_at=due_at)
        await self._dead_letter(delivery, passage, failure, exhausted)
        return None

    async def _dead_letter(self, delivery: Delivery, passage: Passage, failure: Exception, exhausted: str) -> None:
        queue = passage.target.get("DeadLetterConfig", {}).get("Arn", "")
        texts = {
            "RULE_ARN": passage.rule,
            "TARGET_ARN": delivery.target,
            "ERROR_CODE": _error_code(failure),
            "ERROR_MESSAGE": getattr(failure, "message", "") or str(failure),
        }
        if exhausted:
            texts |= {"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": str(delivery.attempts - 1)}
        attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text}
        event = passage.event
        try:
            if not queue:
                raise ApiError("NoDeadLetterQueue", str(failure))
            body = msgspec.json.encode(event).decode()
            await destinations.put(
                self.home,
                queue,
                body,
                attributes=attributes,
                trace=passage.trace,
                sender=Sender(SERVICE, passage.rule, self.home.account),
            )
        except ApiError as error:
            self.home.record(EventLostByRule(passage.rule, delivery.target, event["id"], error.message))
        else:
            self.home.record(EventDeadLetteredByRule(passage.rule, delivery.target, event["id"], queue))

    async def _hand_over(self, passage: Passage) -> None:
        arn = passage.target["Arn"]
        _, _, service, region, account, resource = arn.split(":", 5)
        how = {"account": account or self.home.account, "region": region or self.home.region, "trace": passage.trace}
        if service == "events" and not resource.startswith("api-destination/"):
            await self._to_bus(arn, passage)
            return
        text = inputs.made(passage)
        if service == "events":
            await self.noun("ApiCalls").send(arn, passage.target.get("HttpParameters", {}), text)
            return
        if service == "logs":
            await self._to_log(resource, text, how)
            return
        if service == "states":
            await self._to_machine(passage, text, how)
            return
        group = passage.target.get("SqsParameters", {}).get("MessageGroupId", "")
        if service == "kinesis":
            group = inputs.partition_key(passage)
        await destinations.put(
            self.home, arn, text, trace=passage.trace, group=group, deduplication=passage.event["id"],
            access_key=self._key(passage), sender=Sender(SERVICE, passage.rule, self.home.account),
        )  # fmt: skip

    async def _to_bus(self, arn: str, passage: Passage) -> None:
        """
        The event itself passes on, with its id as long as it stays in its region, but never to a third bus.

        AWS: eventbridge/latest/userguide/eb-bus-to-bus.html; the codes are those of eb-rule-dlq.html.
        """
        _, _, _, region, account, resource = arn.split(":", 5)
        if passage.hopped:
            hop = "THIRD_REGION_HOP_DETECTED" if region != self.home.region else "THIRD_ACCOUNT_HOP_DETECTED"
            raise ApiError(hop, "An event bus cannot pass on an event that it received from another event bus.")
        home = self.home.cloud.home(account, region)
        entries = home.service("events").nouns["Entries"]
        name = resource.rpartition("event-bus/")[2]
        bus = entries.bus_at(name)
        if account != self.home.account:
            key = self._key(passage) or self.home.account
            home.service("events").nouns["Visitors"].admit_event(key, bus, passage.event, passage.rule)
        event = passage.event if region == self.home.region else {**passage.event, "id": self.ids.uuid()}
        await entries.arrive(name, event, passage.trace, hopped=True)

    def _key(self, passage: Passage) -> str:
        """Of the role in whose name the target is called; empty where the rule itself does."""
        role = passage.target.get("RoleArn", "")
        if not role:
            return ""
        return str(self.home.cloud.credentials.of_function(self.home.account, role, passage.rule_name).id)

    async def _to_machine(self, passage: Passage, text: str, how: dict[str, Any]) -> None:
        """An execution that begins, in the name of the target's role."""
        wish = {"stateMachineArn": passage.target["Arn"], "input": text}
        await self.home.call("stepfunctions", "StartExecution", wish, access_key=self._key(passage), **how)

    async def _to_log(self, resource: str, text: str, how: dict[str, Any]) -> None:
        group = resource.removeprefix("log-group:").removesuffix(":*")
        stream = {"logGroupName": group, "logStreamName": self.ids.uuid()}
        await self.home.call("logs", "CreateLogStream", stream, **how)
        event = {"timestamp": int(self.clock.now() * 1000), "message": text}
        await self.home.call("logs", "PutLogEvents", {**stream, "logEvents": [event]}, **how)


def _error_code(failure: Exception) -> str:
    """EventBridge's name for why a delivery failed. AWS: eventbridge/latest/userguide/eb-rule-dlq.html"""
    if not isinstance(failure, ApiError):
        return "INVALID_JSON"
    if failure.code.replace("_", "").isupper():  # EventBridge's own word already
        return failure.code
    if failure.throttling:
        return "THROTTLING"
    known = {"NO_PERMISSIONS": ("AccessDenied", "AuthorizationError"), "NO_RESOURCE": ("NotFound", "NotExist")}
    for code, parts in known.items():
        if any(part in failure.code for part in parts):
            return code
    return "ERROR_FROM_TARGET" if (failure.status or 400) >= 500 else "INVALID_PARAMETER"


def _may_succeed(failure: Exception) -> bool:
    """Whether another attempt can: not where the target is gone or refuses the event itself."""
    return isinstance(failure, ApiError) and failure.transient
