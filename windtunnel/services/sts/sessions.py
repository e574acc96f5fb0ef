"""Sessions of users: of the caller itself, or of somebody whom it vouches for."""

from __future__ import annotations

from windtunnel.aws.credentials import AccessKey
from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Context, Operations
from windtunnel.services.sts.assumed_roles import check_policy, shown
from windtunnel.services.sts.session_tags import of_session, packed_percent

ROOT_LIMIT_S = 3600
DEFAULT_S = 43_200
_NO_DEVICES = "There are no MFA devices here."


class Sessions(Operations, api="sts"):
    inert = {"GetSessionToken.SerialNumber": _NO_DEVICES, "GetSessionToken.TokenCode": _NO_DEVICES}

    def get_session_token(self, ctx, DurationSeconds=None):
        caller = self._lasting(ctx, "GetSessionToken")
        key = self.home.cloud.credentials.issue(
            self.home.account,
            ctx.principal,
            caller.user_id if caller is not None else self.home.account,
            self._end(ctx, DurationSeconds),
        )
        return {"Credentials": shown(key)}

    def get_federation_token(self, ctx, Name, Policy=None, PolicyArns=None, DurationSeconds=None, Tags=None):
        caller = self._lasting(ctx, "GetFederationToken")
        check_policy(Policy)
        tags, _ = of_session(Tags, None, caller)
        arn = f"arn:aws:sts::{self.home.account}:federated-user/{Name}"
        key = self.home.cloud.credentials.issue(
            self.home.account,
            arn,
            f"{self.home.account}:{Name}",
            self._end(ctx, DurationSeconds),
            tags=tags,
            session_policy=Policy or "",
            session_policies=tuple(policy["arn"] for policy in PolicyArns or ()),
        )
        return {
            "Credentials": shown(key),
            "FederatedUser": {"FederatedUserId": key.user_id, "Arn": arn},
            "PackedPolicySize": packed_percent(Policy, tags),
        }

    def _lasting(self, ctx: Context, operation: str) -> AccessKey | None:
        """The caller's key, which must not be a temporary one itself. Raises AccessDenied."""
        caller = self.home.cloud.credentials.find(ctx.access_key)
        if caller is not None and caller.session_token:
            raise ApiError("AccessDenied", f"Cannot call {operation} with session credentials", status=403)
        return caller

    def _end(self, ctx: Context, seconds: int | None) -> float:
        """The root user's sessions last an hour at most."""
        if ctx.principal.endswith(":root"):
            seconds = min(seconds or ROOT_LIMIT_S, ROOT_LIMIT_S)
        return float(int(self.clock.now())) + (seconds or DEFAULT_S)
