"""
Which operation of which service, account and region a request is for.

    signature's scope ─┬─ X-Amz-Target ────────────── json, aws-cbor
      host's name      ├─ /service/…/operation/… ──── smithy-rpc-v2-cbor
                       ├─ Action=… in form or query ─ query
                       └─ method and path ─────────── rest-json, rest-xml
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from windtunnel.aws import models
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.models import Operation, Service
from windtunnel.gateway import hosts, names, scopes
from windtunnel.gateway.data_plane import DataPlane, data_plane
from windtunnel.gateway.hosts import Host
from windtunnel.gateway.messages import Request
from windtunnel.gateway.routes import routes
from windtunnel.gateway.scopes import Scope

_ACTION = re.compile(r"(?:^|&)Action=([^&]*)")
_VERSION = re.compile(r"(?:^|&)Version=([^&]*)")
_CACHED = 2048
Key = TypeVar("Key")
Value = TypeVar("Value")
_NO_LABELS: dict[str, str] = {}


class Target(NamedTuple):
    """What a request asks for."""

    operation: Operation
    protocol: str
    account: str
    region: str
    access_key: str
    labels: dict[str, str]


class Unidentified(Exception):
    """Raised for a request that no operation fits: the error to answer, and as much as is known for its shape."""

    def __init__(self, error: ApiError, protocol: str, service: Service | None = None):
        super().__init__(str(error))
        self.error = error
        self.protocol = protocol
        self.service = service


class Identify:
    """
    Identifies requests. `account_of` gives the account of an access key that is not itself an account's twelve digits,
    or None where it does not know the key.
    """

    def __init__(
        self,
        account: str = "000000000000",
        region: str = "us-east-1",
        account_of: Callable[[str], str | None] | None = None,
    ):
        self._account = account
        self._region = region
        self._account_of = account_of
        self._scopes: dict[str, Scope] = {}
        self._hosts: dict[str, Host] = {}
        self._targets: dict[tuple[str, str], Operation] = {}

    def __call__(self, request: Request) -> Target | DataPlane:
        """The target of a request. Raises Unidentified."""
        headers = request.headers
        host = self._host(headers.get("host", ""))
        if host.data_plane or request.path.startswith(("/_api/", "/_url/", "/_cfn/", "/restapis/")):
            found = data_plane(request, host)
            if found is not None:
                return found
        scope = self.scope(request)
        target = headers.get("x-amz-target")
        if target is not None and request.method == "POST":
            operation = self._targets.get((target, scope.signing_name))
            if operation is None:
                operation = _by_target(target, scope, host)
                _keep(self._targets, (target, scope.signing_name), operation)
            protocol = "aws-cbor" if headers.get("content-type") == _CBOR else "json"
            return self._target(operation, protocol, scope, host, _NO_LABELS)
        operation, protocol, labels = _by_place(request, scope, host)
        return self._target(operation, protocol, scope, host, labels)

    def scope(self, request: Request) -> Scope:
        """The scope of the request's signature."""
        text = scopes.credential(request.headers.get("authorization", ""), request.query)
        scope = self._scopes.get(text)
        if scope is None:
            scope = scopes.parse(text)
            _keep(self._scopes, text, scope)
        return scope

    def account(self, access_key: str) -> str:
        """The account of an access key."""
        if len(access_key) == 12 and access_key.isdigit() and access_key.isascii():
            return access_key
        known = self._account_of(access_key) if self._account_of is not None and access_key else None
        return known or self._account

    def _host(self, text: str) -> Host:
        host = self._hosts.get(text)
        if host is None:
            host = hosts.parse(text)
            _keep(self._hosts, text, host)
        return host

    def _target(self, operation: Operation, protocol: str, scope: Scope, host: Host, labels: dict[str, str]) -> Target:
        region = scope.region or host.region or self._region
        if region == "aws-global":
            region = "us-east-1"
        return Target(operation, protocol, self.account(scope.access_key), region, scope.access_key, labels)


def _keep(cache: dict[Key, Value], key: Key, value: Value) -> None:
    if len(cache) >= _CACHED:
        cache.clear()
    cache[key] = value


def _by_target(target: str, scope: Scope, host: Host) -> Operation:
    prefix, _, name = target.rpartition(".")
    for candidate in (*names.candidates(scope.signing_name), names.TARGETS.get(prefix, ""), host.service):
        service = _loaded(candidate)
        if service is not None and service.target_prefix == prefix:
            if name in service.operations:
                return service.operations[name]
            raise Unidentified(NotImplementedHere(f"{service.name}.{name}"), "json", service)
    if prefix and scope.signing_name:
        raise Unidentified(NotImplementedHere(f"{scope.signing_name}.{name}"), "json")
    raise Unidentified(ApiError("UnknownOperationException", status=400), "json")


