"""Who asks, and whose an access key is."""

from __future__ import annotations

from windtunnel.aws.operations import Operations


class Identities(Operations, api="sts"):
    def get_caller_identity(self, ctx):
        known = self.home.cloud.credentials.find(ctx.access_key)
        user_id = known.user_id if known is not None else self.home.account
        return {"UserId": user_id, "Account": self.home.account, "Arn": ctx.principal}

    def get_access_key_info(self, ctx, AccessKeyId):
        return {"Account": self.home.cloud.credentials.account_of(AccessKeyId)}
