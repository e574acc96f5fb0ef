"""Resource policies of functions, versions and aliases: who may invoke."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import LATEST, Policy
from windtunnel.services.lambda_.updates import wrong_revision


class Permissions(LambdaTables):
    def add_permission(
        self, ctx, FunctionName, StatementId, Action, Principal, SourceArn=None, SourceAccount=None, EventSourceToken=None,
        Qualifier=None, RevisionId=None, PrincipalOrgID=None, FunctionUrlAuthType=None, InvokedViaFunctionUrl=None,
    ):  # fmt: skip
        name, qualifier = self._target(FunctionName, Qualifier)
        policy = self.policies.get(name, qualifier)
        self._check_revision(policy, RevisionId, name, qualifier)
        if any(statement["Sid"] == StatementId for statement in (policy.statements if policy else ())):
            raise ApiError(
                "ResourceConflictException",
                f"The statement id ({StatementId}) provided already exists. Please provide a new statement id, or remove the "
                "existing statement.",
                status=409,
                Type="User",
            )
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
            "Principal": _principal(Principal),
            "Action": Action,
            "Resource": self.arn_of(name, qualifier),
        }
        if conditions:
            statement["Condition"] = conditions
        self._put(name, qualifier, (*(policy.statements if policy else ()), statement))
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    def get_policy(self, ctx, FunctionName, Qualifier=None):
        name, qualifier = self._target(FunctionName, Qualifier)
        policy = self.policies.get(name, qualifier)
        if policy is None:
            raise ApiError(
                "ResourceNotFoundException", "The resource you requested does not exist.", status=404, Type="User"
            )
        return {"Policy": document(policy), "RevisionId": policy.revision}

    def remove_permission(self, ctx, FunctionName, StatementId, Qualifier=None, RevisionId=None):
        named = names.parse(FunctionName, Qualifier)
        if named.name not in self.functions:
            raise ApiError(
                "ResourceNotFoundException", f"No policy found for: {self._arn_asked(named)}", status=404, Type="User"
            )
        name, qualifier = self._target(FunctionName, Qualifier)
        policy = self.policies.get(name, qualifier)
        kept = tuple(s for s in (policy.statements if policy else ()) if s["Sid"] != StatementId)
        if policy is None or len(kept) == len(policy.statements):
            raise ApiError("ResourceNotFoundException", f"Statement {StatementId} is not found in resource policy.",
                status=404, Type="User")  # fmt: skip
        self._check_revision(policy, RevisionId, name, qualifier)
        if kept:
            self._put(name, qualifier, kept)
        else:
            self.policies.delete(name, qualifier)

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
            raise ApiError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", status=404, Type="User")
        return function.name, named.qualifier

    def _check_revision(self, policy: Policy | None, revision: str | None, name: str, qualifier: str) -> None:
        if not revision:
            return
        if policy is None:
            if revision != self.configurations.get(name, LATEST).revision:
                raise wrong_revision()
        elif revision != policy.revision:
            raise wrong_revision("GetPolicy")

    def _put(self, name: str, qualifier: str, statements: tuple[dict[str, Any], ...]) -> None:
        self.policies.put(Policy(resource=name, qualifier=qualifier, statements=statements, revision=self.ids.uuid()))


def document(policy: Policy) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Id": "default", "Statement": list(policy.statements)}, separators=(",", ":")
    )


def _principal(text: str) -> Any:
    if text == "*":
        return "*"
    if text.isdigit() and len(text) == 12:
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    if text.endswith((".amazonaws.com", ".amazon.com", ".amazonaws.com.cn")):
        return {"Service": text}
    raise names.invalid("The provided principal was invalid. Please check the principal and try again.")
