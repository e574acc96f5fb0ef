"""Targets of pipes: a function and a state machine get a batch at once, everything else one event after the other.

AWS: eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home
from windtunnel.fabric import destinations
from windtunnel.fabric.templates import NotJson
from windtunnel.services.pipes import inputs
from windtunnel.services.pipes.enrichments import api_destination
from windtunnel.services.pipes.executions import Execution
from windtunnel.services.pipes.records import Pipe
from windtunnel.services.pipes.sources import invalid

MEMBER_OF = {
    "lambda": "LambdaFunctionParameters",
    "states": "StepFunctionStateMachineParameters",
    "sqs": "SqsQueueParameters",
    "kinesis": "KinesisStreamParameters",
    "events": "EventBridgeEventBusParameters",
    "api-destination": "HttpParameters",
    "logs": "CloudWatchLogsParameters",
    "sns": "",
}
BATCHED = ("lambda", "states")
DETAIL_TYPE = "Event from aws:pipes"
"""What an event on a bus is called that is given no other name. AWS: eventbridge/latest/pipes-reference/API_PipeTargetEventBridgeEventBusParameters.html"""


class Delivered(msgspec.Struct, frozen=True):
    """What became of a batch: `failed` are the places of the events that the target did not take; `answer` that of a function."""

    error: str = ""
    failed: tuple[int, ...] = ()
    answer: bytes = b""


def kind_of(arn: str) -> str:
    """Raises NotImplementedHere for a target that is not built."""
    parts = arn.split(":", 5)
    kind = "api-destination" if len(parts) > 5 and parts[5].startswith("api-destination/") else parts[2]
    if kind not in MEMBER_OF:
        raise NotImplementedHere(f"A pipe whose target is {arn}")
    return kind


def check(arn: str, parameters: dict[str, Any]) -> None:
    """Raises ValidationException and NotImplementedHere."""
    kind = kind_of(arn)
    for name in parameters:
        if name not in ("InputTemplate", MEMBER_OF[kind]):
            raise invalid(f"{name} do not fit the target {arn}.")
    if kind == "kinesis" and not parameters.get("KinesisStreamParameters", {}).get("PartitionKey"):
        raise invalid("KinesisStreamParameters.PartitionKey is required.")
    if arn.endswith(".fifo") and kind == "sqs" and not parameters.get("SqsQueueParameters", {}).get("MessageGroupId"):
        raise invalid("SqsQueueParameters.MessageGroupId is required for a FIFO queue.")
    if parameters.get("EventBridgeEventBusParameters", {}).get("EndpointId"):
        raise NotImplementedHere("The member EventBridgeEventBusParameters.EndpointId of a pipe")


async def deliver(
    home: Home, pipe: Pipe, events: list[Any], key: str, trace: str, execution: Execution
) -> Delivered:  # fmt: skip
    template = pipe.target_parameters.get("InputTemplate", "")
    bodies = inputs.all_made(pipe, template, events, home.clock.now(), "TARGET", execution)
    if isinstance(bodies, NotJson):
        return Delivered(error=str(bodies))
    kind = kind_of(pipe.target)
    execution.step("TARGET_INVOCATION_STARTED")
    if kind in BATCHED:
        result = await _batch(home, pipe, bodies, kind, key, trace)
    else:
        result = await _each(home, pipe, events, bodies, kind, key, trace)
    if result.error:
        execution.step("TARGET_INVOCATION_FAILED", result.error, kind, awsRequest=bodies, awsResponse=result.answer)
    elif result.failed:
        some = f"{len(result.failed)} of {len(events)} events were not taken."
        execution.step("TARGET_INVOCATION_PARTIALLY_FAILED", some, kind, awsRequest=bodies)
    else:
        execution.step("TARGET_INVOCATION_SUCCEEDED", awsRequest=bodies, awsResponse=result.answer)
    return result


async def _each(
    home: Home, pipe: Pipe, events: list[Any], bodies: list[Any], kind: str, key: str, trace: str
) -> Delivered:
    failed, error = [], ""
    for place, (event, body) in enumerate(zip(events, bodies, strict=True)):
        try:
            await _one(home, pipe, event, body, kind, key, trace)
        except ApiError as problem:
            failed.append(place)
            error = problem.code
    if failed and len(failed) == len(events):
        return Delivered(error=error)
    return Delivered(failed=tuple(failed))


async def _batch(home: Home, pipe: Pipe, bodies: list[Any], kind: str, key: str, trace: str) -> Delivered:
    payload = json.dumps(bodies, separators=(",", ":"))
    forgets = pipe.target_parameters.get(MEMBER_OF[kind], {}).get("InvocationType") == "FIRE_AND_FORGET"
    how: dict[str, Any] = {"access_key": key, "trace": trace}
    try:
        if kind == "states":
            wish: dict[str, Any] = {"stateMachineArn": pipe.target, "input": payload}
            operation = "StartExecution" if forgets else "StartSyncExecution"
            answer = await home.call("stepfunctions", operation, wish, **how)
            failed = answer.get("status", "SUCCEEDED") != "SUCCEEDED"
            return Delivered(
                error=answer.get("error") or answer["status"] if failed else "",
                answer=answer.get("output", "").encode(),
            )
        wish = {"FunctionName": pipe.target, "Payload": payload.encode()}
        if forgets:
            wish["InvocationType"] = "Event"
        answer = await home.call("lambda", "Invoke", wish, **how)
    except ApiError as problem:
        return Delivered(error=problem.code)
    return Delivered(error="FunctionError" if answer.get("FunctionError") else "", answer=answer.get("Payload") or b"")


async def _one(home: Home, pipe: Pipe, event: Any, body: Any, kind: str, key: str, trace: str) -> None:
    """Raises the ApiError of the call that refused it."""
    own = pipe.target_parameters.get(MEMBER_OF[kind], {})
    if kind == "api-destination":
        await api_destination(home, pipe.target, own, body, event)
    elif kind == "logs":
        await _to_log(home, pipe.target, own, body, event)
    elif kind == "events":
        await destinations.put(
            home, pipe.target, _detail(body), access_key=key, trace=trace,
            source=inputs.value(event, own.get("Source", "")) or f"Pipe {pipe.name}",
            detail_type=inputs.value(event, own.get("DetailType", "")) or DETAIL_TYPE,
            resources=tuple(inputs.value(event, each) for each in own.get("Resources", ())),
        )  # fmt: skip
    else:
        group = own.get("MessageGroupId") or own.get("PartitionKey") or ""
        await destinations.put(
            home, pipe.target, inputs.text(body), access_key=key, trace=trace, group=inputs.value(event, group),
            deduplication=inputs.value(event, own.get("MessageDeduplicationId", "")),
        )  # fmt: skip


def _detail(body: Any) -> str:
    """The detail of an event is an object."""
    return json.dumps(body if isinstance(body, dict) else {"data": body}, separators=(",", ":"))


async def _to_log(home: Home, arn: str, own: dict[str, Any], body: Any, event: Any) -> None:
    _, _, _, region, account, resource = arn.split(":", 5)
    where = {"account": account, "region": region}
    stream = {
        "logGroupName": resource.removeprefix("log-group:").removesuffix(":*"),
        "logStreamName": inputs.value(event, own.get("LogStreamName", "")) or home.ids.uuid(),
    }
    try:
        await home.call("logs", "CreateLogStream", stream, **where)
    except ApiError as known:
        if known.code != "ResourceAlreadyExistsException":
            raise
    said = inputs.value(event, own.get("Timestamp", ""))
    at = timestamps.parse(said) if said else home.clock.now()
    at = at / 1000 if at > 1e11 else at
    line = {"timestamp": int(at * 1000), "message": inputs.text(body)}
    await home.call("logs", "PutLogEvents", {**stream, "logEvents": [line]}, **where)
