"""Asynchronous invocation: accepted events are tried, tried again, and given up to a destination or dead-letter queue.

A function's error is retried twice, after one minute and after two more; a throttle or a failure of the platform is retried with a
back-off of one second that doubles to five minutes, until the event is too old.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Context
from windtunnel.engine.spec import Outcome
from windtunnel.fabric.deliveries import Delivery
from windtunnel.services.lambda_ import payloads, traces
from windtunnel.services.lambda_.facts import (
    EventAccepted,
    EventFailed,
    EventLost,
)
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.letters import Letter
from windtunnel.services.lambda_.records import LATEST, Configuration, InvokeConfig

MAXIMUM_AGE_S = 21_600
RETRIES = 2
RETRY_WAITS_S = (60, 120)
LONGEST_BACKOFF_S = 300


class Asynchronous(LambdaTables):
    def accept(self, ctx: Context, name: str, qualifier: str, payload: bytes) -> None:
        now = self.clock.now()
        config = self._invoke_config(name, qualifier)
        age = config.maximum_age if config and config.maximum_age is not None else MAXIMUM_AGE_S
        with self.home.step():
            self.home.cloud.fabric.accept(
                Delivery(
                    id=ctx.request_id,
                    service="lambda",
                    noun="Asynchronous",
                    account=self.home.account,
                    region=self.home.region,
                    target=self.arn_of(name, qualifier),
                    payload=payload,
                    accepted_at=now,
                    due_at=now,
                    expires_at=now + age,
                    details={
                        "name": name,
                        "qualifier": qualifier,
                        "trace": traces.rooted(ctx.trace, now, self.ids),
                    },
                )
            )
        self.home.record(EventAccepted(self.arn_of(name, qualifier), ctx.request_id))

    async def attempt(self, delivery: Delivery) -> Delivery | None:
        """One try. None when the event is over; the delivery with its next time otherwise."""
        name, qualifier = delivery.details["name"], delivery.details["qualifier"]
        now = self.clock.now()
        try:
            if now > delivery.expires_at:
                return await self._give_up(delivery, "EventAgeExceeded", None, None)
            function = self.functions.get(name)
            if function is not None and function.reserved == 0 and delivery.attempts == 1:
                # AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html ("Note")
                return await self._give_up(delivery, "ZeroReservedConcurrency", None, None)
            config, outcome = await self.noun("Invocations").run(
                name,
                qualifier,
                delivery.payload,
                delivery.id,
                delivery.details.get("trace", ""),
            )
        except ApiError as error:
            if error.code == "ResourceNotFoundException":
                self.home.record(EventLost(delivery.target, delivery.id, "The function is gone."))
                return None
            if error.code == "RecursiveInvocationException":
                return await self._give_up(delivery, error.code, None, None)
            return await self._back_off(delivery, error)
        if not outcome.error:
            await self._succeeded(delivery, config, outcome)
            return None
        return await self._failed(delivery, config, outcome)

    async def _back_off(self, delivery: Delivery, error: ApiError) -> Delivery | None:
        throttles = delivery.attempts - delivery.failures - 1
        due_at = self.clock.now() + min(LONGEST_BACKOFF_S, 2 ** min(throttles, 9))
        if due_at > delivery.expires_at:
            return await self._give_up(delivery, "EventAgeExceeded", None, None)
        self.home.record(EventFailed(delivery.target, delivery.id, delivery.attempts, error.code, due_at))
        return replace(delivery, due_at=due_at)

    async def _failed(self, delivery: Delivery, config: Configuration, outcome: Outcome) -> Delivery | None:
        settings = self._invoke_config(delivery.details["name"], delivery.details["qualifier"])
        retries = settings.retries if settings and settings.retries is not None else RETRIES
        delivery = replace(delivery, failures=delivery.failures + 1)
        due_at = self.clock.now() + RETRY_WAITS_S[min(delivery.failures, len(RETRY_WAITS_S)) - 1]
        if delivery.failures > retries:
            return await self._give_up(delivery, "RetriesExhausted", config, outcome)
        if due_at > delivery.expires_at:
            return await self._give_up(delivery, "EventAgeExceeded", config, outcome)
        self.home.record(EventFailed(delivery.target, delivery.id, delivery.attempts, outcome.status, due_at))
        return replace(delivery, due_at=due_at)

    async def _give_up(
        self, delivery: Delivery, condition: str, config: Configuration | None, outcome: Outcome | None
    ) -> None:
        name, qualifier = delivery.details["name"], delivery.details["qualifier"]
        self.home.record(EventFailed(delivery.target, delivery.id, delivery.attempts, condition, 0.0))
        config = config or self.configuration_of(name, qualifier)
        settings = self._invoke_config(name, qualifier)
        handed_on = False
        if settings and settings.on_failure:
            body = self._envelope(delivery, condition, config, outcome)
            handed_on |= await self._hand_on(delivery, config, settings.on_failure, body, None)
        if config.dead_letter:
            attributes = _dead_letter_attributes(delivery, outcome)
            handed_on |= await self._hand_on(
                delivery, config, config.dead_letter, delivery.payload.decode(), attributes
            )
        if not handed_on:
            why = "It has neither a dead-letter queue nor a failure destination."
            if config.dead_letter or (settings and settings.on_failure):
                why = "Its target refused the event."
            self.home.record(EventLost(delivery.target, delivery.id, why))

    async def _succeeded(self, delivery: Delivery, config: Configuration, outcome: Outcome) -> None:
        settings = self._invoke_config(delivery.details["name"], delivery.details["qualifier"])
        if settings and settings.on_success:
            body = self._envelope(delivery, "Success", config, outcome)
            await self._hand_on(delivery, config, settings.on_success, body, None)

    async def _hand_on(
        self, delivery: Delivery, config: Configuration, target: str, body: str, attributes: Any
    ) -> bool:
        """Whether the target has it, or will get it as soon as it can."""
        success = attributes is None and '"condition":"Success"' in body
        letter = Letter(
            function=delivery.target, request=delivery.id, target=target, body=body, attributes=attributes, success=success,
            access_key=self.home.cloud.credentials.of_function(self.home.account, config.role, config.name).id,
            trace=self._trace(delivery, config), attempts=delivery.attempts,
            resources=(target, json.loads(body)["requestContext"]["functionArn"]) if attributes is None else (),
        )  # fmt: skip
        sent: bool = await self.noun("Letters").send(letter)
        return sent

    def _trace(self, delivery: Delivery, config: Configuration) -> str:
        """What the function would have passed on itself."""
        given = delivery.details.get("trace", "")
        return traces.passed_on(given, config.arn, config.tracing == "Active", self.clock.now(), self.ids)[0]

    def _envelope(self, delivery: Delivery, condition: str, config: Configuration, outcome: Outcome | None) -> str:
        """What a destination gets: the event, what came of it, and why. AWS: "Capturing records of asynchronous invocations"."""
        qualifier = delivery.details["qualifier"] or LATEST
        document: dict[str, Any] = {
            "version": "1.0",
            "timestamp": timestamps.iso_milliseconds(self.clock.now()),
            "requestContext": {
                "requestId": delivery.id,
                "functionArn": self.arn_of(delivery.details["name"], qualifier),
                "condition": condition,
                "approximateInvokeCount": delivery.attempts,
            },
            "requestPayload": payloads.shown(delivery.payload),
        }
        if outcome is not None:
            document["responseContext"] = {"statusCode": 200, "executedVersion": config.version}
            if outcome.error:
                document["responseContext"]["functionError"] = outcome.error
            document["responsePayload"] = payloads.shown(outcome.payload)
        return json.dumps(document, separators=(",", ":"))

    def _invoke_config(self, name: str, qualifier: str) -> InvokeConfig | None:
        return self.invoke_configs.get(name, qualifier or LATEST)


def _dead_letter_attributes(delivery: Delivery, outcome: Outcome | None) -> dict[str, dict[str, str]]:
    message = ""
    if outcome is not None:
        try:
            message = str(json.loads(outcome.payload).get("errorMessage", ""))
        except (ValueError, AttributeError):
            message = outcome.payload.decode(errors="replace")
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": delivery.id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
    }
    if message:
        attributes["ErrorMessage"] = {"DataType": "String", "StringValue": message[:1024]}
    return attributes
