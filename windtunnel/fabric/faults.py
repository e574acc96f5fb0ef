"""
Faults on purpose: calls of a cloud that are refused, throttled, delayed, doubled or lost, as AWS's are on a bad day.

    cloud.faults.add(Fault(kind="throttle", service="dynamodb", caller="*/TakeOrder", probability=0.2))

Every hop between services is a call, so a fault on `sqs:SendMessage` strikes the client that sends as well as the topic that fans
out. So are requests to the outside: their service is `http`, their operation the method, their resource the host or the URL
(`outside_calls.py`). The same seed strikes the same calls again. While there is no fault, a call costs one attribute more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeVar, get_args

import msgspec
from msgspec.structs import replace

from windtunnel.aws.calls import Call
from windtunnel.aws.errors import ApiError
from windtunnel.kernel.clock import Clock
from windtunnel.kernel.ids import Ids
from windtunnel.kernel.recorder import Fact, Recorder

Kind = Literal["refuse", "throttle", "error", "delay", "drop-after-accept", "lost-answer", "duplicate", "reorder"]
KINDS: tuple[str, ...] = get_args(Kind)
REORDERED_WITHIN = 100
"""How many messages ahead of its turn one may be taken."""

Answer = dict[str, Any]
Item = TypeVar("Item")

_THROTTLED = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "http": ("TooManyRequests", 429),
    "kinesis": ("ProvisionedThroughputExceededException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "s3": ("SlowDown", 503),
    "sns": ("Throttled", 429),
    "sqs": ("RequestThrottled", 403),
}
"""AWS's code and status for "too many requests", by service; the rest say ThrottlingException."""

_NAMING = ("arn", "bucket", "id", "name", "url")
"""How the members end that name what a call is about."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What strikes, where, and how often. The texts are patterns with `*`; case counts.

    `resource` is the name or ARN of what is asked for, `caller` the ARN of who asks, whose end is the name of the function.
    `probability` is between 0 and 1, `count` ends the fault after so many strikes (0: never), `seconds` is for `delay`, `code`
    and `status` for `error`.
    """

    kind: Kind
    service: str = "*"
    operation: str = "*"
    resource: str = "*"
    caller: str = "*"
    probability: float = 1.0
    count: int = 0
    seconds: float = 0.0
    code: str = ""
    status: int = 0
    seed: int = 0
    id: str = ""


class FaultInjected(Fact, frozen=True):
    """A fault struck a call."""

    fault: str
    fault_kind: str
    service: str
    operation: str
    resource: str
    caller: str


class InvalidFault(ValueError):
    """The fault can never strike as it is meant; the text says why."""


def made(**fields: Any) -> Fault:
    """A fault from what a person wrote. Raises InvalidFault, which names the field that is wrong."""
    try:
        fault = msgspec.convert(fields, Fault)
    except msgspec.ValidationError as wrong:
        raise InvalidFault(str(wrong)) from None
    _check(fault)
    return fault


