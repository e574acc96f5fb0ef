"""Who of elsewhere may use a queue: its policy decides."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.calls import Call
from windtunnel.aws.visitors import Asked, Visiting
from windtunnel.services.sqs.permissions import SHARED_ACTIONS
from windtunnel.services.sqs.queues import SqsTables
from windtunnel.services.sqs.records import Queue


class Visitors(SqsTables, Visiting):
    refusal = ("AccessDenied", 403)
    named = "QueueUrl"

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.queues.follow(self._changed)

    def _changed(self, old: Queue | None, new: Queue | None) -> None:
        if old is None or new is None or old.attributes is not new.attributes:
            self.judge_anew()

    def asked(self, call: Call) -> list[Asked]:
        """AWS writes the action in small letters. What is not to be shared, no policy gives away."""
        name = call.params.get("QueueName") or call.params.get("QueueUrl", "").rpartition("/")[2]
        action = call.operation.removesuffix("Batch")
        queue = self.queues.get(name)
        shared = queue is not None and action in SHARED_ACTIONS
        policy = queue.attributes.get("Policy", "") if queue is not None and shared else ""
        return [Asked(f"sqs:{action.lower()}", self.home.arn("sqs", name), policy)]
