"""Operations on REST APIs."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.operations import Operations
from windtunnel.kernel.tables import Table
from windtunnel.services.apigateway import patches
from windtunnel.services.apigateway.records import (
    Account,
    Deployment,
    Key,
    Method,
    Part,
    Path,
    RestApi,
    Snapshot,
    Stage,
    UsagePlan,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
EMPTY = (
    '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n  "type" : "object"\n}'
)
ERROR = (
    '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n  "type" : "object",\n'
    '  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}'
)


class RestApiTables(Operations, api="apigateway"):
    """What the nouns of REST APIs share: the tables, and finding things in AWS's words."""

    apis = Table(RestApi, key="id")
    paths = Table(Path, key="id", within="api")
    methods = Table(Method, key="key", within="api")
    models = Table(Part, key="key", within="api")
    validators = Table(Part, key="key", within="api")
    authorizers = Table(Part, key="key", within="api")
    gateway_responses = Table(Part, key="key", within="api")
    deployments = Table(Deployment, key="id", within="api")
    stages = Table(Stage, key="name", within="api")
    keys = Table(Key, key="id")
    plans = Table(UsagePlan, key="id")
    accounts = Table(Account, key="name")

    def api_with(self, api_id: str) -> RestApi:
        """Raises NotFoundException."""
        api = self.apis.get(api_id)
        if api is None:
            raise ApiError("NotFoundException", f"Invalid API identifier specified {self.home.account}:{api_id}")
        return api

    def path_with(self, api_id: str, resource: str) -> Path:
        """Raises NotFoundException."""
        path = self.paths.get(api_id, resource)
        if path is None:
            raise ApiError("NotFoundException", "Invalid Resource identifier specified")
        return path

    def method_with(self, api_id: str, resource: str, method: str) -> Method:
        """Raises NotFoundException."""
        self.path_with(api_id, resource)
        found = self.methods.get(api_id, f"{resource}/{method}")
        if found is None:
            raise ApiError("NotFoundException", "Invalid Method identifier specified")
        return found

    def part(self, rows: Any, api_id: str, key: str, what: str) -> Part:
        """A row of an API's; raises NotFoundException in these words."""
        found: Part | None = rows.get(api_id, key)
        if found is None:
            raise ApiError("NotFoundException", what)
        return found

    def paged(self, items: list[dict[str, Any]], limit: int | None, position: str | None) -> dict[str, Any]:
        start, size = int(position or 0), limit or 25
        page: dict[str, Any] = {"items": items[start : start + size]}
        if start + size < len(items):
            page["position"] = str(start + size)
        return page

    def new_id(self, length: int) -> str:
        return self.ids.text(length, LETTERS)

    def snapshot(self, api: RestApi) -> Snapshot:
        types = (api.members.get("endpointConfiguration") or {}).get("types") or ()
        return Snapshot(
            binary_types=tuple(api.members.get("binaryMediaTypes") or ()),
            key_source=api.members.get("apiKeySource", "HEADER"),
            paths=tuple(self.paths.all(api.id)),
            methods=tuple(self.methods.all(api.id)),
            models=tuple(self.models.all(api.id)),
            validators=tuple(self.validators.all(api.id)),
            authorizers=tuple(self.authorizers.all(api.id)),
            gateway_responses=tuple(self.gateway_responses.all(api.id)),
            policy="" if "PRIVATE" in types else api.members.get("policy") or "",
        )


