"""What integrations of HTTP APIs talk to beside functions: operations of AWS services, and addresses.

IntegrationSubtype: SQS-SendMessage, RequestParameters: {QueueUrl: …, MessageBody: $request.body.text}   ─►   SendMessage

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from windtunnel.aws import models
from windtunnel.aws.calls import WireAnswer, WireRequest
from windtunnel.aws.home import Home
from windtunnel.aws.requests import Event2, HttpRequest, HttpResponse, path_text, with_variables
from windtunnel.fabric.posting import ask

SUBTYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "EventBridge-PutEvents": ("events", ("Detail", "DetailType", "Source")),
    "SQS-SendMessage": ("sqs", ("QueueUrl", "MessageBody")),
    "SQS-ReceiveMessage": ("sqs", ("QueueUrl",)),
    "SQS-DeleteMessage": ("sqs", ("QueueUrl", "ReceiptHandle")),
    "SQS-PurgeQueue": ("sqs", ("QueueUrl",)),
    "Kinesis-PutRecord": ("kinesis", ("StreamName", "Data", "PartitionKey")),
    "StepFunctions-StartExecution": ("stepfunctions", ("StateMachineArn",)),
    "StepFunctions-StartSyncExecution": ("stepfunctions", ("StateMachineArn",)),
    "StepFunctions-StopExecution": ("stepfunctions", ("ExecutionArn",)),
}
"""Service, and the parameters that must be there."""

SESSION = "BackplaneAssumeRoleSession"
_REFERENCE = re.compile(
    r"\$\{(request|context|stageVariables)\.([^}]+)\}|\$(request|context|stageVariables)\.([\w.\-\[\]]+)"
)
_STEP = re.compile(r"([\w-]+)|\[(\d+)\]")
_HOP = ("host", "connection", "content-length", "transfer-encoding", "keep-alive", "date", "expect")
_EVENTS = ("Time", "Source", "Resources", "DetailType", "Detail", "EventBusName", "TraceHeader")


async def service_answer(home: Home, members: dict[str, Any], request: HttpRequest, event: Event2) -> WireAnswer:
    """What the operation answers, as the service writes it."""
    subtype = members["IntegrationSubtype"]
    service = models.load(SUBTYPES[subtype][0])
    operation = subtype.partition("-")[2]
    given = {name: mapped(value, request, event) for name, value in (members.get("RequestParameters") or {}).items()}
    params = {name: value for name, value in given.items() if value is not None}
    region = params.pop("Region", home.region)
    key = home.cloud.credentials.of_function(home.account, members.get("CredentialsArn", ""), SESSION).id
    if service.name == "sqs":
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = urlencode(_form({"Action": operation, **params})).encode()
    else:
        headers = {
            "content-type": f"application/x-amz-json-{service.json_version}",
            "x-amz-target": f"{service.target_prefix}.{operation}",
        }
        body = msgspec.json.encode(_document(subtype, params))
    answer: WireAnswer = await home.cloud.ask(
        WireRequest(service.signing_name, region, "POST", "/", "", headers, body, key)
    )
    return answer


async def address_answer(
    members: dict[str, Any], variables: Mapping[str, str], request: HttpRequest, event: Event2, timeout_s: float
) -> HttpResponse:
    """The answer of the address, as it comes. Raises NotPosted."""
    url = with_variables(members["IntegrationUri"], dict(variables))
    for name, value in (event.path_parameters or {}).items():
        url = url.replace(f"{{{name}}}", quote(value, safe="/")).replace(f"{{{name}+}}", quote(value, safe="/"))
    headers = {name: value for name, value in request.headers.items() if name not in _HOP}
    query = request.query
    for target, value in (members.get("RequestParameters") or {}).items():
        act, _, place = target.partition(":")
        where, _, name = place.partition(".")
        text = mapped(value, request, event) or ""
        if where == "header":
            headers.pop(name.lower(), None) if act != "append" else None
            if act != "remove":
                headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower(), ""), text)))
        elif where == "path" and not name:
            url = url.rstrip("/") + text
        elif where == "querystring":
            pairs = [pair for pair in query.split("&") if pair and (act == "append" or pair.partition("=")[0] != name)]
            query = "&".join([*pairs, urlencode({name: text})] if act != "remove" else pairs)
    if query:
        url += ("&" if "?" in url else "?") + query
    method = members.get("IntegrationMethod") or "ANY"
    reply = await ask(request.method if method == "ANY" else method, url, headers, request.body, timeout_s)
    return HttpResponse(reply.status, [pair for pair in reply.headers.items() if pair[0] not in _HOP], reply.body)


def mapped(value: Any, request: HttpRequest, event: Event2) -> str | None:
    """A parameter with what it refers to in its place; None where it is only a reference to what is not there."""
    text = str(value)
    if text.startswith("$request.body"):
        return _in_body(request, text.removeprefix("$request.body"))
    whole = _REFERENCE.fullmatch(text)
    if whole is not None:
        return _referred(whole, request, event)
    return _REFERENCE.sub(lambda found: _referred(found, request, event) or "", text)


def _referred(found: re.Match[str], request: HttpRequest, event: Event2) -> str | None:
    root, path = (found[1], found[2]) if found[1] else (found[3], found[4])
    if root == "stageVariables":
        return (event.stage_variables or {}).get(path)
    if root == "context":
        return _in_context(path, event)
    where, _, name = path.partition(".")
    if where == "header":
        return request.headers.get(name.lower())
    if where == "querystring":
        return (event.query_string_parameters or {}).get(name)
    if where == "path":
        return (event.path_parameters or {}).get(name) if name else path_text(event.raw_path)
    return _in_body(request, path.removeprefix("body"))


def _in_body(request: HttpRequest, path: str) -> str | None:
    text = request.body.decode("utf-8", "replace")
    if not path:
        return text
    try:
        found: Any = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    for name, index in _STEP.findall(path):
        if name and isinstance(found, dict):
            found = found.get(name)
        elif index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            return None
    if found is None:
        return None
    return found if isinstance(found, str) else msgspec.json.encode(found).decode()


def _in_context(path: str, event: Event2) -> str | None:
    about = event.request_context
    known: dict[str, Any] = {
        "apiId": about.api_id, "accountId": about.account_id, "domainName": about.domain_name, "stage": about.stage,
        "requestId": about.request_id, "routeKey": about.route_key, "httpMethod": about.http.method,
        "path": about.http.path, "protocol": about.http.protocol, "requestTime": about.time,
        "requestTimeEpoch": about.time_epoch, "identity.sourceIp": about.http.source_ip,
        "identity.userAgent": about.http.user_agent,
    }  # fmt: skip
    if path in known:
        return str(known[path])
    found: Any = about.authorizer
    for step in path.removeprefix("authorizer.").split("."):
        inner = found.get("lambda", found) if isinstance(found, dict) else None
        found = inner.get(step) if isinstance(inner, dict) else None
    return None if found is None else str(found)


def _document(subtype: str, params: dict[str, str]) -> dict[str, Any]:
    """The parameters as the operation takes them."""
    if subtype == "EventBridge-PutEvents":
        entry: dict[str, Any] = {name: params[name] for name in _EVENTS if name in params}
        if "Resources" in entry:
            entry["Resources"] = _read(entry["Resources"])
        return {"Entries": [entry]}
    if subtype == "Kinesis-PutRecord":
        return {**params, "Data": base64.b64encode(params.get("Data", "").encode()).decode()}
    return {name[0].lower() + name[1:]: value for name, value in params.items()}


def _form(params: dict[str, str]) -> dict[str, str]:
    """The fields of a form; attributes and lists of names are given as JSON."""
    fields: dict[str, str] = {}
    for name, value in params.items():
        found = _read(value) if name.endswith(("Attributes", "Names")) else None
        if isinstance(found, dict):
            for number, (key, attribute) in enumerate(found.items(), 1):
                at = f"{name.removesuffix('s')}.{number}"
                fields[f"{at}.Name"] = key
                fields.update({f"{at}.Value.{part}": str(each) for part, each in attribute.items()})
        elif isinstance(found, list):
            fields.update({f"{name.removesuffix('s')}.{number}": str(each) for number, each in enumerate(found, 1)})
        else:
            fields[name] = value
    return fields


def _read(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
