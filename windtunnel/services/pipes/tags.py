"""Tags of pipes."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.services.pipes.pipes import PipeTables
from windtunnel.services.pipes.records import Pipe


class Tags(PipeTables):
    def tag_resource(self, ctx, resourceArn, tags):
        pipe = self._pipe(resourceArn)
        self.pipes.put(replace(pipe, tags={**pipe.tags, **tags}))

    def untag_resource(self, ctx, resourceArn, tagKeys):
        pipe = self._pipe(resourceArn)
        self.pipes.put(replace(pipe, tags={key: value for key, value in pipe.tags.items() if key not in tagKeys}))

    def list_tags_for_resource(self, ctx, resourceArn):
        return {"tags": self._pipe(resourceArn).tags}

    def _pipe(self, arn: str) -> Pipe:
        return self.pipe_at(arn.rpartition("/")[2])
