"""Requests to applications as plain values, and the events that functions get for them: what every front of a function shares.

    HttpRequest ─► event of payload format 1.0 or 2.0 ─► function ─► answer ─► HttpResponse

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import functools
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from urllib.parse import unquote

import msgspec

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.kernel.recorder import Fact

Pairs = list[tuple[str, str]]


class HttpRequest(msgspec.Struct, frozen=True):
    """
    A request to an application. `path` is percent-encoded and begins with what the application sees; `headers` has lower-case
    names, `pairs` gives them as they came; `access_key` is empty for a request that is not signed.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    pairs: Callable[[], Pairs]
    body: bytes
    source_ip: str
    host: str
    protocol: str = "HTTP/1.1"
    access_key: str = ""
    secure: bool = False


class HttpResponse(msgspec.Struct):
    status: int
    headers: Pairs
    body: bytes | AsyncIterator[bytes]
    """In one piece, or as it comes."""


class RouteRequested(Fact, frozen=True):
    """A request to an application was answered. `kind` is Api, HttpApi or Url; `route` the template of its path."""

    api: str
    stage: str
    kind: str
    method: str
    path: str
    route: str
    status: int
    duration_ms: float


class Malformed(Exception):
    """Raised for an answer of a function that is not of the form that its front asks for."""


# The request


def query_pairs(query: str) -> Pairs:
    """The parameters of a query in order, decoded; one without a value has an empty one."""
    found: Pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((form_text(name), form_text(value)))
    return found


def form_text(text: str) -> str:
    """Text of a query without its escapes; a plus is a space."""
    if "%" in text or "+" in text:
        return unquote(text.replace("+", " "))
    return text


def path_text(path: str) -> str:
    """A path without its escapes."""
    return unquote(path) if "%" in path else path


def joined_query(query: str) -> dict[str, str] | None:
    """Parameters by name, repeated ones joined by a comma; None where there are none."""
    if not query:
        return None
    found: dict[str, str] = {}
    for name, value in query_pairs(query):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found or None


