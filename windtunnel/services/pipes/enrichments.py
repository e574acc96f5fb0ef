"""Enrichments: asked with a batch of events, they answer with the events that go on.

AWS: eventbridge/latest/userguide/pipes-enrichment.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home
from windtunnel.fabric import posting
from windtunnel.fabric.templates import NotJson
from windtunnel.services.pipes import inputs
from windtunnel.services.pipes.executions import Execution
from windtunnel.services.pipes.records import Pipe


class EnrichmentFailed(Exception):
    """The batch cannot go on; the text is the error of it."""


def check(arn: str) -> None:
    """Raises NotImplementedHere for an enrichment that is not built."""
    if _kind(arn) not in ("lambda", "api-destination", "execute-api", "states"):
        raise NotImplementedHere(f"A pipe whose enrichment is {arn}")


async def ask(
    home: Home, pipe: Pipe, events: list[Any], key: str, trace: str, execution: Execution
) -> list[Any]:  # fmt: skip
    """The events that the enrichment answers with, none of them if it wants none to go on. Raises EnrichmentFailed."""
    template = pipe.enrichment_parameters.get("InputTemplate", "")
    given = inputs.all_made(pipe, template, events, home.clock.now(), "ENRICHMENT", execution)
    if isinstance(given, NotJson):
        raise EnrichmentFailed(str(given)) from None
    kind = _kind(pipe.enrichment)
    execution.step("ENRICHMENT_INVOCATION_STARTED")
    try:
        answer = await _answered(home, pipe, kind, given, events, key, trace)
    except ApiError as problem:
        execution.step("ENRICHMENT_INVOCATION_FAILED", problem, kind, awsRequest=given)
        raise EnrichmentFailed(problem.code) from None
    except EnrichmentFailed as problem:
        execution.step("ENRICHMENT_INVOCATION_FAILED", str(problem), kind, awsRequest=given)
        raise
    execution.step("ENRICHMENT_INVOCATION_SUCCEEDED", awsRequest=given, awsResponse=answer)
    return _events(answer)


async def _answered(
    home: Home, pipe: Pipe, kind: str, given: list[Any], events: list[Any], key: str, trace: str
) -> Any:
    """What the enrichment answers to the batch. Raises ApiError and EnrichmentFailed."""
    if kind == "lambda":
        return await _function(home, pipe.enrichment, given, key, trace)
    if kind == "states":
        return await _state_machine(home, pipe.enrichment, given, key, trace)
    http = pipe.enrichment_parameters.get("HttpParameters", {})
    called = api_destination if kind == "api-destination" else api_stage
    answers = [
        await called(home, pipe.enrichment, http, each, event) for each, event in zip(given, events, strict=True)
    ]
    return [event for answer in answers for event in _events(answer)]


async def api_destination(home: Home, arn: str, http: dict[str, Any], body: Any, event: Any) -> Any:
    """What an API destination answers to an event; its parameters may be paths into it. Raises ApiError."""
    _, _, _, region, account, _ = arn.split(":", 5)
    calls: Any = home.cloud.home(account, region).service("events").nouns["ApiCalls"]
    reply = await calls.send(arn, _filled(http, event), inputs.text(body))
    return _document(reply.body)


async def api_stage(home: Home, arn: str, http: dict[str, Any], body: Any, event: Any) -> Any:
    """
    What a REST API answers to an event: `arn:aws:execute-api:region:account:api/stage/METHOD/path/*`. Raises ApiError.

    It is asked where this cloud listens, as any client asks it.
    """
    endpoint = home.cloud.endpoint
    if not endpoint:
        raise ApiError(
            "CONNECTION_FAILURE", "This cloud listens on no port, where its APIs could be asked.", status=503
        )
    filled = _filled(http, event)
    api, stage, method, path = [*arn.split(":", 5)[5].split("/", 3), "", "", ""][:4]
    for value in filled["PathParameterValues"]:
        path = path.replace("*", quote(value, safe=""), 1)
    query = urlencode(filled["QueryStringParameters"])
    url = f"{endpoint}/_api/{api}/{stage}/{path}" + (f"?{query}" if query else "")
    headers = {"Content-Type": "application/json", **filled["HeaderParameters"]}
    try:
        reply = await posting.ask(method, url, headers, inputs.text(body).encode())
    except posting.NotPosted as unanswered:
        raise ApiError("CONNECTION_FAILURE", str(unanswered), status=503) from None
    if not 200 <= reply.status < 300:
        raise ApiError("ERROR_FROM_TARGET", f"{arn} answered {reply.status}.", status=reply.status)
    return _document(reply.body)


def _filled(http: dict[str, Any], event: Any) -> dict[str, Any]:
    """HttpParameters with what their paths find in the event."""
    return {
        "PathParameterValues": [inputs.value(event, each) for each in http.get("PathParameterValues", ())],
        "HeaderParameters": {k: inputs.value(event, v) for k, v in http.get("HeaderParameters", {}).items()},
        "QueryStringParameters": {k: inputs.value(event, v) for k, v in http.get("QueryStringParameters", {}).items()},
    }


def _document(body: bytes) -> Any:
    try:
        return json.loads(body or b"null")
    except ValueError:
        return body.decode(errors="replace")


async def _function(home: Home, arn: str, given: list[Any], key: str, trace: str) -> Any:
    wish = {"FunctionName": arn, "Payload": json.dumps(given, separators=(",", ":")).encode()}
    answer = await home.call("lambda", "Invoke", wish, access_key=key, trace=trace)
    if answer.get("FunctionError"):
        raise EnrichmentFailed("FunctionError")
    return json.loads(answer.get("Payload") or b"null")


async def _state_machine(home: Home, arn: str, given: list[Any], key: str, trace: str) -> Any:
    wish = {"stateMachineArn": arn, "input": json.dumps(given)}
    answer = await home.call("stepfunctions", "StartSyncExecution", wish, access_key=key, trace=trace)
    if answer["status"] != "SUCCEEDED":
        raise EnrichmentFailed(answer.get("error") or answer["status"])
    return json.loads(answer.get("output") or "null")


def _events(answer: Any) -> list[Any]:
    """A list is a batch; an empty answer lets nothing go on."""
    if isinstance(answer, list):
        return answer
    return [] if answer in (None, "", {}) else [answer]


def _kind(arn: str) -> str:
    parts = arn.split(":", 5)
    return "api-destination" if parts[5].startswith("api-destination/") else parts[2]
