"""
Who asks, and whom a statement of a resource policy means.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Literal

import msgspec

Kind = Literal["root", "user", "role", "federated", "service", "anonymous"]
_TYPES = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}
_FAMILIES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class Principal(msgspec.Struct, frozen=True):
    """
    Who asks: a root user, a user, a session of a role (`role` is the role's ARN), a federated user, an AWS service, or nobody
    known. `arn` is what GetCallerIdentity shows.
    """

    kind: Kind
    arn: str = ""
    account: str = ""
    role: str = ""
    user_id: str = ""
    service: str = ""
    tags: dict[str, str] = {}
    source_identity: str = ""

    def keys(self) -> dict[str, str]:
        """The condition keys that a request has because of who made it, in lower case."""
        if self.kind == "service":
            return {"aws:principalisawsservice": "true", "aws:principalservicename": self.service}
        found = {"aws:principaltype": _TYPES[self.kind], "aws:principalisawsservice": "false"}
        if self.kind == "anonymous":
            return found
        found["aws:principalarn"] = self.role or self.arn
        found["aws:principalaccount"] = self.account
        found["aws:userid"] = self.user_id or self.account
        if self.kind == "user":
            found["aws:username"] = self.arn.rsplit("/", 1)[-1]
        if self.source_identity:
            found["aws:sourceidentity"] = self.source_identity
        found.update((f"aws:principaltag/{name.lower()}", value) for name, value in self.tags.items())
        return found


class Match(IntEnum):
    """How closely a statement means a principal; what it grants depends on that."""

    NOT = 0
    ACCOUNT = 1
    """Its account: the account decides who in it may."""
    ROLE = 2
    """The role whose session it is."""
    ITSELF = 3
    """It alone, or everybody."""


class Principals:
    """The Principal or NotPrincipal of a statement."""

    __slots__ = ("_all_but", "_everybody", "_named", "_others")

    def __init__(self, element: Any, all_but: bool = False) -> None:
        """Raises ValueError for an element that is none."""
        self._all_but = all_but
        self._everybody = element == "*"
        named: set[str] = set()
        others: set[str] = set()
        if not self._everybody:
            if not isinstance(element, dict) or not element.keys() <= _FAMILIES:
                raise ValueError(f"{element!r} is not a principal")
            for family, given in element.items():
                for name in [given] if isinstance(given, str) else given:
                    if name == "*" and family == "AWS":
                        self._everybody = True
                    elif family == "AWS":
                        named.add(f"arn:aws:iam::{name}:root" if len(name) == 12 and name.isdigit() else name)
                    else:
                        others.add(name)
        self._named = frozenset(named)
        self._others = frozenset(others)

    def match(self, principal: Principal) -> Match:
        found = self._match(principal)
        if self._all_but:
            return Match.NOT if found else Match.ITSELF
        return found

    def _match(self, principal: Principal) -> Match:
        if self._everybody:
            return Match.ITSELF
        if principal.kind == "service":
            return Match.ITSELF if principal.service in self._others else Match.NOT
        if principal.kind == "anonymous":
            return Match.NOT
        named = self._named
        if principal.arn in named or principal.user_id in named:
            return Match.ACCOUNT if principal.kind == "root" else Match.ITSELF
        if principal.role and (principal.role in named or principal.user_id.partition(":")[0] in named):
            return Match.ROLE
        return Match.ACCOUNT if f"arn:aws:iam::{principal.account}:root" in named else Match.NOT
