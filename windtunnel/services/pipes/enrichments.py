"""Enrichments: asked with a batch of events, they answer with the events that go on.

AWS: eventbridge/latest/userguide/pipes-enrichment.html
"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home
from windtunnel.fabric.templates import NotJson
from windtunnel.services.pipes import inputs
from windtunnel.services.pipes.records import Pipe


class EnrichmentFailed(Exception):
    """The batch cannot go on; the text is the error of it."""


def check(arn: str) -> None:
    """Raises NotImplementedHere for an enrichment that is not built."""
    if _kind(arn) not in ("lambda", "api-destination", "states"):
        raise NotImplementedHere(f"A pipe whose enrichment is {arn}")


async def ask(home: Home, pipe: Pipe, events: list[Any], key: str, trace: str) -> list[Any]:
    """The events that the enrichment answers with, none of them if it wants none to go on. Raises EnrichmentFailed."""
    template = pipe.enrichment_parameters.get("InputTemplate", "")
    try:
        given = [inputs.made(pipe, template, event, home.clock.now()) for event in events]
    except NotJson as problem:
        raise EnrichmentFailed(str(problem)) from None
    kind = _kind(pipe.enrichment)
    try:
        if kind == "lambda":
            return _events(await _function(home, pipe.enrichment, given, key, trace))
        if kind == "states":
            return _events(await _state_machine(home, pipe.enrichment, given, key, trace))
        http = pipe.enrichment_parameters.get("HttpParameters", {})
        answers = [
            await api_destination(home, pipe.enrichment, http, each, given_event)
            for each, given_event in zip(given, events, strict=True)
        ]
    except ApiError as problem:
        raise EnrichmentFailed(problem.code) from None
    return [event for answer in answers for event in _events(answer)]


async def api_destination(home: Home, arn: str, http: dict[str, Any], body: Any, event: Any) -> Any:
    """What an API destination answers to an event; its parameters may be paths into it. Raises ApiError."""
    filled = {
        "PathParameterValues": [inputs.value(event, each) for each in http.get("PathParameterValues", ())],
        "HeaderParameters": {k: inputs.value(event, v) for k, v in http.get("HeaderParameters", {}).items()},
        "QueryStringParameters": {k: inputs.value(event, v) for k, v in http.get("QueryStringParameters", {}).items()},
    }
    _, _, _, region, account, _ = arn.split(":", 5)
    calls: Any = home.cloud.home(account, region).service("events").nouns["ApiCalls"]
    reply = await calls.send(arn, filled, inputs.text(body))
    try:
        return json.loads(reply.body or b"null")
    except ValueError:
        return reply.body.decode(errors="replace")


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
