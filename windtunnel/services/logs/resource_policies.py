"""Resource policies: which services may write logs into this account. Kept and shown; nobody is refused for them."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.logs.records import ResourcePolicy
from windtunnel.services.logs.writing import LogTables, invalid, limit_exceeded, milliseconds, page

MAXIMUM = 10


class ResourcePolicies(LogTables):
    inert = {"PutResourcePolicy.policyDocument": "It is kept and shown; nobody is refused for it."}

    def put_resource_policy(self, ctx, policyName=None, policyDocument=None):
        try:
            document = json.loads(policyDocument or "")
        except ValueError:
            document = None
        if not isinstance(document, dict) or not policyName:
            raise invalid("The policyDocument is not a valid JSON policy.")
        if policyName not in self.policies and self.policies.count() >= MAXIMUM:
            raise limit_exceeded()
        policy = self.policies.put(ResourcePolicy(policyName, policyDocument, self.clock.now()))
        return {"resourcePolicy": _shown(policy)}

    def describe_resource_policies(self, ctx, nextToken=None, limit=50, policyScope=None):
        found = [] if policyScope == "RESOURCE" else sorted(self.policies.all(), key=lambda policy: policy.name)
        shown, token = page(found, nextToken, limit)
        return {"resourcePolicies": [_shown(policy) for policy in shown], "nextToken": token}

    def delete_resource_policy(self, ctx, policyName=None):
        if self.policies.delete(policyName) is None:
            message = f"Policy with name [{policyName}] does not exist."
            raise ApiError("ResourceNotFoundException", message)


def _shown(policy: ResourcePolicy) -> dict[str, Any]:
    return {
        "policyName": policy.name,
        "policyDocument": policy.document,
        "lastUpdatedTime": milliseconds(policy.updated_at),
        "policyScope": "ACCOUNT",
    }
