"""The bench that experiments work on: the deployed application, its sample events, time, and what was recorded meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.deploy.application import Deployment
from windtunnel.engine.spec import Invocation, Outcome, Spec
from windtunnel.kernel.clock import VirtualClock
from windtunnel.kernel.recorder import Entry
from windtunnel.lens.estate import Estate
from windtunnel.lens.evidence import Evidence
from windtunnel.lens.resources import FunctionResource


class Result(msgspec.Struct, frozen=True):
    """What an experiment found out about a resource; `held` None: it could not tell, and `says` why."""

    resource: str
    held: bool | None
    says: str
    evidence: tuple[Evidence, ...] = ()


class Bench:
    """`events` are sample events by the logical id of the function they are for."""

    def __init__(
        self, home: Home, clock: VirtualClock, deployment: Deployment, estate: Estate, events: dict[str, list[Any]]
    ) -> None:
        self.home = home
        self.clock = clock
        self.deployment = deployment
        self.estate = estate
        self.events = events

    async def call(self, service: str, operation: str, wish: dict[str, Any]) -> dict[str, Any]:
        return await self.home.call(service, operation, wish)

    def name(self, function: FunctionResource) -> str:
        """The function's name as deployed."""
        return self.deployment.physical[function.logical_id]

    def spec(self, function: FunctionResource) -> Spec:
        """What an environment of this function runs with."""
        invocations: Any = self.home.service("lambda").nouns["Invocations"]
        spec: Spec = invocations.spec(invocations.configuration_of(self.name(function), ""))
        return spec

    async def alone(self, spec: Spec, events: list[Any]) -> list[Outcome]:
        """These events one after another in a new environment that nobody else uses."""
        environment = await self.home.cloud.engine.fresh(spec)
        try:
            return [await environment.invoke(self.invocation(event)) for event in events]
        finally:
            await environment.stop("experiment")

    def invocation(self, event: Any) -> Invocation:
        return Invocation(payload=msgspec.json.encode(event), request_id=self.home.ids.uuid())

    @contextmanager
    def failing(self, marker: str) -> Iterator[None]:
        """Invocations whose payload contains the marker fail inside, as if the function had raised."""
        invocations: Any = self.home.service("lambda").nouns["Invocations"]
        invocations.poison.add(marker.encode())
        try:
            yield
        finally:
            invocations.poison.discard(marker.encode())

    def mark(self) -> int:
        """A point in the flight record; pass it to `since`."""
        return self.home.cloud.recorder.latest()

    def since(self, mark: int, kind: str | None = None, **fields: Any) -> list[Entry]:
        return self.home.cloud.recorder.records(kind, mark, **fields)

    async def messages(self, queue_arn: str) -> list[dict[str, Any]]:
        """Up to ten messages that stand in a queue, without taking them away for long."""
        _, _, _, region, account, name = queue_arn.split(":", 5)
        wish = {
            "QueueUrl": f"https://sqs.{region}.amazonaws.com/{account}/{name}",
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": 0,
            "MessageAttributeNames": ["All"],
            "MessageSystemAttributeNames": ["All"],
        }
        try:
            return list((await self.call("sqs", "ReceiveMessage", wish)).get("Messages", []))
        except ApiError:
            return []

    def queue_arn(self, logical_id: str) -> str:
        """The ARN of a queue of the template, or of an ARN that stands there itself."""
        if logical_id.startswith("arn:"):
            return logical_id
        url = self.deployment.physical.get(logical_id, "")
        return self.home.arn("sqs", url.rsplit("/", 1)[-1]) if url else ""

    def sample(self, function: FunctionResource) -> list[Any]:
        """Sample events of a function: its own, or none."""
        return self.events.get(function.logical_id, [])

    def record_of(self, event: Any) -> dict[str, Any] | None:
        """The first record of an event of a queue, topic or stream."""
        records = event.get("Records") if isinstance(event, dict) else None
        return records[0] if isinstance(records, list) and records else None


def failed(outcome: Outcome) -> bool:
    return bool(outcome.error)


def answer_of(outcome: Outcome) -> Any:
    """The answer as a value; the text of one that is no JSON."""
    try:
        return json.loads(outcome.payload or b"null")
    except ValueError:
        return outcome.payload.decode(errors="replace")