def multi(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


_TEXT = re.compile(r"text/|application/(?:json|javascript|xml|[^;,]*\+json|[^;,]*\+xml)", re.IGNORECASE)


def shown_body(body: bytes, content_type: str) -> tuple[str | None, bool]:
    """The body as payload format 2.0 and function URLs show it, and whether it is in base64."""
    if not body:
        return None, False
    if not content_type or _TEXT.match(content_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


@functools.lru_cache(maxsize=16)
def log_time(second: int) -> str:
    """`12/Mar/2020:19:03:58 +0000`"""
    year, month, day = timestamps.iso(second)[:10].split("-")
    name = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[int(month) - 1]
    return f"{day}/{name}/{year}:{timestamps.iso(second)[11:19]} +0000"


# Payload format 2.0


class Http(msgspec.Struct, rename="camel"):
    method: str
    path: str
    protocol: str
    source_ip: str
    user_agent: str


class Context2(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    account_id: str
    api_id: str
    domain_name: str
    domain_prefix: str
    http: Http
    request_id: str
    route_key: str
    stage: str
    time: str
    time_epoch: int
    authorizer: Any = None


class Event2(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """What a function gets in payload format 2.0; what is None is left out."""

    version: str
    route_key: str
    raw_path: str
    raw_query_string: str
    cookies: list[str] | None = None
    headers: dict[str, str]
    query_string_parameters: dict[str, str] | None = None
    request_context: Context2
    body: str | None = None
    path_parameters: dict[str, str] | None = None
    is_base64_encoded: bool
    stage_variables: dict[str, str] | None = None


def forwarded_headers(request: HttpRequest, trace: str) -> dict[str, str]:
    """The headers of a request as they reach a function, with those that the front adds."""
    headers = dict(request.headers)
    headers.pop("connection", None)
    before = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{before}, {request.source_ip}" if before else request.source_ip
    headers["x-forwarded-proto"] = "https" if request.secure else "http"
    port = request.host.rpartition(":")[2]
    headers["x-forwarded-port"] = port if port.isdigit() else "443" if request.secure else "80"
    headers["x-amzn-trace-id"] = trace
    return headers


def event2(
    request: HttpRequest, raw_path: str, route_key: str, trace: str, headers: dict[str, str], **context: Any
) -> Event2:
    """The event of a request; `context` are further members of its request context."""
    cookie = headers.pop("cookie", None)
    body, encoded = shown_body(request.body, headers.get("content-type", ""))
    return Event2(
        version="2.0",
        route_key=route_key,
        raw_path=raw_path,
        raw_query_string=request.query,
        cookies=[each.strip() for each in cookie.split(";")] if cookie else None,
        headers=headers,
        query_string_parameters=joined_query(request.query),
        request_context=Context2(
            http=Http(request.method, raw_path, request.protocol, request.source_ip, headers.get("user-agent", "")),
            route_key=route_key,
            **context,
        ),
        body=body,
        is_base64_encoded=encoded,
    )


def response2(payload: bytes, content_type: str) -> HttpResponse:
    """
    The response that an answer in format 2.0 stands for; anything without a status code is the body itself, as JSON.
    `content_type` is that of an answer which names none. Raises Malformed.
    """
    try:
        answer = msgspec.json.decode(payload) if payload else None
    except msgspec.DecodeError as error:
        raise Malformed(str(error)) from None
    if type(answer) is not dict or "statusCode" not in answer:
        body = answer.encode() if isinstance(answer, str) else msgspec.json.encode(answer)
        return HttpResponse(200, [("Content-Type", "application/json")], body)
    headers = plain_headers(answer.get("headers"))
    if not _has_content_type(headers):
        headers.append(("Content-Type", content_type))
    for cookie in answer.get("cookies") or ():
        headers.append(("Set-Cookie", str(cookie)))
    return HttpResponse(
        status_of(answer["statusCode"]), headers, decoded_body(answer, bool(answer.get("isBase64Encoded")))
    )


def _has_content_type(headers: Pairs) -> bool:
    return any(name == "Content-Type" or name.lower() == "content-type" for name, _ in headers)


def decoded_body(answer: dict[str, Any], in_base64: bool) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Malformed(f"body is a {type(body).__name__}, not a string")
    if in_base64:
        try:
            return base64.b64decode(body)
        except binascii.Error as error:
            raise Malformed(f"body is not base64: {error}") from None
    return body.encode()


def plain_headers(headers: Any) -> Pairs:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise Malformed("headers is not a map")
    return [(name, header_text(value)) for name, value in headers.items() if value is not None]


def header_text(value: Any) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, (dict, list)):
        raise Malformed("a header's value is no scalar")
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\n" in text or "\r" in text:
        raise Malformed("a header's value has a line break")
    return text


def status_of(value: Any) -> int:
    if type(value) is int and 200 <= value <= 599:
        return value
    try:
        status = int(value)
    except (TypeError, ValueError):
        status = 0
    if isinstance(value, bool) or not 200 <= status <= 599:
        raise Malformed(f"{value!r} is no status code")
    return status


# Payload format 1.0


def response1(payload: bytes, content_type: str, in_base64: bool) -> HttpResponse:
    """The response that an answer in format 1.0 stands for; `in_base64` allows a body in base64 to be decoded. Raises Malformed."""
    try:
        answer = msgspec.json.decode(payload) if payload else None
    except msgspec.DecodeError as error:
        raise Malformed(str(error)) from None
    if not isinstance(answer, dict) or "statusCode" not in answer or not answer.keys() <= _MEMBERS1:
        raise Malformed("the answer is not of the form statusCode, headers, multiValueHeaders, body, isBase64Encoded")
    headers: Pairs = []
    several = answer.get("multiValueHeaders") or {}
    if not isinstance(several, dict) or not all(isinstance(values, list) for values in several.values()):
        raise Malformed("multiValueHeaders is not a map of lists")
    for name, values in several.items():
        headers += [(name, header_text(value)) for value in values]
    known = {(name.lower(), value) for name, value in headers}
    headers += [(n, v) for n, v in plain_headers(answer.get("headers")) if (n.lower(), v) not in known]
    if not _has_content_type(headers):
        headers.append(("Content-Type", content_type))
    body = decoded_body(answer, in_base64 and bool(answer.get("isBase64Encoded")))
    return HttpResponse(status_of(answer["statusCode"]), headers, body)


# AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
_MEMBERS1 = frozenset(
    {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "statusDescription", "cookies"}
)


# Integrations

_FUNCTION = re.compile(r"(?:.*:lambda:path/[^/]*/functions/)?(arn:[^/]*:function:[^/]*)(?:/invocations)?")
_VARIABLE = re.compile(r"\$\{stageVariables\.([^}]*)\}")


def function_of(uri: str) -> str | None:
    """The ARN of the function that an integration's URI names, its stage variables unresolved; None for anything else."""
    found = _FUNCTION.fullmatch(uri)
    return found.group(1) if found is not None else None


def with_variables(text: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found.group(1), ""), text)


async def within(home: Home, seconds: float, work: Coroutine[Any, Any, Any], name: str) -> Any:
    """What the work gives; raises TimeoutError after so many seconds, and lets the work go on, as a function does on AWS."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(_: Any = None) -> None:
        if not over.done():
            over.set_result(None)

    task = home.spawn(_outcome(work), name)
    task.add_done_callback(end)
    timer = home.clock.call_at(home.clock.now() + seconds, end)
    try:
        await over
    finally:
        timer.cancel()
    if not task.done():
        raise TimeoutError
    result = task.result()
    if isinstance(result, ApiError):
        raise result
    return result


async def _outcome(work: Coroutine[Any, Any, Any]) -> Any:
    """An error that AWS answers with is a result here: nobody may be there any more to take it as an exception."""
    try:
        return await work
    except ApiError as error:
        return error


def allows(document: Any, arn: str) -> bool | None:
    """What the policy of an authorizer says of a method's ARN; None where it says nothing. A Deny wins."""
    verdict: bool | None = None
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in [statements] if isinstance(statements, dict) else statements or ():
        actions, resources = _listed(statement.get("Action")), _listed(statement.get("Resource"))
        if not any(_like(action.lower(), "execute-api:invoke") for action in actions):
            continue
        if any(_like(resource, arn) for resource in resources):
            if statement.get("Effect") == "Deny":
                return False
            verdict = True
    return verdict


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _like(pattern: str, text: str) -> bool:
    parts = re.split(r"([*?])", pattern)
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), text) is not None


