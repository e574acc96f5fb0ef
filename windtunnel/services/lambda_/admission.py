"""Who may run now: the account's concurrency, what functions reserve and provision of it, and how fast they may grow.

    account (1,000) ─┬─ reserved by functions: each its own ceiling, less what it provisions
                     ├─ provisioned by the others: for invocations of that version or alias only
                     └─ the rest, for all others together

AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html, .../scaling-behavior.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.kernel.rates import Bucket
from windtunnel.services.lambda_.facts import InvocationThrottled
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import Function

MINIMUM_UNRESERVED = 100
GROWTH = 1_000
GROWTH_PER_S = 100.0
"""A function gets 1,000 new environments in ten seconds, refilled continuously, and saves up no more than that."""

REQUESTS_PER_S = 10
"""For each execution that may run at once."""


class Ticket(msgspec.Struct, frozen=True):
    """One admitted invocation; given back when it is over."""

    function: str
    reserved: bool


class Admission(LambdaTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.limit = self.home.settings.account_concurrency
        self.minimum = min(MINIMUM_UNRESERVED, self.limit)
        self._running: dict[str, int] = {}
        self._unreserved = 0
        self._growth: dict[str, Bucket] = {}
        self._requests: dict[str, Bucket] = {}

    def enter(self, name: str, starts: bool, counts_as_request: bool) -> Ticket:
        """
        Take one of the function's on-demand executions; `starts` says that it needs a new environment. Raises
        TooManyRequestsException with AWS's reason.
        """
        function = self.functions.get(name)
        reserved = function.reserved
        running = self._running.get(name, 0)
        if reserved is not None:
            if running >= reserved - self.provisioned_by(name):
                raise self.refusal(name, "ReservedFunctionConcurrentInvocationLimitExceeded")
            if counts_as_request and not self.in_rate(name, reserved):
                raise self.refusal(name, "ReservedFunctionInvocationRateLimitExceeded")
        else:
            if (
                self._unreserved >= self.minimum
                and self._unreserved >= self.unreserved() - self.provisioned_unreserved()
            ):
                raise self.refusal(name, "ConcurrentInvocationLimitExceeded")
            if counts_as_request and not self.in_rate("", self.limit):
                raise self.refusal(name, "FunctionInvocationRateLimitExceeded")
            self._unreserved += 1
        if starts and not self._grown(name):
            self._unreserved -= reserved is None
            raise self.refusal(name, "ConcurrentInvocationLimitExceeded")
        self._running[name] = running + 1
        return Ticket(name, reserved is not None)

    def leave(self, ticket: Ticket) -> None:
        self._running[ticket.function] -= 1
        if not ticket.reserved:
            self._unreserved -= 1

    def refusal(self, name: str, reason: str) -> ApiError:
        self.home.record(InvocationThrottled(self.arn_of(name), reason, self.claimed()))
        return ApiError("TooManyRequestsException", "Rate Exceeded.", status=429, Reason=reason, Type="User")

    def unreserved(self) -> int:
        """What the functions that reserve nothing have together."""
        return self.limit - sum(f.reserved or 0 for f in self.functions.all())

    def provisioned_by(self, name: str) -> int:
        return sum(p.ready if p.status == "FAILED" else p.requested for p in self.provisioned.all(name))

    def provisioned_unreserved(self, but: str = "") -> int:
        """What is provisioned out of the part that nobody reserved; `but` names a function that does not count."""
        names = set(self.provisioned.partitions()) - {but}
        return sum(self.provisioned_by(f.name) for f in map(self.functions.get, names) if f and f.reserved is None)

    def claimed(self) -> int:
        """As ClaimedAccountConcurrency: reserved, provisioned, and running beyond both."""
        return self.limit - self.unreserved() + self.provisioned_unreserved() + self._unreserved

    def check_reservation(self, function: Function, wanted: int) -> bool:
        """Whether enough is left for those that reserve nothing."""
        left = self.unreserved() + (function.reserved or 0) - wanted - self.provisioned_unreserved(but=function.name)
        return left >= self.minimum

    def in_rate(self, key: str, concurrency: int) -> bool:
        """Whether one more request in this second is within what so many executions may take."""
        rate = float(REQUESTS_PER_S * concurrency)
        now = self.clock.now()
        bucket = self._requests.get(key)
        if bucket is None:
            bucket = self._requests[key] = Bucket(rate, now)
        return bucket.take(now, size=rate, per_s=rate)

    def _grown(self, name: str) -> bool:
        now = self.clock.now()
        bucket = self._growth.get(name)
        if bucket is None:
            bucket = self._growth[name] = Bucket(GROWTH, now)
        return bucket.take(now, size=GROWTH, per_s=GROWTH_PER_S)
