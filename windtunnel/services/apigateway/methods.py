"""Operations on methods: who may call a resource how, and what the request must have."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Method
from windtunnel.services.apigateway.rest_apis import RestApiTables

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")


class Methods(RestApiTables):
    def put_method(
        self, ctx, restApiId, resourceId, httpMethod, authorizationType, authorizerId=None, apiKeyRequired=False,
        operationName=None, requestParameters=None, requestModels=None, requestValidatorId=None,
        authorizationScopes=None,
    ):  # fmt: skip
        given = {
            "httpMethod": httpMethod, "authorizationType": authorizationType, "authorizerId": authorizerId,
            "apiKeyRequired": bool(apiKeyRequired), "operationName": operationName,
            "requestParameters": requestParameters or None, "requestModels": requestModels or None,
            "requestValidatorId": requestValidatorId, "authorizationScopes": authorizationScopes,
        }  # fmt: skip
        return self.make(restApiId, resourceId, {k: v for k, v in given.items() if v is not None}).members

    def make(self, api_id: str, resource: str, members: dict[str, Any]) -> Method:
        self.path_with(api_id, resource)
        self._check(api_id, members)
        key = f"{resource}/{members['httpMethod']}"
        if self.methods.get(api_id, key) is not None:
            raise ApiError("ConflictException", "Method already exists for this resource")
        return self.methods.put(
            Method(api=api_id, key=key, resource=resource, method=members["httpMethod"], members=members)
        )

    def get_method(self, ctx, restApiId, resourceId, httpMethod):
        return self.method_with(restApiId, resourceId, httpMethod).members

    def update_method(self, ctx, restApiId, resourceId, httpMethod, patchOperations=None):
        method = self.method_with(restApiId, resourceId, httpMethod)
        members = patches.patched(
            method.members,
            patchOperations,
            {
                "/authorizationType": patches.text,
                "/authorizerId": patches.text,
                "/apiKeyRequired": patches.truth,
                "/operationName": patches.text,
                "/requestValidatorId": lambda value: value or None,
            },
            maps={"requestParameters": patches.truth, "requestModels": patches.text},
            lists=frozenset({"authorizationScopes"}),
        )
        if members["authorizationType"] in ("NONE", "AWS_IAM"):
            members.pop("authorizerId", None)
        self._check(restApiId, members)
        return self.methods.put(replace(method, members=members)).members

    def delete_method(self, ctx, restApiId, resourceId, httpMethod):
        method = self.method_with(restApiId, resourceId, httpMethod)
        self.methods.delete(restApiId, method.key)

    def _check(self, api_id: str, members: dict[str, Any]) -> None:
        if members["httpMethod"] not in METHODS:
            options = ",".join(METHODS)
            raise ApiError("BadRequestException", f"Invalid HttpMethod specified. Valid options are {options}")
        kind = members["authorizationType"]
        if kind == "COGNITO_USER_POOLS":
            raise NotImplementedHere("The authorization type COGNITO_USER_POOLS of apigateway:PutMethod")
        if kind not in ("NONE", "AWS_IAM", "CUSTOM"):
            raise ApiError("BadRequestException", "Invalid authorization type specified")
        if kind == "CUSTOM" and self.authorizers.get(api_id, members.get("authorizerId", "")) is None:
            raise ApiError("BadRequestException", "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
                "COGNITO_USER_POOLS requires a valid authorizer.")  # fmt: skip
        for name in (members.get("requestModels") or {}).values():
            if self.models.get(api_id, name) is None:
                raise ApiError("BadRequestException", f"Invalid model identifier specified: {name}")
        validator = members.get("requestValidatorId")
        if validator and self.validators.get(api_id, validator) is None:
            raise ApiError("BadRequestException", "Invalid Request Validator identifier specified")
        names = [name.rpartition(".")[2] for name in members.get("requestParameters") or ()]
        if len(set(names)) != len(names):
            raise ApiError("BadRequestException", "Parameter names must be unique across querystring, header and path")