# Paths


class Router:
    """
    Templates of paths, compiled: `find` costs what the path is long, whatever the number of routes.

    A literal segment goes before `{name}`, that before `{name+}`, and the exact method before ANY.
    """

    def __init__(self, endpoints: list[tuple[str, str, Any]], lenient: bool = False) -> None:
        """`endpoints` are method or ANY, template, and what `find` is to give; `lenient` lets paths end in a slash."""
        self._root: Node = Node()
        self._lenient = lenient
        self._literal: dict[tuple[str, str], Any] = {}
        for method, template, target in endpoints:
            node, names = self._root, []
            segments = [segment for segment in template.split("/") if segment]
            for segment in segments:
                if segment[0] == "{" and segment.endswith("+}"):
                    names.append(segment[1:-2])
                    node.greedy = node.greedy or Node()
                    node = node.greedy
                elif segment[0] == "{" and segment[-1] == "}":
                    names.append(segment[1:-1])
                    node.variable = node.variable or Node()
                    node = node.variable
                else:
                    node = node.literal.setdefault(segment, Node())
            node.methods[method] = (target, names)
            if not names and method != "ANY":
                self._literal[method, template] = target

    def find(self, method: str, path: str) -> tuple[Any, dict[str, str] | None] | None:
        """The endpoint and its path parameters, as they stand in the path; None where no endpoint fits."""
        target = self._literal.get((method, path))
        if target is not None:
            return target, None
        segments = path[1:].split("/") if path != "/" else []
        if self._lenient and segments and not segments[-1]:
            segments.pop()
        values: list[str] = []
        found = _descend(self._root, segments, 0, method, values)
        if found is None:
            return None
        target, names = found
        return target, dict(zip(names, values, strict=True)) if names else None


class Node:
    __slots__ = ("greedy", "literal", "methods", "variable")

    def __init__(self) -> None:
        self.literal: dict[str, Node] = {}
        self.variable: Node | None = None
        self.greedy: Node | None = None
        self.methods: dict[str, tuple[Any, list[str]]] = {}


def _descend(node: Node, segments: list[str], at: int, method: str, values: list[str]) -> tuple[Any, list[str]] | None:
    if at == len(segments):
        return node.methods.get(method) or node.methods.get("ANY")
    segment = segments[at]
    child = node.literal.get(segment)
    if child is not None:
        found = _descend(child, segments, at + 1, method, values)
        if found is not None:
            return found
    if node.variable is not None and segment:
        values.append(segment)
        found = _descend(node.variable, segments, at + 1, method, values)
        if found is not None:
            return found
        values.pop()
    if node.greedy is not None and any(segments[at:]):
        found = node.greedy.methods.get(method) or node.greedy.methods.get("ANY")
        if found is not None:
            values.append("/".join(segments[at:]))
            return found
    return None
