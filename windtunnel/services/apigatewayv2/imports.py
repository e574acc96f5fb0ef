"""OpenAPI 3 documents as HTTP APIs, as SAM generates them: ImportApi and ReimportApi.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.apigatewayv2.apis import HttpApiTables
from windtunnel.services.apigatewayv2.records import DEFAULT, Api

_METHODS = ("get", "put", "post", "head", "patch", "delete", "options")
_ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_SERVER = "x-amazon-apigateway-endpoint-configuration"


class Imports(HttpApiTables):
    inert = {
        "ImportApi.FailOnWarnings": "an import gives no warnings: it succeeds or is refused",
        "ReimportApi.FailOnWarnings": "an import gives no warnings: it succeeds or is refused",
    }

    def import_api(self, ctx, Body, Basepath="ignore"):
        document = parsed(Body, Basepath)
        api = Api(id=self.new_id(10), members={}, created_at=self.clock.now())
        self.apis.put(self._described(api, document))
        self._fill(api.id, document)
        return self.noun("Apis").shown(self.api_with(api.id))

    def reimport_api(self, ctx, ApiId, Body, Basepath="ignore"):
        document = parsed(Body, Basepath)
        self.apis.put(self._described(self.api_with(ApiId), document))
        for rows in (self.routes, self.integrations, self.authorizers):
            rows.clear(ApiId)
        self._fill(ApiId, document)
        return self.noun("Apis").shown(self.api_with(ApiId))

    def _described(self, api: Api, document: dict[str, Any]) -> Api:
        info = document.get("info") or {}
        members: dict[str, Any] = {
            "Name": str(info.get("title") or api.members.get("Name") or "API"),
            "ProtocolType": "HTTP",
            "RouteSelectionExpression": "$request.method $request.path",
            "DisableExecuteApiEndpoint": False,
            "IpAddressType": "ipv4",
        }
        for name, key in (("Description", "description"), ("Version", "version")):
            if info.get(key):
                members[name] = str(info[key])
        for server in document.get("servers") or ():
            members["DisableExecuteApiEndpoint"] = bool((server.get(_SERVER) or {}).get("disableExecuteApiEndpoint"))
        cors = document.get("x-amazon-apigateway-cors")
        if cors:
            members["CorsConfiguration"] = _cors(cors)
        tags = {t["name"]: str(t["x-amazon-apigateway-tag-value"]) for t in document.get("tags") or () if len(t) > 1}
        return replace(api, members=members, tags={**api.tags, **tags})

    def _fill(self, api_id: str, document: dict[str, Any]) -> None:
        components = document.get("components") or {}
        authorizers = {}
        for name, scheme in (components.get("securitySchemes") or {}).items():
            if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
                authorizers[name] = {"AuthorizationType": "AWS_IAM"}
            elif _AUTHORIZER in scheme:
                made = self.noun("Authorizers").make(api_id, _authorizer(name, scheme[_AUTHORIZER]))
                authorizers[name] = {"AuthorizationType": "CUSTOM", "AuthorizerId": made.id}
        for path, methods in (document.get("paths") or {}).items():
            for method, operation in methods.items():
                if method not in _METHODS and method != _ANY:
                    continue
                default = path in (DEFAULT, f"/{DEFAULT}") or operation.get("isDefaultRoute")
                key = DEFAULT if default else f"{'ANY' if method == _ANY else method.upper()} {path}"
                self._route(api_id, key, operation, document, authorizers)
        self.changed(api_id)

    def _route(
        self, api_id: str, key: str, operation: dict[str, Any], document: dict[str, Any], authorizers: dict[str, Any]
    ) -> None:
        members: dict[str, Any] = {"RouteKey": key}
        if operation.get("operationId"):
            members["OperationName"] = operation["operationId"]
        security = operation["security"] if "security" in operation else document.get("security")
        for requirement in security or ():
            for name, scopes in requirement.items():
                members.update(authorizers.get(name, {}))
                if scopes and name in authorizers:
                    members["AuthorizationScopes"] = scopes
        given = operation.get(_INTEGRATION)
        if given is not None and "$ref" in given:
            shared = (document.get("components") or {}).get("x-amazon-apigateway-integrations") or {}
            given = shared.get(given["$ref"].rpartition("/")[2])
        if given is not None:
            made = self.noun("Integrations").make(api_id, _integration(given))
            members["Target"] = f"integrations/{made.id}"
        self.noun("Routes").make(api_id, members)


def parsed(body: str, base_path: str) -> dict[str, Any]:
    """The document, from JSON or YAML. Raises BadRequestException."""
    if base_path not in ("ignore", None):
        raise NotImplementedHere(f"The value {base_path} of Basepath of apigatewayv2:ImportApi")
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        import yaml

        try:
            document = yaml.safe_load(body)
        except yaml.YAMLError as error:
            raise ApiError("BadRequestException", f"Invalid OpenAPI input: {error}") from None
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3"):
        raise ApiError("BadRequestException", "Invalid OpenAPI input. Only OpenAPI 3.x documents are supported.")
    return document


def _cors(cors: dict[str, Any]) -> dict[str, Any]:
    members = {name[0].upper() + name[1:]: value for name, value in cors.items()}
    for name in ("AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders"):
        if isinstance(members.get(name), str):
            members[name] = members[name].split(",")
    if "MaxAge" in members:
        members["MaxAge"] = int(members["MaxAge"])
    return members


def _authorizer(name: str, given: dict[str, Any]) -> dict[str, Any]:
    source = given.get("identitySource") or []
    members = {
        "Name": name,
        "AuthorizerType": str(given.get("type", "")).upper(),
        "AuthorizerUri": given.get("authorizerUri"),
        "IdentitySource": [each.strip() for each in source.split(",")] if isinstance(source, str) else source,
        "AuthorizerPayloadFormatVersion": str(given.get("authorizerPayloadFormatVersion") or "2.0"),
        "AuthorizerResultTtlInSeconds": int(given.get("authorizerResultTtlInSeconds") or 0),
        "EnableSimpleResponses": given.get("enableSimpleResponses"),
        "AuthorizerCredentialsArn": given.get("authorizerCredentials"),
    }
    return {name: value for name, value in members.items() if value is not None}


def _integration(given: dict[str, Any]) -> dict[str, Any]:
    members = {
        "IntegrationType": str(given.get("type", "")).upper(),
        "IntegrationUri": given.get("uri"),
        "IntegrationMethod": given.get("httpMethod"),
        "PayloadFormatVersion": str(given.get("payloadFormatVersion") or "1.0"),
        "TimeoutInMillis": int(given.get("timeoutInMillis") or 30_000),
        "ConnectionType": given.get("connectionType"),
        "CredentialsArn": given.get("credentials"),
        "IntegrationSubtype": given.get("integrationSubtype"),
        "RequestParameters": given.get("requestParameters"),
    }
    return {name: value for name, value in members.items() if value is not None}
