"""Resource policies of streams and of consumers: kept and shown here, judged by in `visitors.py`."""

from __future__ import annotations

import json

from msgspec.structs import replace

from windtunnel.services.kinesis.records import Consumer, DataStream
from windtunnel.services.kinesis.streams import KinesisTables, invalid

NO_POLICY = "{}"


class Policies(KinesisTables):
    def put_resource_policy(self, ctx, ResourceARN, Policy):
        resource = self.noun("Tags").resource_at(ResourceARN)
        try:
            document = json.loads(Policy)
        except ValueError:
            document = None
        if not isinstance(document, dict) or not document.get("Statement"):
            raise invalid("The resource policy is not a valid policy document.")
        self._put(resource, Policy)

    def get_resource_policy(self, ctx, ResourceARN):
        return {"Policy": self.noun("Tags").resource_at(ResourceARN).policy or NO_POLICY}

    def delete_resource_policy(self, ctx, ResourceARN):
        self._put(self.noun("Tags").resource_at(ResourceARN), "")

    def _put(self, resource: DataStream | Consumer, policy: str) -> None:
        if isinstance(resource, DataStream):
            self.streams.put(replace(resource, policy=policy))
        else:
            self.consumers.put(replace(resource, policy=policy))
