"""What asynchronous invocations hand on: records for destinations, events for dead-letter queues.

send ─► the target takes it ─► on record
     ├─► it fails or throttles ─► kept, tried again with a back-off
     └─► it refuses for good ─► on record as failed
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.fabric import destinations
from windtunnel.fabric.deliveries import Delivery
from windtunnel.fabric.retry_policy import back_off_s
from windtunnel.services.lambda_.facts import DestinationDeliveryFailed, EventDeadLettered, EventLost
from windtunnel.services.lambda_.functions import LambdaTables

LONGEST_S = 6 * 3_600
LONGEST_WAIT_S = 300


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """`attempts` are those of the invocation, `success` says that it succeeded; `attributes` belong to dead letters."""

    function: str
    request: str
    target: str
    body: str
    attributes: dict[str, dict[str, str]] | None
    success: bool
    access_key: str
    trace: str
    attempts: int
    resources: tuple[str, ...]


class Letters(LambdaTables):
    async def send(self, letter: Letter) -> bool:
        """Whether the target has it, or will get it as soon as it can."""
        try:
            await self._put(letter)
        except ApiError as error:
            if not error.transient:
                self._failed(letter, error)
                return False
            now = self.clock.now()
            self.home.cloud.fabric.accept(
                Delivery(
                    id=self.ids.uuid(), service="lambda", noun="Letters", account=self.home.account, region=self.home.region,
                    target=letter.target, payload=msgspec.msgpack.encode(letter), accepted_at=now, due_at=now + 1,
                    expires_at=now + LONGEST_S, attempts=1,
                )
            )  # fmt: skip
        return True

    async def attempt(self, delivery: Delivery) -> Delivery | None:
        """One more try (`fabric/deliveries.py`)."""
        letter = msgspec.msgpack.decode(delivery.payload, type=Letter)
        try:
            await self._put(letter)
        except ApiError as error:
            due_at = self.clock.now() + back_off_s(delivery.attempts, LONGEST_WAIT_S)
            if error.transient and due_at < delivery.expires_at:
                return replace(delivery, due_at=due_at)
            self._failed(letter, error)
        return None

    async def _put(self, letter: Letter) -> None:
        attributes: Any = letter.attributes
        await destinations.put(
            self.home, letter.target, letter.body, access_key=letter.access_key, attributes=attributes, trace=letter.trace,
            detail_type=f"Lambda Function Invocation Result - {'Success' if letter.success else 'Failure'}",
            resources=letter.resources,
        )  # fmt: skip
        if not letter.success:
            self.home.record(EventDeadLettered(letter.function, letter.request, letter.target, letter.attempts))

    def _failed(self, letter: Letter, error: ApiError) -> None:
        kind = "DestinationDeliveryFailures" if letter.attributes is None else "DeadLetterErrors"
        self.home.record(DestinationDeliveryFailed(letter.function, letter.request, letter.target, kind, str(error)))
        if not letter.success:
            why = f"{letter.target} refused it: {error}"
            self.home.record(EventLost(letter.function, letter.request, why))
