"""
Decisions: whether a request is allowed, and because of what.

    a statement denies ───────────────────────────────────────────────────────────► denied
    same account    the resource's policy means the caller itself ────────────────► allowed
                    it means the caller's role, or the caller's policies allow ─┐
    other account   it means the caller or its account, and they allow ─────────┴─► boundary, session policy allow? allowed
    otherwise ────────────────────────────────────────────────────────────────────► not allowed

Services and unknown callers have no policies: the resource's alone decides. A root user may everything in its own account.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, .../access_policies_boundaries.html
"""

from __future__ import annotations

from typing import Literal

import msgspec

from windtunnel.policy.documents import Document, Request
from windtunnel.policy.principals import Match

Kind = Literal["identity-based policy", "resource-based policy", "permissions boundary", "session policy", "root user"]
Outcome = Literal["allowed", "denied", "not allowed"]


class Attached(msgspec.Struct, frozen=True):
    """A policy and what it is called."""

    name: str
    document: Document


class Policies(msgspec.Struct, frozen=True):
    """
    What bears on a request. `boundary` and `session` are None where there is none; then they limit nothing.
    `resource_must_allow`: nobody but this policy can give the permission, as with the trust policies of roles.
    """

    identity: tuple[Attached, ...] = ()
    resource: Attached | None = None
    boundary: Attached | None = None
    session: tuple[Attached, ...] | None = None
    resource_must_allow: bool = False


class Decision(msgspec.Struct, frozen=True):
    """
    `kind` says which sort of policy decided: the one that allowed, denied, or was the first that did not allow. `policy` and
    `statement` name the statement, where there is one.
    """

    outcome: Outcome
    kind: Kind
    policy: str = ""
    statement: str = ""

    @property
    def allowed(self) -> bool:
        return self.outcome == "allowed"

    def because(self, action: str) -> str:
        """Why not, in AWS's words. AWS: IAM/latest/UserGuide/troubleshoot_access-denied.html"""
        if self.outcome == "denied":
            article = "an" if self.kind[0] in "aeiou" else "a"
            return f"with an explicit deny in {article} {self.kind}"
        return f"because no {self.kind} allows the {action} action"


def decide(request: Request, policies: Policies) -> Decision:
    """Pure: the same for the same request and policies."""
    resource = () if policies.resource is None else (policies.resource,)
    boundary = () if policies.boundary is None else (policies.boundary,)
    denied = (
        _denied(request, policies.identity, "identity-based policy")
        or _denied(request, resource, "resource-based policy")
        or _denied(request, boundary, "permissions boundary")
        or _denied(request, policies.session or (), "session policy")
    )
    if denied is not None:
        return denied
    principal = request.principal
    match, granted = _allowed(request, resource, "resource-based policy")
    if principal.kind in ("service", "anonymous"):
        return granted if match else _refused("resource-based policy")
    at_home = principal.account == request.account
    if not match and (policies.resource_must_allow or not at_home):
        return _refused("resource-based policy")
    if principal.kind == "root":
        return granted if match else Decision("allowed", "root user")
    if at_home and match is Match.ITSELF:
        return granted
    if not (at_home and match is Match.ROLE):
        own, granted = _allowed(request, policies.identity, "identity-based policy")
        if not own:
            return _refused("identity-based policy")
    if boundary and not _allowed(request, boundary, "permissions boundary")[0]:
        return _refused("permissions boundary")
    if policies.session is not None and not _allowed(request, policies.session, "session policy")[0]:
        return _refused("session policy")
    return granted


def _refused(kind: Kind) -> Decision:
    return Decision("not allowed", kind)


def _denied(request: Request, attached: tuple[Attached, ...], kind: Kind) -> Decision | None:
    for policy in attached:
        for statement in policy.document.denying(request.action):
            if statement.match(request) is not Match.NOT:
                return Decision("denied", kind, policy.name, statement.name)
    return None


def _allowed(request: Request, attached: tuple[Attached, ...], kind: Kind) -> tuple[Match, Decision]:
    """The statement that means the request most closely of those that allow it."""
    best, decision = Match.NOT, _refused(kind)
    for policy in attached:
        for statement in policy.document.allowing(request.action):
            if (match := statement.match(request)) > best:
                best, decision = match, Decision("allowed", kind, policy.name, statement.name)
                if best is Match.ITSELF:
                    return best, decision
    return best, decision
