"""Operations on integration responses: what an API makes of the answer of a mock."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches, templates
from windtunnel.services.apigateway.integrations import integration_of
from windtunnel.services.apigateway.records import Method
from windtunnel.services.apigateway.rest_apis import RestApiTables


class IntegrationResponses(RestApiTables):
    def put_integration_response(
        self, ctx, restApiId, resourceId, httpMethod, statusCode, selectionPattern=None, responseParameters=None,
        responseTemplates=None, contentHandling=None,
    ):  # fmt: skip
        method = self.method_with(restApiId, resourceId, httpMethod)
        given = {
            "statusCode": statusCode, "selectionPattern": selectionPattern, "responseParameters": responseParameters,
            "responseTemplates": responseTemplates, "contentHandling": contentHandling,
        }  # fmt: skip
        for content_type in responseTemplates or ():
            if "/" not in content_type:
                raise ApiError("BadRequestException", "Validation Result: warnings : [], errors : [Invalid content type "
                    f"specified: {content_type}]")  # fmt: skip
        return self._put(method, statusCode, {k: v for k, v in given.items() if v is not None})

    def get_integration_response(self, ctx, restApiId, resourceId, httpMethod, statusCode):
        return _response_of(self.method_with(restApiId, resourceId, httpMethod), statusCode)

    def update_integration_response(self, ctx, restApiId, resourceId, httpMethod, statusCode, patchOperations=None):
        method = self.method_with(restApiId, resourceId, httpMethod)
        members = patches.patched(
            _response_of(method, statusCode),
            patchOperations,
            {"/selectionPattern": patches.text, "/contentHandling": patches.text},
            maps={"responseParameters": patches.text, "responseTemplates": patches.text},
        )
        return self._put(method, statusCode, members)

    def delete_integration_response(self, ctx, restApiId, resourceId, httpMethod, statusCode):
        method = self.method_with(restApiId, resourceId, httpMethod)
        _response_of(method, statusCode)
        integration = method.members["methodIntegration"]
        rest = {k: v for k, v in integration["integrationResponses"].items() if k != statusCode}
        self._set(method, rest)

    def _put(self, method: Method, status: str, response: dict[str, Any]) -> dict[str, Any]:
        integration = integration_of(method)
        for template in (response.get("responseTemplates") or {}).values():
            templates.check(template)
        self._set(method, {**integration.get("integrationResponses", {}), status: response})
        return response

    def _set(self, method: Method, responses: dict[str, Any]) -> None:
        integration = {k: v for k, v in method.members["methodIntegration"].items() if k != "integrationResponses"}
        if responses:
            integration["integrationResponses"] = responses
        self.methods.put(replace(method, members={**method.members, "methodIntegration": integration}))


def _response_of(method: Method, status: str) -> dict[str, Any]:
    found: dict[str, Any] | None = integration_of(method).get("integrationResponses", {}).get(status)
    if found is None:
        raise ApiError("NotFoundException", "Invalid Response status code specified")
    return found
