"""Operations on gateway responses: what an API says when it does not get as far as the integration.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway import patches, templates
from windtunnel.services.apigateway.records import Part
from windtunnel.services.apigateway.rest_apis import RestApiTables

STATUS = {
    "ACCESS_DENIED": 403, "API_CONFIGURATION_ERROR": 500, "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500, "BAD_REQUEST_BODY": 400, "BAD_REQUEST_PARAMETERS": 400, "DEFAULT_4XX": 0, "DEFAULT_5XX": 0,
    "EXPIRED_TOKEN": 403, "INTEGRATION_FAILURE": 504, "INTEGRATION_TIMEOUT": 504, "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403, "MISSING_AUTHENTICATION_TOKEN": 403, "QUOTA_EXCEEDED": 429, "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404, "THROTTLED": 429, "UNAUTHORIZED": 401, "UNSUPPORTED_MEDIA_TYPE": 415, "WAF_FILTERED": 403,
}  # fmt: skip
TEMPLATE = {"application/json": '{"message":$context.error.messageString}'}


class GatewayResponses(RestApiTables):
    def put_gateway_response(
        self, ctx, restApiId, responseType, statusCode=None, responseParameters=None, responseTemplates=None
    ):
        self.api_with(restApiId)
        members: dict[str, Any] = {"responseType": responseType, "defaultResponse": False}
        if statusCode is not None:
            members["statusCode"] = statusCode
        members["responseParameters"] = responseParameters or {}
        members["responseTemplates"] = responseTemplates or (TEMPLATE if responseTemplates is None else {})
        return self.set(restApiId, members).members

    def set(self, api_id: str, members: dict[str, Any]) -> Part:
        for template in members["responseTemplates"].values():
            templates.check(template)
        return self.gateway_responses.put(Part(api=api_id, key=members["responseType"], members=members))

    def get_gateway_response(self, ctx, restApiId, responseType):
        self.api_with(restApiId)
        return self._current(restApiId, responseType)

    def get_gateway_responses(self, ctx, restApiId, position=None, limit=None):
        self.api_with(restApiId)
        return {"items": [self._current(restApiId, kind) for kind in STATUS]}

    def update_gateway_response(self, ctx, restApiId, responseType, patchOperations=None):
        self.api_with(restApiId)
        for operation in patchOperations or ():
            if operation.get("path") == "/statusCode" and operation["op"] != "replace":
                raise patches.invalid("/statusCode", operation["op"])
            name = operation.get("path", "").strip("/").partition("/")[0]
            if name in ("responseTemplates", "responseParameters") and operation["op"] == "replace" and not operation.get("value"):  # fmt: skip
                raise ApiError("BadRequestException", f"Invalid null or empty value in {name}")
        members = patches.patched(
            self._current(restApiId, responseType),
            patchOperations,
            {"/statusCode": patches.text},
            maps={"responseTemplates": patches.text, "responseParameters": patches.text},
            unknown=lambda name: ApiError("NotFoundException", "Invalid parameter name specified"),
        )
        return self.set(restApiId, {**members, "defaultResponse": False}).members

    def delete_gateway_response(self, ctx, restApiId, responseType):
        self.part(self.gateway_responses, restApiId, responseType, "Gateway response type not defined on api")
        self.gateway_responses.delete(restApiId, responseType)

    def _current(self, api_id: str, kind: str) -> dict[str, Any]:
        own = self.gateway_responses.get(api_id, kind)
        if own is not None:
            return own.members
        fallback = self.gateway_responses.get(api_id, "DEFAULT_5XX" if STATUS[kind] >= 500 else "DEFAULT_4XX")
        base = (
            dict(fallback.members)
            if fallback is not None
            else {"responseParameters": {}, "responseTemplates": TEMPLATE}
        )
        base |= {"responseType": kind, "defaultResponse": True}
        if STATUS[kind] and (fallback is None or "statusCode" not in fallback.members):
            base["statusCode"] = str(STATUS[kind])
        return base
