"""Tags of functions."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names
from windtunnel.services.lambda_.checks import TAG_LIMIT
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import Function


class Tags(LambdaTables):
    def list_tags(self, ctx, Resource):
        return {"Tags": self._function(Resource).tags}

    def tag_resource(self, ctx, Resource, Tags):
        function = self._function(Resource)
        tags = {**function.tags, **Tags}
        if len(tags) > TAG_LIMIT:
            raise names.invalid("Number of tags exceeds resource tag limit.")
        self.functions.put(replace(function, tags=tags))

    def untag_resource(self, ctx, Resource, TagKeys):
        function = self._function(Resource)
        self.functions.put(replace(function, tags={k: v for k, v in function.tags.items() if k not in TagKeys}))

    def _function(self, arn: str) -> Function:
        named = names.parse(arn)
        if named.qualifier:
            raise names.invalid(
                "Tags on function aliases and versions are not supported. Please specify a function ARN."
            )
        function = self.functions.get(named.name)
        if function is None:
            raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", status=404, Type="User")
        return function
