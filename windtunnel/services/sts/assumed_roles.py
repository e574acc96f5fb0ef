"""Sessions of roles. Whether the role's trust policy lets the caller in is not judged yet."""

from __future__ import annotations

import json
import re
from typing import Any

from windtunnel.aws import arns
from windtunnel.aws.credentials import AccessKey
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Context, Operations
from windtunnel.services.sts.facts import RoleAssumed
from windtunnel.services.sts.session_tags import of_session, packed_percent

CHAINED_LIMIT_S = 3600
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_UNJUDGED = "Trust policies are not judged yet."


class AssumedRoles(Operations, api="sts"):
    inert = {
        "AssumeRole.ExternalId": _UNJUDGED,
        "AssumeRole.SerialNumber": _UNJUDGED,
        "AssumeRole.TokenCode": _UNJUDGED,
    }

    async def assume_role(
        self, ctx, RoleArn, RoleSessionName, PolicyArns=None, Policy=None, DurationSeconds=3600, Tags=None,
        TransitiveTagKeys=None, SourceIdentity=None,
    ):  # fmt: skip
        if not _ROLE.fullmatch(RoleArn):
            raise ApiError("ValidationError", f"{RoleArn} is invalid")
        check_policy(Policy)
        credentials = self.home.cloud.credentials
        caller = credentials.find(ctx.access_key)
        tags, transitive = of_session(Tags, TransitiveTagKeys, caller)
        arn = arns.parse(RoleArn)
        role = await self._role(ctx, arn, RoleArn)
        self._check_duration(DurationSeconds, role, caller)
        name = RoleArn.rsplit("/", 1)[-1]
        session = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{name}/{RoleSessionName}"
        expires_at = float(int(self.clock.now())) + DurationSeconds
        with self.home.step():
            key = credentials.issue(
                arn.account,
                session,
                f"{role['RoleId']}:{RoleSessionName}",
                expires_at,
                role=RoleArn,
                tags=tags,
                transitive_tags=transitive,
                session_policy=Policy or "",
                session_policies=tuple(policy["arn"] for policy in PolicyArns or ()),
                source_identity=SourceIdentity or (caller.source_identity if caller else ""),
            )
        self.home.record(RoleAssumed(RoleArn, session, ctx.principal, expires_at))
        return {
            "Credentials": shown(key),
            "AssumedRoleUser": {"AssumedRoleId": key.user_id, "Arn": session},
            "PackedPolicySize": packed_percent(Policy, tags),
            "SourceIdentity": key.source_identity or None,
        }

    async def _role(self, ctx: Context, arn: arns.Arn, text: str) -> dict[str, Any]:
        """The role; one of an account that has no roles here is taken at its word. Raises AccessDenied."""
        place = {"account": arn.account}
        try:
            name = arn.resource.rsplit("/", 1)[-1]
            role: dict[str, Any] = (await self.home.call("iam", "GetRole", {"RoleName": name}, **place))["Role"]
        except ApiError as error:
            if error.code != "NoSuchEntity":
                raise
            if arn.account != self.home.account:
                return {"RoleId": "AROA" + self.ids.text(17), "MaxSessionDuration": 43_200}
            role = {"Arn": ""}
        if role["Arn"] != text:
            message = f"User: {ctx.principal} is not authorized to perform: sts:AssumeRole on resource: {text}"
            raise ApiError("AccessDenied", message, status=403)
        return role

    def _check_duration(self, seconds: int, role: dict[str, Any], caller: AccessKey | None) -> None:
        if seconds > role["MaxSessionDuration"]:
            message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            raise ApiError("ValidationError", message)
        if caller is not None and caller.role and seconds > CHAINED_LIMIT_S:
            message = (
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            )
            raise ApiError("ValidationError", message)


def check_policy(policy: str | None) -> None:
    """Raises MalformedPolicyDocument."""
    if policy is None:
        return
    try:
        json.loads(policy)
    except ValueError:
        raise ApiError("MalformedPolicyDocument", "This policy contains invalid Json") from None


def shown(key: AccessKey) -> dict[str, Any]:
    return {
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "SessionToken": key.session_token,
        "Expiration": key.expires_at,
    }
