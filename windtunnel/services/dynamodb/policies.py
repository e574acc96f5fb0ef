"""Resource policies of tables: kept and told; they let other accounts in (`visitors.py`)."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb.records import ItemTable
from windtunnel.services.dynamodb.rows import DynamoTables


class Policies(DynamoTables):
    inert = {
        "PutResourcePolicy.ConfirmRemoveSelfResourceAccess": "A policy takes nothing from its own account here",
    }

    def put_resource_policy(
        self, ctx, ResourceArn, Policy, ExpectedRevisionId=None, ConfirmRemoveSelfResourceAccess=False
    ):
        table = self._guarded(ResourceArn, ExpectedRevisionId)
        revision = str(int(self.clock.now() * 1000) + (table.policy_revision != ""))
        if Policy == table.policy:
            revision = table.policy_revision
        self.tables.put(replace(table, policy=Policy, policy_revision=revision))
        return {"RevisionId": revision}

    def get_resource_policy(self, ctx, ResourceArn):
        table = self._guarded(ResourceArn, None)
        if not table.policy:
            raise _no_policy(ResourceArn)
        return {"Policy": table.policy, "RevisionId": table.policy_revision}

    def delete_resource_policy(self, ctx, ResourceArn, ExpectedRevisionId=None):
        table = self._guarded(ResourceArn, ExpectedRevisionId)
        if not table.policy:
            return {}
        self.tables.put(replace(table, policy="", policy_revision=""))
        return {"RevisionId": table.policy_revision}

    def _guarded(self, arn: str, expected: str | None) -> ItemTable:
        table = self.table_described(arn)
        if expected == "NO_POLICY" and table.policy or expected not in (None, "NO_POLICY", table.policy_revision):
            raise ApiError(
                "PolicyNotFoundException", f"The expected revision of the policy of {arn} is not the current one."
            )
        return table


def _no_policy(arn: str) -> ApiError:
    return ApiError("PolicyNotFoundException", f"Resource-based policy not found for the provided ResourceArn: {arn}")
