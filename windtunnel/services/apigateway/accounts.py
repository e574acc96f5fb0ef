"""Operations on the account's settings for REST APIs."""

from __future__ import annotations

from typing import Any

from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Account
from windtunnel.services.apigateway.rest_apis import RestApiTables


class Accounts(RestApiTables):
    def get_account(self, ctx):
        role = (self.accounts.get("account") or Account()).role
        answer: dict[str, Any] = {
            "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
            "features": ["UsagePlans"],
            "apiKeyVersion": "4",
        }
        return {**answer, "cloudwatchRoleArn": role} if role else answer

    def update_account(self, ctx, patchOperations=None):
        role = (self.accounts.get("account") or Account()).role
        members = patches.patched({"cloudwatchRoleArn": role}, patchOperations, {"/cloudwatchRoleArn": patches.text})
        self.accounts.put(Account(role=members.get("cloudwatchRoleArn", "")))
        return self.get_account(ctx)
