"""The query protocol: parameters in a form, with the operation in `Action`; answers in XML."""

from __future__ import annotations

import functools
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.gateway.messages import Request, Response
from windtunnel.gateway.protocols import forms, sqs_query, xml_text
from windtunnel.gateway.protocols.faults import fault as described

name = "query"
TIMES = "iso8601-milliseconds"
_TYPE = ("Content-Type", "text/xml")


def parse(operation: Operation, request: Request, labels: dict[str, str]) -> dict[str, Any]:
    """The parameters of a call; of the query string where there is no body, as a GET has them."""
    operation = named_for_forms(operation)
    if operation.input is None:
        return {}
    form = forms.fields(request.query) if request.query else {}
    if request.body:
        form.update(forms.fields(request.body.decode("utf-8", "replace")))
    params: dict[str, Any] = forms.reader(operation.input)(forms.tree(form))
    if operation.service.name == "sqs" and "QueueUrl" in operation.input.members and "QueueUrl" not in params:
        _address_by_path(request, params)
    return params


def answer(operation: Operation, result: dict[str, Any], request_id: str) -> Response:
    """A result as the client expects it."""
    operation = named_for_forms(operation)
    inner = ""
    if operation.output is not None:
        _, inner = xml_text.content(operation.output, TIMES)(result)
        wrapper = operation.result_wrapper
        if wrapper:
            inner = f"<{wrapper}>{inner}</{wrapper}>" if inner else f"<{wrapper}/>"
    start, end = _envelope(operation)
    body = f"{start}{inner}<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>{end}"
    return Response(200, [("x-amzn-RequestId", request_id), _TYPE], body.encode())


def fault(service: Service | None, operation: Operation | None, error: ApiError, request_id: str) -> Response:
    """An error as the client expects it."""
    found = described(service, operation, error)
    inner = ""
    if found.shape is not None:
        known = {key: value for key, value in found.members.items() if key in found.shape.members}
        spare = {key: value for key, value in known.items() if key.lower() not in ("message", "type", "code")}
        _, inner = xml_text.content(found.shape, TIMES)(spare)
    uri = service.xml_namespace if service is not None else ""
    if service is not None and service.name == "sqs":
        uri = sqs_query.XML_NAMESPACE
        inner += "" if found.code in sqs_query.WITHOUT_DETAIL else "<Detail/>"
    attribute = f' xmlns="{uri}"' if uri else ""
    body = (
        f'<?xml version="1.0"?><ErrorResponse{attribute}><Error><Type>{found.blame}</Type>'
        f"<Code>{xml_text.escaped(found.code)}</Code><Message>{xml_text.escaped(found.message)}</Message>{inner}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Response(found.status, [("x-amzn-RequestId", request_id), _TYPE], body.encode())


def named_for_forms(operation: Operation) -> Operation:
    """The same operation, with the names of its members in forms and XML."""
    return _sqs(operation.name) if operation.service.name == "sqs" else operation


@functools.cache
def _sqs(operation: str) -> Operation:
    return sqs_query.service().operations[operation]


@functools.cache
def _envelope(operation: Operation) -> tuple[str, str]:
    root = f"{operation.name}Response"
    uri = operation.service.xml_namespace
    return f'<{root} xmlns="{uri}">' if uri else f"<{root}>", f"</{root}>"


def _address_by_path(request: Request, params: dict[str, Any]) -> None:
    """The older SDKs post to the queue's URL itself."""
    if request.path.count("/") >= 2:
        scheme = "https" if request.secure else "http"
        params["QueueUrl"] = f"{scheme}://{request.headers.get('host', '')}{request.path}"
