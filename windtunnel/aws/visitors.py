"""Who comes from elsewhere: callers of another account, and services of AWS that deliver. The resource's own policy decides.

    client of A ─► home of A ─► handler: it is B's ─ raises Elsewhere ─► home of B: Visitors.admit ─► the same handler there
    rule, topic, bucket ─► home.call(…, sender=…) ─┬─ of another account: Visitors.admit_sender
                                                   └─ of the same: allowed; what AWS would miss is noted, once

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from windtunnel.aws.calls import Call, Sender
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.recorder import Fact

_NO_POLICY = "because no resource-based policy allows the {} action"


class Asked(NamedTuple):
    """What a visitor wants. `policy` is the text of the resource's own; empty where it has none."""

    action: str
    resource: str
    policy: str = ""
    context: dict[str, Any] = {}


class PermissionMissing(Fact, frozen=True):
    """A service delivered within its account what AWS would refuse for want of a permission in the resource's policy."""

    sender: str
    source: str
    action: str
    resource: str
    why: str


class Visiting(Operations):
    """A service that takes visitors has a noun `Visitors` of this kind."""

    refusal: ClassVar[tuple[str, int]] = ("AccessDeniedException", 400)
    """The service's error for it, and its status."""
    named: ClassVar[str] = ""
    """The member of a call that names its resource."""

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._noted: set[tuple[str, str]] = set()

    def asked(self, call: Call) -> list[Asked]:
        """What the call wants of this account's resources. Raises ApiErrors for what is not there."""
        raise NotImplementedError

    def judge_anew(self) -> None:
        """A policy has changed: what was noted of senders holds no longer."""
        self._noted.clear()

    def admit(self, call: Call) -> None:
        """Raises the service's error unless whoever has the call's key may do all that it asks for."""
        for asked in self.asked(call):
            self.check(call.access_key, asked)

    def check(self, access_key: str, asked: Asked) -> None:
        credentials = self.home.cloud.credentials
        context = {"aws:SourceOwner": credentials.account_of(access_key), **asked.context}
        decision = self._judge().on(access_key, asked.action, asked.resource, asked.policy, context)
        if not decision.allowed:
            who = credentials.principal_of(access_key, credentials.account_of(access_key))
            raise self._refused(who, asked, decision)

    def admit_sender(self, call: Call, sender: Sender) -> None:
        """Raises the service's error unless the policies let this service do it for its source."""
        for asked in self.asked(call):
            decision = self._judge().on_sender(sender, asked.action, asked.resource, asked.policy, asked.context)
            if not decision.allowed:
                raise self._refused(sender.service, asked, decision)

    def note_sender(self, call: Call, sender: Sender) -> None:
        """Say once of each source and policy what `admit_sender` would have refused."""
        way = (sender.arn, call.params.get(self.named) or "")
        if way in self._noted:
            return
        self._noted.add(way)
        for asked in self.asked(call):
            why = _NO_POLICY.format(asked.action)  # known without IAM, which need not be opened for it
            if asked.policy:
                decision = self._judge().on_sender(sender, asked.action, asked.resource, asked.policy, asked.context)
                if decision.allowed:
                    continue
                why = decision.because(asked.action)
            self.home.record(PermissionMissing(sender.service, sender.arn, asked.action, asked.resource, why))

    def _judge(self) -> Any:
        return self.home.service("iam").nouns["Decisions"]

    def _refused(self, who: str, asked: Asked, decision: Any) -> ApiError:
        code, status = self.refusal
        because = decision.because(asked.action)
        words = f"User: {who} is not authorized to perform: {asked.action} on resource: {asked.resource} {because}"
        return ApiError(code, words, status=status)
