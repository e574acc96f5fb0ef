"""
Calling the targets of schedules: at once, then again with a back-off, at last to the dead-letter queue.

AWS: scheduler/latest/UserGuide/configuring-schedule-dlq.html, managing-schedule-context-attributes.html
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.fabric import destinations, retry_policy
from windtunnel.fabric.deliveries import Delivery
from windtunnel.services.scheduler import targets
from windtunnel.services.scheduler.facts import ScheduleDeadLettered, ScheduleFailed, ScheduleInvoked, ScheduleLost
from windtunnel.services.scheduler.groups import SchedulerTables
from windtunnel.services.scheduler.records import Invocation


class Invocations(SchedulerTables):
    async def attempt(self, delivery: Delivery) -> Delivery | None:
        """One more try (`fabric/deliveries.py`)."""
        invocation = msgspec.msgpack.decode(delivery.payload, type=Invocation)
        text = self._input(invocation, delivery.attempts)
        key = self._session(invocation)
        try:
            await targets.call(self.home, invocation.target, text, invocation.schedule, key)
        except ApiError as failure:
            return await self._again(delivery, invocation, text, failure)
        self.home.record(
            ScheduleInvoked(invocation.schedule, delivery.target, invocation.scheduled_at, delivery.attempts)
        )
        return None

    def _session(self, invocation: Invocation) -> str:
        name = invocation.schedule.rpartition("/")[2]
        return self.home.cloud.credentials.of_function(self.home.account, invocation.target["RoleArn"], name).id

    def _input(self, invocation: Invocation, attempt: int) -> str:
        text = invocation.target.get("Input")
        if text is None:
            return self._default_input(invocation)
        values = {
            "schedule-arn": invocation.schedule,
            "scheduled-time": timestamps.iso(int(invocation.scheduled_at)),
            "execution-id": invocation.execution,
            "attempt-number": str(attempt),
        }
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return str(text)

    def _default_input(self, invocation: Invocation) -> str:
        """What a target gets that names no input of its own; the detail is a text there."""
        event = {
            "version": "0",
            "id": self.ids.uuid(),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self.home.account,
            "time": timestamps.iso(int(invocation.scheduled_at)),
            "region": self.home.region,
            "resources": [invocation.schedule],
            "detail": "{}",
        }
        return json.dumps(event, separators=(",", ":"))

    async def _again(self, delivery: Delivery, invocation: Invocation, text: str, failure: ApiError) -> Delivery | None:
        """The same delivery with its next time; None when it has been given up."""
        due_at, exhausted = retry_policy.following(delivery, invocation.target, self.clock.now())
        given_up = bool(exhausted) or not failure.transient
        next_at = 0.0 if given_up else due_at
        self.home.record(ScheduleFailed(invocation.schedule, delivery.target, delivery.attempts, str(failure), next_at))
        if not given_up:
            return replace(delivery, due_at=due_at)
        await self._dead_letter(delivery, invocation, text, failure, exhausted)
        return None

    async def _dead_letter(
        self, delivery: Delivery, invocation: Invocation, text: str, failure: ApiError, exhausted: str
    ) -> None:
        queue = invocation.target.get("DeadLetterConfig", {}).get("Arn", "")
        texts = {
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": failure.message,
            "EXECUTION_ID": invocation.execution,
            "EXHAUSTED_RETRY_CONDITION": exhausted,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(delivery.attempts - 1),
            "SCHEDULED_TIME": timestamps.iso(int(invocation.scheduled_at)),
            "SCHEDULE_ARN": invocation.schedule,
            "TARGET_ARN": delivery.target,
        }
        attributes: dict[str, dict[str, Any]] = {
            name: {"DataType": "String", "StringValue": value} for name, value in texts.items() if value
        }
        try:
            if not queue:
                raise failure
            await destinations.put(self.home, queue, text, attributes=attributes)
        except ApiError as error:
            self.home.record(ScheduleLost(invocation.schedule, delivery.target, error.message))
        else:
            self.home.record(ScheduleDeadLettered(invocation.schedule, delivery.target, queue))