class Active:
    """A fault at work: its own chance, and how often it struck."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.struck = 0
        self._ids = Ids(fault.seed)

    def strikes(self, service: str, operation: str, resources: list[str], caller: str) -> bool:
        fault = self.fault
        fits = (
            fnmatchcase(service, fault.service)
            and fnmatchcase(operation, fault.operation)
            and (fault.resource == "*" or any(fnmatchcase(name, fault.resource) for name in resources))
            and (fault.caller == "*" or fnmatchcase(caller, fault.caller))
        )
        if not fits or (fault.count and self.struck >= fault.count):
            return False
        if fault.probability < 1 and self._ids.fraction() >= fault.probability:
            return False
        self.struck += 1
        return True

    def shuffled(self, items: list[Item]) -> list[Item]:
        return sorted(items, key=lambda _: self._ids.fraction())


class Faults:
    """The faults of one cloud. They are not stored: a new process starts without."""

    def __init__(self, clock: Clock, ids: Ids, recorder: Recorder) -> None:
        self._clock = clock
        self._ids = ids
        self._recorder = recorder
        self.active: list[Active] = []

    def add(self, fault: Fault) -> Fault:
        """From now on. Returns it with its id. Raises InvalidFault."""
        _check(fault)
        fault = replace(fault, id=fault.id or self._ids.hex(8))
        self.active = [*self.active, Active(fault)]
        return fault

    def remove(self, id: str) -> bool:
        """Whether there was one of that id."""
        kept = [each for each in self.active if each.fault.id != id]
        gone = len(kept) < len(self.active)
        self.active = kept
        return gone

    def clear(self) -> None:
        self.active = []

    def striking(self, call: Call, caller: str) -> list[Fault]:
        """The faults that strike this call, one of a kind at most. Counted and recorded."""
        struck: dict[str, Fault] = {}
        resources: list[str] | None = None
        for each in self.active:
            if each.fault.kind == "reorder" or each.fault.kind in struck:
                continue
            if resources is None:
                resources = _resources(call.params)
            if each.strikes(call.service, call.operation, resources, caller):
                struck[each.fault.kind] = each.fault
                self._tell(each.fault, call.service, call.operation, resources, caller)
        return list(struck.values())

    async def answered(
        self, call: Call, struck: list[Fault], perform: Callable[[bool], Answer | Awaitable[Answer]]
    ) -> Answer:
        """
        The call's answer with these faults. Raises the ApiErrors that they mean.

        `perform(keep)` does the call; unless it is to keep what it did, it takes it back, or raises an ApiError if it cannot.
        """
        by_kind = {fault.kind: fault for fault in struck}
        if delay := by_kind.get("delay"):
            with self._clock.resting():
                await self._clock.sleep_until(self._clock.now() + delay.seconds)
        if "refuse" in by_kind:
            raise ApiError("ServiceUnavailable", "A fault refuses the call.", status=503, sender=False)
        if "throttle" in by_kind:
            code, status = _THROTTLED.get(call.service, ("ThrottlingException", 400))
            raise ApiError(code, "A fault throttles the call: Rate exceeded", status=status)
        if error := by_kind.get("error"):
            code, answered = error.code or "InternalFailure", error.status or (None if error.code else 500)
            raise ApiError(code, "A fault fails the call.", status=answered, sender=False)
        if "drop-after-accept" in by_kind:
            return await _now(perform(False))
        answer = await _now(perform(True))
        if "duplicate" in by_kind:
            await _now(perform(True))
        if "lost-answer" in by_kind:
            raise ApiError(
                "ServiceUnavailable", "A fault lost the answer: the call was done.", status=503, sender=False
            )
        return answer

    def reordered(
        self, service: str, operation: str, resource: str, take: Callable[[int], list[Item]], limit: int
    ) -> list[Item]:
        """Up to `limit` of the items that `take(n)` gives first: in another order, and from further back, where a fault says so."""
        for each in self.active:
            if each.fault.kind == "reorder" and each.strikes(service, operation, [resource, _last(resource)], ""):
                self._tell(each.fault, service, operation, [resource], "")
                return each.shuffled(take(limit + REORDERED_WITHIN))[:limit]
        return take(limit)

    def _tell(self, fault: Fault, service: str, operation: str, resources: list[str], caller: str) -> None:
        resource = resources[0] if resources else ""
        self._recorder.record(FaultInjected(fault.id, fault.kind, service, operation, resource, caller))


async def _now(answer: Answer | Awaitable[Answer]) -> Answer:
    return answer if isinstance(answer, dict) else await answer


def _resources(params: Answer) -> list[str]:
    """What a call may be about: its names, URLs and ARNs, whole and by their last part."""
    found: list[str] = []
    for member, value in params.items():
        if isinstance(value, str) and member.lower().endswith(_NAMING):
            found += [value, _last(value)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found += [name for name in (value[0].get("EventBusName"),) if isinstance(name, str)]
    return found


def _last(name: str) -> str:
    return name.replace("/", ":").rpartition(":")[2]


def _check(fault: Fault) -> None:
    if not 0 < fault.probability <= 1:
        raise InvalidFault(f"probability must be above 0 and at most 1, not {fault.probability}")
    if fault.count < 0:
        raise InvalidFault(f"count must be 0 (for ever) or more, not {fault.count}")
    if (fault.kind == "delay") != (fault.seconds > 0):
        raise InvalidFault("seconds must be given for delay, and only for it")
    if fault.kind != "error" and (fault.code or fault.status):
        raise InvalidFault("code and status are for error only")
    if fault.status and not 400 <= fault.status <= 599:
        raise InvalidFault(f"status must be between 400 and 599, not {fault.status}")
    if fault.kind == "reorder" and not (
        fnmatchcase("sqs", fault.service) and fnmatchcase("ReceiveMessage", fault.operation) and fault.caller == "*"
    ):
        raise InvalidFault("reorder strikes sqs:ReceiveMessage of standard queues, whoever calls")
