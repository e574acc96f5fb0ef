"""The data protection policy of a topic. AWS: sns/latest/dg/sns-message-data-protection-policies.html"""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.services.sns.topics import SnsTables, invalid, parsed


class DataProtection(SnsTables):
    inert = {
        "PutDataProtectionPolicy.DataProtectionPolicy": "Kept and shown: what messages hold is not looked at on this machine.",
    }

    def put_data_protection_policy(self, ctx, ResourceArn, DataProtectionPolicy):
        topic = self.topic_at(ResourceArn, "ResourceArn")
        check(DataProtectionPolicy)
        self.topics.put(replace(topic, data_protection=DataProtectionPolicy))

    def get_data_protection_policy(self, ctx, ResourceArn):
        policy = self.topic_at(ResourceArn, "ResourceArn").data_protection
        return {"DataProtectionPolicy": policy} if policy else {}


def check(policy: str) -> None:
    """Raises InvalidParameter. An empty one takes the policy away."""
    if policy and not isinstance(parsed(policy, "DataProtectionPolicy"), dict):
        raise invalid("DataProtectionPolicy Reason: must be a JSON object")
