"""Operations on method responses: what a method says that it may answer."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import Method
from windtunnel.services.apigateway.rest_apis import RestApiTables


class MethodResponses(RestApiTables):
    def put_method_response(
        self, ctx, restApiId, resourceId, httpMethod, statusCode, responseParameters=None, responseModels=None
    ):
        method = self.method_with(restApiId, resourceId, httpMethod)
        if statusCode in method.members.get("methodResponses", {}):
            raise ApiError("ConflictException", "Response already exists for this resource")
        given = {"statusCode": statusCode, "responseParameters": responseParameters, "responseModels": responseModels}
        return self._put(method, statusCode, {k: v for k, v in given.items() if v is not None})

    def get_method_response(self, ctx, restApiId, resourceId, httpMethod, statusCode):
        return response_of(self.method_with(restApiId, resourceId, httpMethod), statusCode)

    def update_method_response(self, ctx, restApiId, resourceId, httpMethod, statusCode, patchOperations=None):
        method = self.method_with(restApiId, resourceId, httpMethod)
        members = patches.patched(
            response_of(method, statusCode),
            patchOperations,
            {},
            maps={"responseParameters": patches.truth, "responseModels": patches.text},
            unknown=_unknown,
        )
        return self._put(method, statusCode, members)

    def delete_method_response(self, ctx, restApiId, resourceId, httpMethod, statusCode):
        method = self.method_with(restApiId, resourceId, httpMethod)
        response_of(method, statusCode)
        rest = {k: v for k, v in method.members["methodResponses"].items() if k != statusCode}
        self.methods.put(replace(method, members={**method.members, "methodResponses": rest}))

    def _put(self, method: Method, status: str, response: dict[str, Any]) -> dict[str, Any]:
        responses = {**method.members.get("methodResponses", {}), status: response}
        self.methods.put(replace(method, members={**method.members, "methodResponses": responses}))
        return response


def response_of(method: Method, status: str) -> dict[str, Any]:
    """Raises NotFoundException."""
    found: dict[str, Any] | None = method.members.get("methodResponses", {}).get(status)
    if found is None:
        raise ApiError("NotFoundException", "Invalid Response status code specified")
    return found


def _unknown(name: str) -> ApiError:
    what = (
        "Invalid parameter name specified" if name == "responseParameters" else "Content-Type specified was not found"
    )
    return ApiError("NotFoundException", what)
