"""
Codecs for the protocols of AWS, compiled per shape from the service models when first used.

Each module is one protocol with three functions:
`parse(operation, request, labels) -> params`, `answer(operation, result, request_id) -> Response` and
`fault(service | None, operation | None, error, request_id) -> Response`.
"""

from __future__ import annotations

import functools
import importlib
from types import ModuleType

_MODULES = {
    "aws-cbor": "aws_cbor",
    "json": "aws_json",
    "query": "query",
    "rest-json": "rest_json",
    "rest-xml": "rest_xml",
    "smithy-rpc-v2-cbor": "cbor",
}


@functools.cache
def codec(protocol: str) -> ModuleType:
    """The codec of a protocol, by the protocol's name in the models."""
    return importlib.import_module(f"{__name__}.{_MODULES[protocol]}")