class RestApis(RestApiTables):
    inert = {
        "CreateRestApi.securityPolicy": "TLS versions are those of the machine's OpenSSL",
        "CreateRestApi.endpointAccessMode": "there is one network here",
    }

    def create_rest_api(
        self, ctx, name, description=None, version=None, cloneFrom=None, binaryMediaTypes=None,
        minimumCompressionSize=None, apiKeySource="HEADER", endpointConfiguration=None, policy=None, tags=None,
        disableExecuteApiEndpoint=False,
    ):  # fmt: skip
        if cloneFrom is not None:
            raise NotImplementedHere("The member cloneFrom of apigateway:CreateRestApi")
        if description == "":
            raise ApiError("BadRequestException", "Description cannot be an empty string")
        given = {
            "name": name, "description": description, "version": version, "binaryMediaTypes": binaryMediaTypes or None,
            "minimumCompressionSize": minimumCompressionSize, "apiKeySource": apiKeySource or "HEADER",
            "endpointConfiguration": endpoint(endpointConfiguration), "policy": policy,
            "disableExecuteApiEndpoint": bool(disableExecuteApiEndpoint),
        }  # fmt: skip
        return shown(self.make({k: v for k, v in given.items() if v is not None}, tags or {}), created=True)

    def make(self, members: dict[str, Any], tags: dict[str, str]) -> RestApi:
        """An empty API: a root, and the two models that every API has."""
        api = RestApi(id=self.new_id(10), root=self.new_id(10), members=members, created_at=self.clock.now(), tags=tags)
        self.apis.put(api)
        self.paths.put(Path(api=api.id, id=api.root, path="/"))
        for name, description, schema in (
            ("Empty", "This is a default empty schema model", EMPTY),
            ("Error", "This is a default error schema model", ERROR),
        ):
            model = {"id": self.new_id(6), "name": name, "description": description, "schema": schema}
            self.models.put(Part(api=api.id, key=name, members={**model, "contentType": "application/json"}))
        return api

    def get_rest_api(self, ctx, restApiId):
        return shown(self.api_with(restApiId))

    def get_rest_apis(self, ctx, position=None, limit=None):
        return self.paged([shown(api) for api in self.apis.all()], limit, position)

    def update_rest_api(self, ctx, restApiId, patchOperations=None):
        api = self.api_with(restApiId)
        members, operations = dict(api.members), []
        for operation in patchOperations or ():
            if operation.get("path", "").startswith("/endpointConfiguration/"):
                members["endpointConfiguration"] = _moved(members["endpointConfiguration"], operation)
            else:
                operations.append(operation)
        members = patches.patched(members, operations, _PLAIN, lists=frozenset({"binaryMediaTypes"}))
        return shown(self.apis.put(replace(api, members=members)))

    def delete_rest_api(self, ctx, restApiId):
        self.api_with(restApiId)
        for plan in self.plans.all():
            stages = [each for each in plan.members.get("apiStages") or () if each["apiId"] != restApiId]
            self.plans.put(replace(plan, members={**plan.members, "apiStages": stages}))
        for rows in (
            self.paths, self.methods, self.models, self.validators, self.authorizers, self.gateway_responses,
            self.deployments, self.stages,
        ):  # fmt: skip
            rows.clear(restApiId)
        self.apis.delete(restApiId)


_PLAIN = {
    "/name": patches.text,
    "/description": patches.text,
    "/minimumCompressionSize": int,
    "/apiKeySource": patches.text,
    "/disableExecuteApiEndpoint": patches.truth,
    "/policy": patches.text,
}


def endpoint(given: dict[str, Any] | None) -> dict[str, Any]:
    """The endpoint configuration with AWS's defaults. Raises BadRequestException."""
    if given is None:
        return {"types": ["EDGE"], "ipAddressType": "ipv4"}
    types = given.get("types", ["EDGE"])
    if not types:
        raise ApiError("BadRequestException", "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if len(types) > 1:
        raise ApiError("BadRequestException", "Cannot create an api with multiple Endpoint Types.")
    return {"ipAddressType": "dualstack" if types == ["PRIVATE"] else "ipv4", **given, "types": types}


def _moved(configuration: dict[str, Any], operation: dict[str, str]) -> dict[str, Any]:
    name, _, _ = operation["path"].removeprefix("/endpointConfiguration/").partition("/")
    value = operation.get("value")
    if name == "types" and operation["op"] in ("replace", "add"):
        return {**configuration, "types": [value]}
    if name == "ipAddressType" and operation["op"] == "replace":
        return {**configuration, "ipAddressType": value}
    raise patches.invalid(operation["path"], operation["op"])


def shown(api: RestApi, created: bool = False) -> dict[str, Any]:
    answer = {"id": api.id, "rootResourceId": api.root, "createdDate": int(api.created_at), **api.members}
    if api.tags or not created:
        answer["tags"] = api.tags
    return answer
