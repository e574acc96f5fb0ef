"""ImportRestApi and PutRestApi: REST APIs from documents."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.apigateway import documents, templates
from windtunnel.services.apigateway.patches import truth
from windtunnel.services.apigateway.records import Path, RestApi
from windtunnel.services.apigateway.rest_apis import RestApiTables, endpoint, shown

_KNOWN = ("endpointConfigurationTypes", "basepath", "ignore", "endpointConfigurationVpcEndpointIds")


class Imports(RestApiTables):
    inert = {
        "ImportRestApi.failOnWarnings": "an import gives no warnings: it succeeds or is refused",
        "PutRestApi.failOnWarnings": "an import gives no warnings: it succeeds or is refused",
    }

    def import_rest_api(self, ctx, body, parameters=None):
        document = documents.parsed(body)
        given = self._parameters(parameters, "ImportRestApi")
        members = {
            "apiKeySource": "HEADER",
            "endpointConfiguration": endpoint({"types": given["types"]} if "types" in given else None),
            "disableExecuteApiEndpoint": False,
            **documents.about(document),
        }
        if not members.get("name"):
            raise ApiError("BadRequestException", "API name must be specified")
        api = self.noun("RestApis").make(members, {})
        self._fill(api, document, {})
        return shown(self.api_with(api.id))

    def put_rest_api(self, ctx, restApiId, body, mode="merge", parameters=None):
        document = documents.parsed(body)
        api = self.api_with(restApiId)
        given = self._parameters(parameters, "PutRestApi")
        new = documents.about(document)
        if mode == "overwrite":
            self._clear(api)
            kept = {k: v for k, v in api.members.items() if k not in ("binaryMediaTypes", "description", "version")}
        else:
            kept = api.members
            types = [*kept.get("binaryMediaTypes", ()), *new.get("binaryMediaTypes", ())]
            if types:
                new["binaryMediaTypes"] = list(dict.fromkeys(types))
        members = {**kept, **new}
        if "types" in given:
            members["endpointConfiguration"] = endpoint({"types": given["types"]})
        api = self.apis.put(replace(api, members=members))
        known = {each.members["name"]: each.key for each in self.authorizers.all(api.id)}
        self._fill(api, document, known)
        return shown(self.api_with(api.id))

    def _parameters(self, parameters: dict[str, str] | None, operation: str) -> dict[str, Any]:
        given = parameters or {}
        strange = sorted(given.keys() - set(_KNOWN))
        if strange:
            raise NotImplementedHere(f"The parameter {strange[0]} of apigateway:{operation}")
        if given.get("basepath", "ignore") != "ignore":
            raise NotImplementedHere(
                f"The value {given['basepath']} of the parameter basepath of apigateway:{operation}"
            )
        types = given.get("endpointConfigurationTypes")
        return {"types": types.split(",")} if types else {}

    def _clear(self, api: RestApi) -> None:
        for rows in (self.methods, self.paths, self.models, self.validators, self.authorizers, self.gateway_responses):
            rows.clear(api.id)
        self.paths.put(Path(api=api.id, id=api.root, path="/"))

    def _fill(self, api: RestApi, document: dict[str, Any], known: dict[str, str]) -> None:
        for name, schema in documents.schemas(document).items():
            members = {"name": name, "contentType": "application/json", "schema": msgspec.json.encode(schema).decode()}
            before = self.models.get(api.id, name)
            self.noun("Models").make(api.id, {**members, **({"id": before.members["id"]} if before else {})})
        validators = {each.members["name"]: each.key for each in self.validators.all(api.id)}
        for name, given in (document.get("x-amazon-apigateway-request-validators") or {}).items():
            body, parameters = truth(given.get("validateRequestBody")), truth(given.get("validateRequestParameters"))
            validators[name] = self.noun("Validators").make(api.id, name, body, parameters).key
        for members in documents.gateway_responses(document):
            self.noun("GatewayResponses").set(api.id, members)
        schemes = documents.authorizers(document)
        guards = dict(known)
        for name, scheme in schemes.items():
            if "authorizer" in scheme and name not in guards:
                guards[name] = self.noun("Authorizers").make(api.id, scheme["authorizer"]).key
        by_path = {path.path: path for path in self.paths.all(api.id)}
        for path, methods in (document.get("paths") or {}).items():
            resource = self._resource(api, path, by_path)
            for method, operation in methods.items():
                if method in documents.METHODS:
                    shared = methods.get("parameters") or []
                    self._method(api, resource, method, operation, shared, document, schemes, guards, validators)

    def _resource(self, api: RestApi, path: str, by_path: dict[str, Path]) -> Path:
        """The resource of that path, made with all above it where it is not there."""
        at = by_path["/"]
        for part in [part for part in path.split("/") if part]:
            below = f"{at.path.rstrip('/')}/{part}"
            if below not in by_path:
                by_path[below] = self.noun("Paths").under(at, part)
            at = by_path[below]
        return at

    def _method(
        self,
        api: RestApi,
        resource: Path,
        method: str,
        operation: dict[str, Any],
        shared: list[Any],
        document: dict[str, Any],
        schemes: dict[str, Any],
        guards: dict[str, str],
        validators: dict[str, str],
    ) -> None:
        verb = "ANY" if method == documents.ANY else method.upper()
        parameters = [*shared, *(operation.get("parameters") or [])]
        members: dict[str, Any] = {"httpMethod": verb, "authorizationType": "NONE", "apiKeyRequired": False}
        security = operation["security"] if "security" in operation else document.get("security")
        for name in [name for requirement in security or () for name in requirement]:
            scheme = schemes.get(name, {})
            if name in guards:
                members |= {"authorizationType": "CUSTOM", "authorizerId": guards[name]}
            elif "iam" in scheme:
                members["authorizationType"] = "AWS_IAM"
            elif "key" in scheme:
                members["apiKeyRequired"] = True
        wanted = operation.get("x-amazon-apigateway-request-validator") or document.get(
            "x-amazon-apigateway-request-validator"
        )
        if wanted in validators:
            members["requestValidatorId"] = validators[wanted]

        def named(schema: dict[str, Any]) -> str:
            name = f"MODEL{self.ids.hex(6)}"
            text = msgspec.json.encode(schema).decode()
            self.noun("Models").make(api.id, {"name": name, "contentType": "application/json", "schema": text})
            return name

        for name, value in (
            ("operationName", operation.get("operationId")),
            ("requestParameters", documents.request_parameters(document, parameters)),
            ("requestModels", documents.request_models(document, operation, parameters, named)),
            ("methodResponses", documents.method_responses(document, operation)),
        ):
            if value:
                members[name] = value
        self.methods.delete(api.id, f"{resource.id}/{verb}")
        made = self.noun("Methods").make(api.id, resource.id, members)
        given = operation.get("x-amazon-apigateway-integration")
        if given is not None:
            integration = documents.integration(documents.resolved(document, given))
            for response in integration.get("integrationResponses", {}).values():
                for template in (response.get("responseTemplates") or {}).values():
                    templates.check(template)
            self.noun("Integrations").set(made, integration)
