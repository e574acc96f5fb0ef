"""Resource policies of functions, versions and aliases: who may invoke."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.policy.decisions import Attached
from windtunnel.policy.documents import Document
from windtunnel.services.lambda_ import names
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import LATEST, Policy
from windtunnel.services.lambda_.updates import wrong_revision


class Permissions(LambdaTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._compiled: dict[tuple[str, str], tuple[Policy, Attached]] = {}

    def add_permission(
        self, ctx, FunctionName, StatementId, Action, Principal, SourceArn=None, SourceAccount=None, EventSourceToken=None,
        Qualifier=None, RevisionId=None, PrincipalOrgID=None, FunctionUrlAuthType=None, InvokedViaFunctionUrl=None,
    ):  # fmt: skip
        name, qualifier = self._target(FunctionName, Qualifier)
        policy = self.policies.get(name, qualifier)
        self._check_revision(policy, RevisionId, name, qualifier)
        if any(statement["Sid"] == StatementId for statement in (policy.statements if policy else ())):
            raise statement_exists(StatementId)
        conditions: dict[str, dict[str, Any]] = {}
        if PrincipalOrgID:
            conditions.setdefault("StringEquals", {})["aws:PrincipalOrgID"] = PrincipalOrgID
        if SourceAccount:
            conditions.setdefault("StringEquals", {})["AWS:SourceAccount"] = SourceAccount
        if FunctionUrlAuthType:
            conditions.setdefault("StringEquals", {})["lambda:FunctionUrlAuthType"] = FunctionUrlAuthType
        if EventSourceToken:
            conditions.setdefault("StringEquals", {})["lambda:EventSourceToken"] = EventSourceToken
        if InvokedViaFunctionUrl is not None:
            conditions.setdefault("Bool", {})["lambda:InvokedViaFunctionUrl"] = str(bool(InvokedViaFunctionUrl)).lower()
        if SourceArn:
            conditions["ArnLike"] = {"AWS:SourceArn": SourceArn}
        statement: dict[str, Any] = {
            "Sid": StatementId,
            "Effect": "Allow",
            "Principal": principal(Principal),
            "Action": Action,
            "Resource": self.arn_of(name, qualifier),
        }
        if conditions:
            statement["Condition"] = conditions
        self._put(name, qualifier, (*(policy.statements if policy else ()), statement))
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    def get_policy(self, ctx, FunctionName, Qualifier=None):
        named = names.parse(FunctionName, Qualifier)
        policy = self.policies.get(named.name, named.qualifier) if self._is_here(named) else None
        if policy is None:
            raise names.no_resource()
        return {"Policy": document(policy), "RevisionId": policy.revision}

    def remove_permission(self, ctx, FunctionName, StatementId, Qualifier=None, RevisionId=None):
        named = names.parse(FunctionName, Qualifier)
        if named.name not in self.functions:
            raise ApiError(
                "ResourceNotFoundException", f"No policy found for: {self._arn_asked(named)}", status=404, Type="User"
            )
        name, qualifier = self._target(FunctionName, Qualifier)
        policy = self.policies.get(name, qualifier)
        kept = remaining(policy, StatementId)
        self._check_revision(policy, RevisionId, name, qualifier)
        if kept:
            self._put(name, qualifier, kept)
        else:
            self.policies.delete(name, qualifier)

    def check(self, access_key: str, named: names.Named, action: str) -> None:
        """Raises AccessDeniedException unless whoever has this key may do that with the function."""
        arn = self.arn_of(named.name, named.qualifier)
        policy = self.compiled(named.name, named.qualifier)
        decision = self.home.service("iam").nouns["Decisions"].decide(access_key, action, arn, policy)
        if not decision.allowed:
            who = self.home.cloud.credentials.principal_of(
                access_key, self.home.cloud.credentials.account_of(access_key)
            )
            raise ApiError(
                "AccessDeniedException",
                f"User: {who} is not authorized to perform: {action} on resource: {arn} {decision.because(action)}",
                status=403,
            )

    def compiled(self, name: str, qualifier: str) -> Attached | None:
        """The resource policy of a function, version or alias as `windtunnel.policy` takes it; None where there is none."""
        policy = self.policies.get(name, qualifier)
        if policy is None:
            return None
        known = self._compiled.get((name, qualifier))
        if known is None or known[0] is not policy:
            content = Document({"Version": "2012-10-17", "Statement": list(policy.statements)})
            known = policy, Attached(self.arn_of(name, qualifier), content)
            self._compiled[name, qualifier] = known
        return known[1]

    def _target(self, text: str, qualifier: str | None) -> tuple[str, str]:
        function, named = self.function_named(text, qualifier)
        if named.qualifier == LATEST:
            raise names.invalid("We currently do not support adding policies for $LATEST.")
        known = self.aliases.get(function.name, named.qualifier) or self.configurations.get(
            function.name, named.qualifier
        )
        if named.qualifier and known is None:
            arn = self.arn_of(function.name, named.qualifier)
            if names.is_version(named.qualifier) or "$" in named.qualifier:
                raise names.not_found(arn)
            raise names.no_alias(arn)
        return function.name, named.qualifier

    def _check_revision(self, policy: Policy | None, revision: str | None, name: str, qualifier: str) -> None:
        """A policy that is not there yet has the revision of what it belongs to."""
        if not revision:
            return
        of = policy or self.aliases.get(name, qualifier) or self.configurations.get(name, qualifier or LATEST)
        if revision != of.revision:
            raise wrong_revision("GetPolicy")

    def _put(self, name: str, qualifier: str, statements: tuple[dict[str, Any], ...]) -> None:
        self.policies.put(Policy(resource=name, qualifier=qualifier, statements=statements, revision=self.ids.uuid()))


def document(policy: Policy) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Id": "default", "Statement": list(policy.statements)}, separators=(",", ":")
    )


def remaining(policy: Policy | None, sid: str) -> tuple[dict[str, Any], ...]:
    """The statements without one. Raises ResourceNotFoundException where it is not among them."""
    if policy is None:
        problem = "No policy is associated with the given resource."
        raise ApiError("ResourceNotFoundException", problem, status=404, Type="User")
    kept = tuple(statement for statement in policy.statements if statement["Sid"] != sid)
    if len(kept) == len(policy.statements):
        problem = f"Statement {sid} is not found in resource policy."
        raise ApiError("ResourceNotFoundException", problem, status=404, Type="User")
    return kept


def statement_exists(sid: str) -> ApiError:
    return ApiError(
        "ResourceConflictException",
        f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
        status=409,
        Type="User",
    )


def principal(text: str) -> Any:
    if text == "*":
        return "*"
    if text.isdigit() and len(text) == 12:
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    if text.endswith((".amazonaws.com", ".amazon.com", ".amazonaws.com.cn")):
        return {"Service": text}
    raise names.invalid("The provided principal was invalid. Please check the principal and try again.")
