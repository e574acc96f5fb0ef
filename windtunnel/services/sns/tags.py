"""Tags of topics."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.sns.records import Topic
from windtunnel.services.sns.topics import SnsTables

TAG_LIMIT = 50


class Tags(SnsTables):
    def tag_resource(self, ctx, ResourceArn, Tags):
        topic = self._topic(ResourceArn)
        keys = [tag["Key"] for tag in Tags]
        if len(set(keys)) != len(keys):
            raise ApiError("InvalidParameter", "Invalid parameter: Duplicated keys are not allowed.")
        tags = {**topic.tags, **{tag["Key"]: tag["Value"] for tag in Tags}}
        if len(tags) > TAG_LIMIT:
            raise ApiError("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")
        self.topics.put(replace(topic, tags=tags))

    def untag_resource(self, ctx, ResourceArn, TagKeys):
        topic = self._topic(ResourceArn)
        self.topics.put(replace(topic, tags={k: v for k, v in topic.tags.items() if k not in TagKeys}))

    def list_tags_for_resource(self, ctx, ResourceArn):
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._topic(ResourceArn).tags.items()]}

    def _topic(self, arn: str) -> Topic:
        topic = self.topics.get(arn.rpartition(":")[2])
        if topic is None or topic.arn != arn:
            raise ApiError("ResourceNotFound", "Resource does not exist", status=404)
        return topic
