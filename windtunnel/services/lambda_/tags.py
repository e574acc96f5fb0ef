"""Tags of functions and event source mappings."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names
from windtunnel.services.lambda_.checks import check_tags
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.records import LATEST, CodeSigningConfig, Function, Mapping


class Tags(LambdaTables):
    def list_tags(self, ctx, Resource):
        return {"Tags": self._tagged(Resource).tags}

    def tag_resource(self, ctx, Resource, Tags):
        tagged = self._tagged(Resource)
        tags = {**tagged.tags, **Tags}
        check_tags(tags)
        self._put(tagged, tags)

    def untag_resource(self, ctx, Resource, TagKeys):
        tagged = self._tagged(Resource)
        self._put(tagged, {key: value for key, value in tagged.tags.items() if key not in TagKeys})

    def _put(self, tagged: Function | Mapping | CodeSigningConfig, tags: dict[str, str]) -> None:
        if isinstance(tagged, Mapping):
            self.mappings.put(replace(tagged, tags=tags))
            return
        if isinstance(tagged, CodeSigningConfig):
            self.code_signing_configs.put(replace(tagged, tags=tags))
            return
        self.functions.put(replace(tagged, tags=tags))
        latest = self.configurations.get(tagged.name, LATEST)
        self.configurations.put(replace(latest, revision=self.ids.uuid()))

    def _tagged(self, arn: str) -> Function | Mapping | CodeSigningConfig:
        kind, _, name = arn.split(":", 5)[-1].partition(":")
        if kind == "event-source-mapping":
            mapping = self.mappings.get(name)
            if mapping is None:
                raise names.no_resource()
            return mapping
        if kind == "code-signing-config":
            config = self.code_signing_configs.get(arn)
            if config is None:
                raise names.no_resource()
            return config
        named = names.parse(arn)
        if named.qualifier:
            raise names.invalid(
                "Tags on function aliases and versions are not supported. Please specify a function ARN."
            )
        function = self.functions.get(named.name)
        if function is None:
            raise ApiError("ResourceNotFoundException", f"Function not found: {arn}", status=404, Type="User")
        return function
