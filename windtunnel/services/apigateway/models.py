"""Operations on models: JSON schemas of bodies."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Part
from windtunnel.services.apigateway.rest_apis import RestApiTables

_PATHS = ("/description", "/schema")


class Models(RestApiTables):
    def create_model(self, ctx, restApiId, name, contentType, description=None, schema=None):
        self.api_with(restApiId)
        if not name:
            raise ApiError("BadRequestException", "Model name must be non-empty")
        if self.models.get(restApiId, name) is not None:
            raise ApiError("ConflictException", "Model name already exists for this REST API")
        _check(schema)
        members = {"name": name, "contentType": contentType, "schema": schema}
        if description is not None:
            members["description"] = description
        return self.make(restApiId, members).members

    def make(self, api_id: str, members: dict[str, Any]) -> Part:
        made = {"id": self.new_id(6), **members}
        return self.models.put(Part(api=api_id, key=members["name"], members=made))

    def get_model(self, ctx, restApiId, modelName, flatten=False):
        return self._model(restApiId, modelName).members

    def get_models(self, ctx, restApiId, position=None, limit=None):
        self.api_with(restApiId)
        return self.paged([model.members for model in self.models.all(restApiId)], limit, position)

    def update_model(self, ctx, restApiId, modelName, patchOperations=None):
        model = self._model(restApiId, modelName)
        for operation in patchOperations or ():
            op, path = operation["op"], operation["path"]
            if op != "replace":
                raise ApiError("BadRequestException", f"Invalid patch path  '{path}' specified for op '{op}'. Please choose "
                    "supported operations")  # fmt: skip
            if path not in _PATHS:
                raise ApiError("BadRequestException", f"Invalid patch path  '{path}' specified for op '{op}'. Must be one of: "
                    f"[{', '.join(_PATHS)}]")  # fmt: skip
            if path == "/schema":
                _check(operation.get("value"))
        members = patches.patched(model.members, patchOperations, dict.fromkeys(_PATHS, patches.text))
        return self.models.put(replace(model, members=members)).members

    def delete_model(self, ctx, restApiId, modelName):
        self._model(restApiId, modelName)
        for method in self.methods.all(restApiId):
            if modelName in (method.members.get("requestModels") or {}).values():
                path = self.path_with(restApiId, method.resource).path
                raise ApiError("ConflictException", f"Cannot delete model '{modelName}', is referenced in method request: "
                    f"{path}/{method.method}")  # fmt: skip
        self.models.delete(restApiId, modelName)

    def _model(self, api_id: str, name: str) -> Part:
        return self.part(self.models, api_id, name, f"Invalid model name specified: {name}")


def _check(schema: str | None) -> None:
    if not schema:
        raise ApiError("BadRequestException", "Model schema must have at least 1 property or array items defined")
    try:
        msgspec.json.decode(schema)
    except msgspec.DecodeError as error:
        raise ApiError("BadRequestException", f"Invalid model schema specified. {error}") from None
