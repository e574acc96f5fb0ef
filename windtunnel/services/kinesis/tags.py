"""Tags of streams and of consumers, by both families of operations."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.services.kinesis import quotas
from windtunnel.services.kinesis.records import Consumer, DataStream
from windtunnel.services.kinesis.streams import KinesisTables, invalid, not_found


class Tags(KinesisTables):
    def add_tags_to_stream(self, ctx, Tags, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        self._put(stream, {**stream.tags, **Tags})

    def remove_tags_from_stream(self, ctx, TagKeys, StreamName=None, StreamARN=None):
        stream = self.stream_at(StreamName, StreamARN)
        self._put(stream, {key: value for key, value in stream.tags.items() if key not in TagKeys})

    def list_tags_for_stream(
        self, ctx, StreamName=None, ExclusiveStartTagKey="", Limit=quotas.TAGS, StreamARN=None
    ):  # fmt: skip
        stream = self.stream_at(StreamName, StreamARN)
        rest = [(key, value) for key, value in sorted(stream.tags.items()) if key > ExclusiveStartTagKey]
        tags = [{"Key": key, "Value": value} for key, value in rest[:Limit]]
        return {"Tags": tags, "HasMoreTags": len(rest) > Limit}

    def tag_resource(self, ctx, ResourceARN, Tags):
        resource = self.resource_at(ResourceARN)
        self._put(resource, {**resource.tags, **Tags})

    def untag_resource(self, ctx, ResourceARN, TagKeys):
        resource = self.resource_at(ResourceARN)
        self._put(resource, {key: value for key, value in resource.tags.items() if key not in TagKeys})

    def list_tags_for_resource(self, ctx, ResourceARN):
        tags = sorted(self.resource_at(ResourceARN).tags.items())
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags]}

    def resource_at(self, arn: str) -> DataStream | Consumer:
        """Raises ResourceNotFoundException where the ARN names neither a stream nor a consumer."""
        if "/consumer/" not in arn:
            return self.stream_at(None, arn)
        consumer = self.consumer_at(arn)
        if consumer is None:
            raise not_found(f"Consumer {arn} under account {self.home.account} not found.")
        return consumer

    def _put(self, resource: DataStream | Consumer, tags: dict[str, str]) -> None:
        if len(tags) > quotas.TAGS:
            raise invalid(f"A resource can have at most {quotas.TAGS} tags.")
        if isinstance(resource, DataStream):
            self.streams.put(replace(resource, tags=tags))
        else:
            self.consumers.put(replace(resource, tags=tags))
