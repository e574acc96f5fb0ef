"""Swagger 2 and OpenAPI 3 documents, read as what REST APIs are made of: plain members, nothing stored.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError

ANY = "x-amazon-apigateway-any-method"
METHODS = ("get", "put", "post", "delete", "patch", "options", "head", ANY)
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_PLACES = {"query": "querystring", "header": "header", "path": "path"}


def parsed(body: bytes) -> dict[str, Any]:
    """The document, from JSON or YAML. Raises BadRequestException."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        import yaml

        try:
            document = yaml.safe_load(body)
        except yaml.YAMLError as error:
            raise ApiError("BadRequestException", f"Invalid OpenAPI input: {error}") from None
    if not isinstance(document, dict) or not (document.get("swagger") or document.get("openapi")):
        raise ApiError(
            "BadRequestException", "Invalid OpenAPI input: the document names neither `swagger` nor `openapi`"
        )
    return document


def schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Schemas of bodies by the name of their model."""
    return document.get("definitions") or (document.get("components") or {}).get("schemas") or {}


def about(document: dict[str, Any]) -> dict[str, Any]:
    """What the document says of the API itself."""
    info = document.get("info") or {}
    members: dict[str, Any] = {}
    for name, value in (
        ("name", info.get("title")),
        ("description", info.get("description")),
        ("version", info.get("version")),
        ("apiKeySource", document.get("x-amazon-apigateway-api-key-source")),
    ):
        if value is not None:
            members[name] = str(value)
    if "x-amazon-apigateway-binary-media-types" in document:
        members["binaryMediaTypes"] = list(document["x-amazon-apigateway-binary-media-types"])
    if "x-amazon-apigateway-minimum-compression-size" in document:
        members["minimumCompressionSize"] = int(document["x-amazon-apigateway-minimum-compression-size"])
    if "x-amazon-apigateway-policy" in document:
        members["policy"] = msgspec.json.encode(document["x-amazon-apigateway-policy"]).decode()
    return members


def authorizers(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """
    Security schemes by name: the members of an authorizer, or what a scheme without one asks of a method.

        Lambda authorizer → {"authorizer": {…}}    signature → {"iam": True}    API key → {"key": True}
    """
    schemes = document.get("securityDefinitions") or (document.get("components") or {}).get("securitySchemes") or {}
    found: dict[str, dict[str, Any]] = {}
    for name, scheme in schemes.items():
        kind = str(scheme.get("x-amazon-apigateway-authtype", "")).lower()
        if _AUTHORIZER in scheme:
            found[name] = {"authorizer": _authorizer(name, scheme, scheme[_AUTHORIZER])}
        elif kind == "awssigv4":
            found[name] = {"iam": True}
        elif scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key":
            found[name] = {"key": True}
    return found


def _authorizer(name: str, scheme: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    kind = str(given.get("type", "")).upper()
    source = given.get("identitySource")
    if source is None and kind == "TOKEN":
        source = f"method.request.header.{scheme.get('name', 'Authorization')}"
    members = {
        "name": name,
        "type": kind,
        "authType": scheme.get("x-amazon-apigateway-authtype", "custom"),
        "authorizerUri": given.get("authorizerUri"),
        "authorizerCredentials": given.get("authorizerCredentials"),
        "identitySource": source,
        "identityValidationExpression": given.get("identityValidationExpression"),
    }
    if given.get("authorizerResultTtlInSeconds") is not None:
        members["authorizerResultTtlInSeconds"] = int(given["authorizerResultTtlInSeconds"])
    return {member: value for member, value in members.items() if value is not None}


def gateway_responses(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for kind, given in (document.get("x-amazon-apigateway-gateway-responses") or {}).items():
        members = {
            "responseType": kind,
            "defaultResponse": False,
            "responseParameters": given.get("responseParameters") or {},
            "responseTemplates": given.get("responseTemplates") or {},
        }
        if given.get("statusCode") is not None:
            members["statusCode"] = str(given["statusCode"])
        found.append(members)
    return found


def request_parameters(document: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, bool]:
    """`method.request.…` and whether it must be there."""
    found = {}
    for parameter in parameters:
        parameter = resolved(document, parameter)
        if parameter.get("in") in _PLACES:
            place = f"method.request.{_PLACES[parameter['in']]}.{parameter['name']}"
            found[place] = str(parameter.get("required", False)).lower() == "true"
    return found


def request_models(
    document: dict[str, Any], operation: dict[str, Any], parameters: list[Any], named: Callable[[dict[str, Any]], str]
) -> dict[str, str]:
    """The model of the body by content type; `named` makes a model of a schema that is written out, and gives its name."""
    found = {}
    for parameter in parameters:
        parameter = resolved(document, parameter)
        name = _model(parameter.get("schema"), named) if parameter.get("in") == "body" else ""
        if name:
            kinds = operation.get("consumes") or document.get("consumes") or ["application/json"]
            found.update(dict.fromkeys(kinds, name))
    for kind, content in (resolved(document, operation.get("requestBody") or {}).get("content") or {}).items():
        if name := _model(content.get("schema"), named):
            found[kind] = name
    return found


def method_responses(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """What a method may answer, by status."""
    found = {}
    for status, given in (operation.get("responses") or {}).items():
        if not str(status).isdigit():
            continue
        given = resolved(document, given)
        members: dict[str, Any] = {"statusCode": str(status)}
        if given.get("headers"):
            members["responseParameters"] = {f"method.response.header.{name}": False for name in given["headers"]}
        if name := _model(given.get("schema")):
            members["responseModels"] = {"application/json": name}
        contents = given.get("content") or {}
        models = {kind: _model(each.get("schema")) for kind, each in contents.items() if _model(each.get("schema"))}
        if models:
            members["responseModels"] = models
        found[str(status)] = members
    return found


def integration(given: dict[str, Any]) -> dict[str, Any]:
    """An `x-amazon-apigateway-integration`, the pattern of each response with it."""
    members = {
        "type": str(given.get("type", "")).upper(),
        "httpMethod": given.get("httpMethod"),
        "uri": given.get("uri"),
        "connectionType": given.get("connectionType"),
        "credentials": given.get("credentials"),
        "requestParameters": given.get("requestParameters"),
        "requestTemplates": given.get("requestTemplates"),
        "passthroughBehavior": str(given.get("passthroughBehavior") or "WHEN_NO_MATCH").upper(),
        "contentHandling": given.get("contentHandling"),
        "timeoutInMillis": int(given.get("timeoutInMillis") or 29_000),
        "cacheNamespace": given.get("cacheNamespace"),
        "cacheKeyParameters": given.get("cacheKeyParameters"),
    }
    responses = {}
    for pattern, response in (given.get("responses") or {}).items():
        own = {name: value for name, value in response.items() if value is not None}
        own["statusCode"] = str(own.get("statusCode", 200))
        if pattern != "default":
            own["selectionPattern"] = str(pattern)
        responses[own["statusCode"]] = own
    return {
        **{name: value for name, value in members.items() if value is not None},
        **({"integrationResponses": responses} if responses else {}),
    }


def resolved(document: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The same, or what its `$ref` names in the document."""
    if "$ref" not in given:
        return given
    found: Any = document
    for step in str(given["$ref"]).removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _model(schema: Any, named: Callable[[dict[str, Any]], str] | None = None) -> str:
    """The name of the model that a schema refers to; one that is written out gets it by `named`, or has none."""
    if not isinstance(schema, dict) or not schema:
        return ""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return named(schema) if named is not None else ""
