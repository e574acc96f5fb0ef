"""
Service models, read straight from botocore's data files without importing botocore.

A service takes a few milliseconds and is read when it is first asked for; its operations and shapes are made one by
one, when they are first used. Models never change, so they are shared by all clouds of a process.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import os
from collections.abc import Mapping
from typing import Any

import msgspec

from windtunnel.aws.corrections import correct
from windtunnel.aws.shapes import Lazily, Shape, Shapes


class Operation:
    """
    One operation: its shapes, its errors by name, and where it stands in HTTP.

    `uri` is the request URI of the model; `path` and `query` are its two halves, the query as fixed pairs.
    """

    def __init__(self, service: Service, name: str, model: dict[str, Any]):
        http = model.get("http", {})
        self.service = service
        self.name = name
        self.method: str = http.get("method", "POST")
        self.uri: str = http.get("requestUri", "/")
        self.status: int = http.get("responseCode", 200)
        self.path, self.query = _split(self.uri)
        self.input: Shape | None = service.shapes.at(model["input"]) if "input" in model else None
        self.output: Shape | None = service.shapes.at(_bare(model["output"])) if "output" in model else None
        self.result_wrapper: str | None = model.get("output", {}).get("resultWrapper")
        self.errors: Mapping[str, Shape] = Lazily(
            tuple(error["shape"] for error in model.get("errors", ())), service.shapes.named
        )
        self.authtype: str = model.get("authtype", "")
        self.deprecated: bool = bool(model.get("deprecated"))
        self.readonly: bool = bool(model.get("readonly"))
        self.checksum: dict[str, Any] = model.get("httpChecksum", {})
        self.idempotency_token: str | None = self._token()

    def _token(self) -> str | None:
        members = self.input.members if self.input is not None else {}
        return next((name for name, shape in members.items() if shape.idempotencyToken), None)

    def __repr__(self) -> str:
        return f"<Operation {self.service.name}.{self.name}>"


class Service:
    """One service: its metadata, and its operations and shapes by name."""

    def __init__(self, name: str, model: dict[str, Any]):
        metadata = model["metadata"]
        self.name = name
        self.api_version: str = metadata["apiVersion"]
        self.protocol: str = metadata["protocol"]
        self.protocols: tuple[str, ...] = tuple(metadata.get("protocols") or (self.protocol,))
        self.endpoint_prefix: str = metadata["endpointPrefix"]
        self.signing_name: str = metadata.get("signingName") or self.endpoint_prefix
        self.service_id: str = metadata.get("serviceId", "")
        self.target_prefix: str = metadata.get("targetPrefix", "")
        self.json_version: str = metadata.get("jsonVersion", "1.0")
        self.xml_namespace: str = metadata.get("xmlNamespace", "")
        self.global_endpoint: str = metadata.get("globalEndpoint", "")
        self.query_compatible: bool = metadata.get("awsQueryCompatible") is not None
        self.shapes = Shapes(model["shapes"])
        self.routes: dict[str, tuple[str, str]] = {
            operation: (entry.get("http", {}).get("method", "POST"), entry.get("http", {}).get("requestUri", "/"))
            for operation, entry in model["operations"].items()
        }
        operations = model["operations"]
        self.operations: Mapping[str, Operation] = Lazily(
            tuple(operations), lambda operation: Operation(self, operation, operations[operation])
        )
        self.errors: Mapping[str, Shape] = _errors(self.shapes, model["shapes"])

    def error(self, code: str) -> Shape | None:
        """The error shape of that name, or with that error code."""
        return self.errors.get(code)

    def __repr__(self) -> str:
        return f"<Service {self.name} {self.api_version}>"


@functools.cache
def load(service: str) -> Service:
    """The newest model of a service by botocore's name for it. Raises KeyError where there is none."""
    return Service(service, read(service))


def read(service: str) -> dict[str, Any]:
    """The newest model of a service with its corrections, read afresh at every call. Raises KeyError."""
    folder = os.path.join(data_folder(), service)
    if exists(service):
        for version in sorted(os.listdir(folder), reverse=True):
            for name, unpack in (("service-2.json.gz", _unpacked), ("service-2.json", _plain)):
                path = os.path.join(folder, version, name)
                if os.path.isfile(path):
                    return correct(service, msgspec.json.decode(unpack(path)))
    raise KeyError(f"botocore has no service named {service!r}")


@functools.cache
def data_folder() -> str:
    """The folder with botocore's models, found without importing botocore (which takes 0.4 s)."""
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("botocore is not installed: windtunnel reads AWS's service models from its folder")
    return os.path.join(os.path.dirname(found.origin), "data")


@functools.cache
def exists(service: str) -> bool:
    """Whether botocore has a model of a service of that name."""
    return service.replace("-", "").isalnum() and os.path.isdir(os.path.join(data_folder(), service))


def _unpacked(path: str) -> bytes:
    with gzip.open(path) as file:
        return file.read()


def _plain(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _split(uri: str) -> tuple[str, tuple[tuple[str, str | None], ...]]:
    path, _, query = uri.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return path, tuple((name, value if sign else None) for name, sign, value in pairs)


def _bare(reference: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reference.items() if name != "resultWrapper"}


def _errors(shapes: Shapes, model: dict[str, Any]) -> Mapping[str, Shape]:
    """Error shapes by name and by error code; a name wins over an equal code of another shape."""
    names = {name: name for name, shape in model.items() if shape.get("exception")}
    codes = {model[name].get("error", {}).get("code", name): name for name in names}
    both = {**codes, **names}
    return Lazily(tuple(both), lambda code: shapes.named(both[code]))
