"""Whether somebody may do something: what the services that enforce it ask."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.credentials import AccessKey
from windtunnel.policy.decisions import Attached, Decision, Policies, decide
from windtunnel.policy.documents import asked
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
        principal, own, unknown = self._granted(access_key)
        now = self.clock.now()
        keys = {"aws:EpochTime": str(int(now)), "aws:CurrentTime": str(now), "aws:ResourceAccount": self.home.account}
        request = asked(principal, action, resource, {**keys, **(context or {})}, self.home.account)
        decision = decide(request, replace(own, resource=policy))
        self.home.record(
            AccessDecided(
                principal.arn,
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
