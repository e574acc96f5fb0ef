"""Operations on integrations: what a method hands its requests to."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.requests import function_of
from windtunnel.services.apigateway import backends, patches, templates
from windtunnel.services.apigateway.records import Method
from windtunnel.services.apigateway.rest_apis import RestApiTables

MAXIMUM_TIMEOUT_MS = 29_000


class Integrations(RestApiTables):
    def put_integration(
        self, ctx, restApiId, resourceId, httpMethod, type, integrationHttpMethod=None, uri=None, connectionType=None,
        connectionId=None, credentials=None, requestParameters=None, requestTemplates=None, passthroughBehavior=None,
        cacheNamespace=None, cacheKeyParameters=None, contentHandling=None, timeoutInMillis=None,
    ):  # fmt: skip
        method = self.method_with(restApiId, resourceId, httpMethod)
        given = {
            "type": type, "httpMethod": integrationHttpMethod, "uri": uri, "connectionType": connectionType,
            "connectionId": connectionId, "credentials": credentials, "requestParameters": requestParameters,
            "requestTemplates": requestTemplates, "passthroughBehavior": passthroughBehavior,
            "cacheNamespace": cacheNamespace, "cacheKeyParameters": cacheKeyParameters,
            "contentHandling": contentHandling, "timeoutInMillis": timeoutInMillis,
        }  # fmt: skip
        return self.set(method, {k: v for k, v in given.items() if v is not None})

    def set(self, method: Method, members: dict[str, Any]) -> dict[str, Any]:
        """Give the method this integration in place of the one that it has."""
        members = {
            "passthroughBehavior": "WHEN_NO_MATCH",
            "timeoutInMillis": MAXIMUM_TIMEOUT_MS,
            "cacheNamespace": method.resource,
            "cacheKeyParameters": [],
            **members,
        }
        self._check(members)
        self.methods.put(replace(method, members={**method.members, "methodIntegration": members}))
        return members

    def get_integration(self, ctx, restApiId, resourceId, httpMethod):
        return integration_of(self.method_with(restApiId, resourceId, httpMethod))

    def update_integration(self, ctx, restApiId, resourceId, httpMethod, patchOperations=None):
        method = self.method_with(restApiId, resourceId, httpMethod)
        members = patches.patched(
            integration_of(method),
            patchOperations,
            {
                "/uri": patches.text,
                "/httpMethod": patches.text,
                "/credentials": patches.text,
                "/passthroughBehavior": patches.text,
                "/contentHandling": patches.text,
                "/timeoutInMillis": int,
                "/cacheNamespace": patches.text,
            },
            maps={"requestTemplates": patches.text, "requestParameters": patches.text},
            lists=frozenset({"cacheKeyParameters"}),
        )
        self._check(members)
        self.methods.put(replace(method, members={**method.members, "methodIntegration": members}))
        return members

    def _check(self, members: dict[str, Any]) -> None:
        _check(members)
        if members["type"] == "AWS":
            self.home.service(backends.model_of(members["uri"]))

    def delete_integration(self, ctx, restApiId, resourceId, httpMethod):
        method = self.method_with(restApiId, resourceId, httpMethod)
        integration_of(method)
        members = {name: value for name, value in method.members.items() if name != "methodIntegration"}
        self.methods.put(replace(method, members=members))


def integration_of(method: Method) -> dict[str, Any]:
    """Raises NotFoundException."""
    found: dict[str, Any] | None = method.members.get("methodIntegration")
    if found is None:
        raise ApiError("NotFoundException", "Invalid Integration identifier specified")
    return found


def _check(members: dict[str, Any]) -> None:
    """What is not built is refused by name, what AWS itself refuses in AWS's words."""
    kind, uri = members["type"], members.get("uri", "")
    if kind != "MOCK" and not members.get("httpMethod"):
        raise ApiError("BadRequestException", "Enumeration value for HttpMethod must be non-empty")
    if kind in ("HTTP", "HTTP_PROXY") and not uri.startswith(("http://", "https://")):
        raise ApiError("BadRequestException", "Invalid HTTP endpoint specified for URI")
    if kind in ("AWS", "AWS_PROXY"):
        if not uri.startswith("arn:") or uri.count(":") < 5:
            raise ApiError("BadRequestException", "Invalid ARN specified in the request")
        if uri.split(":")[2] != "apigateway" or uri.split(":")[5].partition("/")[0] not in ("path", "action"):
            raise ApiError("BadRequestException", "AWS ARN for integration must contain path or action")
    if kind == "AWS_PROXY" and function_of(uri) is None:
        raise ApiError("BadRequestException", "Integrations of type 'AWS_PROXY' currently only supports Lambda function and "
            "Firehose stream invocations.")  # fmt: skip
    if members.get("connectionType", "INTERNET") != "INTERNET":
        raise NotImplementedHere("The connection type VPC_LINK of apigateway:PutIntegration")
    for template in (members.get("requestTemplates") or {}).values():
        templates.check(template)
    if int(members["timeoutInMillis"]) < 50:
        raise ApiError("BadRequestException", "Timeout should be between 50 ms and 29000 ms")
