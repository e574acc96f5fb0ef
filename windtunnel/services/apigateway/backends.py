"""What integrations without a proxy talk to: functions, operations of AWS services, and addresses.

arn:aws:apigateway:REGION:SERVICE:action/OPERATION   ─►  the operation
arn:aws:apigateway:REGION:SERVICE:path/PATH          ─►  a request to that path; a function's is its invocation
https://…                                            ─►  a request to that address

AWS: https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html (uri)
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from windtunnel.aws import models
from windtunnel.aws.calls import WireAnswer, WireRequest
from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.aws.requests import function_of, with_variables, within
from windtunnel.fabric.posting import NotPosted, ask
from windtunnel.services.apigateway.events import Asked
from windtunnel.services.apigateway.mapping import Outgoing
from windtunnel.services.apigateway.refusals import Refused

SESSION = "BackplaneAssumeRoleSession"
_MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch", "streams.dynamodb": "dynamodbstreams"}
_FORM = "application/x-www-form-urlencoded"
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_LAMBDA = {"event": "Event", "requestresponse": "RequestResponse"}


def model_of(uri: str) -> str:
    """The service behind the URI of an integration of type AWS, by the name of its model."""
    prefix = uri.split(":")[4]
    return _MODELS.get(prefix) or _MODELS.get(prefix.rpartition(".")[2], prefix.rpartition(".")[2])


async def answer(home: Home, asked: Asked, made: Outgoing) -> tuple[WireAnswer, str]:
    """The integration's answer, and what the patterns of its responses are held against. Raises Refused."""
    integration = asked.endpoint.integration
    uri = with_variables(integration["uri"], asked.plan.variables)
    if integration["type"].startswith("HTTP"):
        return await _address(asked, uri, made)
    if function_of(uri) is not None:
        return await _function(home, asked, function_of(uri) or "", made)
    return await _service(home, asked, uri, made)


async def _function(home: Home, asked: Asked, arn: str, made: Outgoing) -> tuple[WireAnswer, str]:
    headers = {name.lower(): value for name, value in made.headers.items()}
    kind = _LAMBDA.get(headers.get("x-amz-invocation-type", "").lower(), "RequestResponse")
    wish = {"FunctionName": arn, "Payload": made.body or b"{}", "InvocationType": kind}
    invoking = home.call(
        "lambda", "Invoke", wish, trace=asked.trace, account=arn.split(":")[4], region=arn.split(":")[3],
        sender=asked.sender,
    )  # fmt: skip
    outcome = await _in_time(home, asked, invoking)
    payload = outcome.get("Payload") or b""
    said = ""
    if "FunctionError" in outcome:
        found = msgspec.json.decode(payload)
        said = str(found.get("errorMessage") or "") if isinstance(found, dict) else ""
    return WireAnswer(outcome["StatusCode"], {"content-type": "application/json"}, payload), said


async def _service(home: Home, asked: Asked, uri: str, made: Outgoing) -> tuple[WireAnswer, str]:
    _, _, _, region, prefix, what = uri.split(":", 5)
    service = models.load(model_of(uri))
    kind, _, rest = what.partition("/")
    headers = {"content-type": "application/json", "accept": "application/json"}
    headers |= {name.lower(): value for name, value in made.headers.items()}
    query = dict(made.query)
    path = "/"
    if kind == "path":
        path = "/" + _PLACEHOLDER.sub(lambda found: quote(made.path.get(found[1], ""), safe="/%"), rest).lstrip("/")
        path, _, more = path.partition("?")
        query.update(pair.partition("=")[::2] for pair in more.split("&") if pair)  # type: ignore[misc]
    elif service.protocol == "json" and service.name != "sqs":
        headers.setdefault("x-amz-target", f"{service.target_prefix}.{rest}")
        headers["content-type"] = f"application/x-amz-json-{service.json_version}"
    elif b"Action=" not in made.body:
        query = {"Action": rest, **query}
    body = made.body
    if "Action" in query:
        headers["content-type"], body, query = _FORM, _form(query, headers["content-type"], body), {}
    if "x-amz-target" in headers and not headers["content-type"].startswith("application/x-amz-json"):
        headers["content-type"] = f"application/x-amz-json-{service.json_version}"
    role = asked.endpoint.integration.get("credentials", "")
    key = home.cloud.credentials.of_function(asked.account, role, SESSION).id if ":role/" in role else ""
    bucket = prefix.rpartition(".")[0] if service.name == "s3" else ""
    request = WireRequest(
        service.signing_name, region, asked.endpoint.integration.get("httpMethod") or "POST", path,
        urlencode(query), headers, body, key, f"{bucket}.s3.{region}.amazonaws.com" if bucket else "",
    )  # fmt: skip
    reply: WireAnswer = await _in_time(home, asked, home.cloud.ask(request))
    if service.name == "sqs" or "query" in service.protocols:
        reply = _in_json(reply)
    return reply, str(reply.status)


def _form(query: dict[str, str], kind: str, body: bytes) -> bytes:
    """The parameters of the query protocol, with those of a form that is there already."""
    fields = urlencode(query).encode()
    return fields + b"&" + body if body and kind.startswith(_FORM) else fields


async def _address(asked: Asked, uri: str, made: Outgoing) -> tuple[WireAnswer, str]:
    url = _PLACEHOLDER.sub(lambda found: quote(made.path.get(found[1], ""), safe="/%"), uri)
    if made.query:
        url += ("&" if urlsplit(url).query else "?") + urlencode(made.query)
    headers = dict(made.headers)
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = asked.request.headers.get("content-type", "application/json")
    method = asked.endpoint.integration.get("httpMethod") or asked.request.method
    method = asked.request.method if method == "ANY" else method
    try:
        reply = await ask(method, url, headers, made.body, asked.endpoint.timeout_s)
    except NotPosted as unanswered:
        kind = "INTEGRATION_TIMEOUT" if "did not answer" in str(unanswered) else "INTEGRATION_FAILURE"
        said = "Endpoint request timed out" if kind == "INTEGRATION_TIMEOUT" else "Internal server error"
        raise Refused(kind, said) from None
    return WireAnswer(reply.status, reply.headers, reply.body), str(reply.status)


async def _in_time(home: Home, asked: Asked, work: Any) -> Any:
    try:
        return await within(home, asked.endpoint.timeout_s, work, "REST API integration")
    except TimeoutError:
        raise Refused("INTEGRATION_TIMEOUT", "Endpoint request timed out") from None
    except ApiError as error:
        if error.code == "RequestTooLargeException":
            raise Refused("REQUEST_TOO_LARGE", "Request Too Long") from None
        raise Refused("DEFAULT_5XX", "Internal server error", 500) from None


def _in_json(reply: WireAnswer) -> WireAnswer:
    """An answer in the query protocol's XML, as these services write it for those who accept JSON."""
    if "xml" not in reply.headers.get("content-type", ""):
        return reply
    root = ElementTree.fromstring(reply.body)
    body = msgspec.json.encode({_name(root): _value(root)})
    return WireAnswer(reply.status, {**reply.headers, "content-type": "application/json"}, body)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: ElementTree.Element) -> Any:
    children = list(element)
    if not children:
        return element.text or None
    names = [_name(child) for child in children]
    if set(names) == {"member"}:
        return [_value(child) for child in children]
    found: dict[str, Any] = {}
    for name, child in zip(names, children, strict=True):
        if name == "Message" and _name(element) == "ReceiveMessageResult":
            found.setdefault("messages", []).append(_value(child))
        elif names.count(name) > 1:
            found.setdefault(name, []).append(_value(child))
        else:
            found[name] = _value(child)
    return found
