"""Whether somebody may do something: what the services that enforce it ask."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.calls import Sender
from windtunnel.aws.credentials import AccessKey
from windtunnel.policy.decisions import Attached, Decision, Policies, decide
from windtunnel.policy.documents import Malformed, asked, document
from windtunnel.policy.principals import Principal
from windtunnel.services.iam.facts import AccessDecided
from windtunnel.services.iam.grants import Granted
from windtunnel.services.iam.tables import IamTables


class Decisions(IamTables):
    def decide(
        self,
        access_key: str,
        action: str,
        resource: str,
        policy: Attached | None,
        context: dict[str, Any] | None = None,
    ) -> Decision:
        """
        On a request for something of this account, whose own `policy` is given. A key that nobody gave out is its account's
        root user. Recorded.
        """
        granted = self._granted(access_key)
        keys = dict(context or {})
        if organization := self.home.settings.organization:
            keys |= {"aws:PrincipalOrgID": organization, "aws:ResourceOrgID": organization}
        return self._decided(granted, action, resource, policy, keys)

    def on(self, access_key: str, action: str, resource: str, policy: str, context: dict[str, Any]) -> Decision:
        """The same, for a policy as text; one that is none allows nothing."""
        return self.decide(access_key, action, resource, attached(policy), context)

    def on_sender(self, sender: Sender, action: str, resource: str, policy: str, context: dict[str, Any]) -> Decision:
        """On a request that a service of AWS makes by itself, for one of its resources."""
        keys = {**context, "aws:SourceArn": sender.arn, "aws:SourceAccount": sender.account}
        if organization := self.home.settings.organization:
            keys |= {"aws:SourceOrgID": organization, "aws:ResourceOrgID": organization}
        service = Granted(Principal("service", service=sender.service), Policies(), ())
        return self._decided(service, action, resource, attached(policy), keys)

    def _decided(
        self, granted: Granted, action: str, resource: str, policy: Attached | None, context: dict[str, Any]
    ) -> Decision:
        principal, own, unknown = granted
        now = self.clock.now()
        keys = {"aws:EpochTime": str(int(now)), "aws:CurrentTime": str(now), "aws:ResourceAccount": self.home.account}
        request = asked(principal, action, resource, {**keys, **context}, self.home.account)
        decision = decide(request, replace(own, resource=policy))
        self.home.record(
            AccessDecided(
                principal.arn or principal.service,
                action,
                resource,
                decision.allowed,
                decision.kind,
                decision.policy,
                decision.statement,
                unknown,
            )
        )
        return decision

    def _granted(self, access_key: str) -> Granted:
        credentials = self.home.cloud.credentials
        key: AccessKey | None = credentials.find(access_key)
        if key is None:
            account = credentials.account_of(access_key)
            root = Principal("root", arn=f"arn:aws:iam::{account}:root", account=account)
            return Granted(root, Policies(), ())
        iam = self.home.cloud.home(key.account, self.home.region).service("iam")
        granted: Granted = iam.nouns["Grants"].of(key)
        return granted


def attached(policy: str) -> Attached | None:
    """A resource's own policy; None for none, and for a text that is none."""
    try:
        return Attached("the policy of the resource", document(policy)) if policy else None
    except Malformed:
        return None