def _by_place(request: Request, scope: Scope, host: Host) -> tuple[Operation, str, dict[str, str]]:
    if request.path.startswith("/service/") and request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return _by_service_path(request, scope), "smithy-rpc-v2-cbor", _NO_LABELS
    form = _form_of(request)
    if form:
        action = _ACTION.search(form)
        if action is not None and not _is_rest(scope):
            return _by_action(action.group(1), form, scope, host), "query", _NO_LABELS
    return _by_path(request, scope, host)


def _by_service_path(request: Request, scope: Scope) -> Operation:
    parts = request.path.split("/")
    prefix, name = (parts[2], parts[4]) if len(parts) == 5 and parts[3] == "operation" else ("", "")
    for candidate in (*names.candidates(scope.signing_name), names.TARGETS.get(prefix, "")):
        service = _loaded(candidate)
        if service is not None and "smithy-rpc-v2-cbor" in service.protocols:
            if name in service.operations:
                return service.operations[name]
            raise Unidentified(NotImplementedHere(f"{service.name}.{name}"), "smithy-rpc-v2-cbor", service)
    raise Unidentified(ApiError("UnknownOperationException", status=404), "smithy-rpc-v2-cbor")


def _by_action(action: str, form: str, scope: Scope, host: Host) -> Operation:
    version = _VERSION.search(form)
    by_version = names.VERSIONS.get(version.group(1), ()) if version is not None else ()
    unsigned = names.UNSIGNED.get(action, "") if not scope.signing_name else ""
    for candidate in (*names.candidates(scope.signing_name), *names.candidates(host.service), *by_version, unsigned):
        service = _loaded(candidate)
        if service is not None and ("query" in service.protocols or service.name == "sqs"):
            if action in service.operations:
                return service.operations[action]
            raise Unidentified(NotImplementedHere(f"{service.name}.{action[:100]}"), "query", service)
    if scope.signing_name:
        raise Unidentified(NotImplementedHere(f"{scope.signing_name}.{action[:100]}"), "query")
    raise Unidentified(ApiError("InvalidAction", f"Could not find operation {action[:100]}", status=400), "query")


def _by_path(request: Request, scope: Scope, host: Host) -> tuple[Operation, str, dict[str, str]]:
    candidates = names.candidates(scope.signing_name) or names.candidates(host.service)
    if not any(map(models.exists, candidates)):
        candidates = names.by_path(request.path)
        if scope.signing_name:
            raise Unidentified(NotImplementedHere(f"The service {scope.signing_name}"), "rest-json")
    service = None
    for candidate in candidates:
        service = _loaded(candidate) or service
        if service is None or not service.protocol.startswith("rest-"):
            continue
        path = request.path
        if service.name == "s3" and host.bucket:
            path = f"/{host.bucket}{path}"
        found = routes(service.name).match(request.method, path, request.query, request.headers)
        if found is not None:
            return service.operations[found[0]], service.protocol, found[1]
    raise _no_route(request, service)


def _no_route(request: Request, service: Service | None) -> Unidentified:
    if service is None:
        return Unidentified(ApiError("UnknownOperationException", status=404), "rest-json")
    if service.name == "s3":
        if request.method == "POST":
            return Unidentified(NotImplementedHere("s3.PostObject"), "rest-xml", service)
        error = ApiError("MethodNotAllowed", "The specified method is not allowed against this resource.", status=405)
        return Unidentified(error, "rest-xml", service)
    if service.protocol.startswith("rest-"):
        return Unidentified(ApiError("UnknownOperationException", status=404), service.protocol, service)
    if service.protocol == "query" or request.headers.get("content-type", "").startswith(_FORM):
        error = ApiError("MissingAction", "The request must contain the parameter Action.", status=400)
        return Unidentified(error, "query", service)
    return Unidentified(ApiError("UnknownOperationException", status=404), "json", service)


_FORM = "application/x-www-form-urlencoded"
_CBOR = "application/x-amz-cbor-1.1"


def _form_of(request: Request) -> str:
    """The form of the query protocol, as text; "" where there is none."""
    if request.method == "POST":
        if request.headers.get("content-type", _FORM).startswith(_FORM) and b"Action=" in request.body:
            return request.body.decode("utf-8", "replace")
        return ""
    return request.query if "Action=" in request.query else ""


def _is_rest(scope: Scope) -> bool:
    services = names.candidates(scope.signing_name)
    service = _loaded(services[0]) if services else None
    return service is not None and service.protocol.startswith("rest-")


def _loaded(name: str) -> Service | None:
    return models.load(name) if name and models.exists(name) else None
