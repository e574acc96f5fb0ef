"""Operations on request validators: whether parameters and bodies are looked at before a method is called."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Part
from windtunnel.services.apigateway.rest_apis import RestApiTables

_UNKNOWN = "Invalid Request Validator identifier specified"


class Validators(RestApiTables):
    def create_request_validator(
        self, ctx, restApiId, name=None, validateRequestBody=False, validateRequestParameters=False
    ):
        if restApiId not in self.apis:
            raise ApiError("BadRequestException", "Invalid REST API identifier specified")
        return self.make(restApiId, name, validateRequestBody, validateRequestParameters).members

    def make(self, api_id: str, name: str | None, body: bool, parameters: bool) -> Part:
        members: dict[str, Any] = {
            "id": self.new_id(6),
            "name": name,
            "validateRequestBody": bool(body),
            "validateRequestParameters": bool(parameters),
        }
        return self.validators.put(Part(api=api_id, key=members["id"], members=members))

    def get_request_validator(self, ctx, restApiId, requestValidatorId):
        return self.part(self.validators, restApiId, requestValidatorId, _UNKNOWN).members

    def get_request_validators(self, ctx, restApiId, position=None, limit=None):
        self.api_with(restApiId)
        return self.paged([each.members for each in self.validators.all(restApiId)], limit, position)

    def update_request_validator(self, ctx, restApiId, requestValidatorId, patchOperations=None):
        record = self.part(self.validators, restApiId, requestValidatorId, _UNKNOWN)
        plain = {
            "/name": patches.text,
            "/validateRequestBody": patches.truth,
            "/validateRequestParameters": patches.truth,
        }
        members = patches.patched(record.members, patchOperations, plain)
        return self.validators.put(replace(record, members=members)).members

    def delete_request_validator(self, ctx, restApiId, requestValidatorId):
        self.part(self.validators, restApiId, requestValidatorId, _UNKNOWN)
        self.validators.delete(restApiId, requestValidatorId)
