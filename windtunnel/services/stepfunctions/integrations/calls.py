"""
Calling the resource of a task, in the name of a session of its role.

Raises StateFailed, with the error as AWS names it for that kind of resource.
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws import arns, documents
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation
from windtunnel.services.stepfunctions.integrations import apis, errors, metadata, shapes
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language.failures import StateFailed, runtime
from windtunnel.services.stepfunctions.language.outcomes import Work
from windtunnel.services.stepfunctions.language.scopes import encoded, text_of
from windtunnel.services.stepfunctions.resource_arns import FUNCTION, Resource, resource_of

_OPERATIONS = {
    "dynamodb": "dynamodb",
    "events": "events",
    "lambda": "lambda",
    "sns": "sns",
    "sqs": "sqs",
    "states": "stepfunctions",
}


async def call(caller: Caller, work: Work) -> Any:
    """The answer as the state sees it."""
    resource = resource_of(work.resource)
    if resource.kind == FUNCTION:
        return await _function(caller, work)
    if resource.is_sdk:
        return await _sdk(caller, resource, work)
    return await _optimized(caller, resource, work)


def fitted(resource: Resource, payload: Any) -> Any:
    """
    The parameters that a call is made of, before anything is scheduled: an optimized integration drops fields that it does not
    know, an SDK integration fails at them. Raises StateFailed.
    """
    if resource.service == "apigateway":
        problem = apis.problem(payload)
    elif resource.is_sdk:
        operation = documents.sdk_operation(resource.service.removeprefix("aws-sdk:"), resource.action)
        problem = shapes.unknown_field(operation, payload)
    else:
        operation = documents.sdk_operation(_OPERATIONS[resource.service], resource.action)
        payload = shapes.known_fields(operation, payload)
        problem = shapes.unknown_field(operation, payload)
    if problem:
        raise runtime(f"The Parameters '{text_of(payload)}' could not be used to start the Task: [{problem}]")
    return payload


async def _function(caller: Caller, work: Work) -> Any:
    arn = arns.parse(work.resource)
    wish = {"FunctionName": work.resource, "Payload": encoded(work.payload)}
    where = {"account": arn.account, "region": arn.region}
    answer = await _asked(caller, "lambda", "Invoke", wish, where)
    return _payload(_succeeded(answer))


async def _optimized(caller: Caller, resource: Resource, work: Work) -> Any:
    if resource.service == "apigateway":
        return await apis.invoke(caller, work.payload)
    service = _OPERATIONS[resource.service]
    operation = documents.sdk_operation(service, resource.action)
    request_id = caller.home.ids.uuid()
    params = _params(operation, _prepared(caller, resource, work.payload), service, request_id, optimized=True)
    _check_queue(service, params)
    answer = await _asked(caller, service, operation.name, params, _place(caller, work, params), request_id)
    if service == "lambda":
        _succeeded(answer)
        shown: dict[str, Any] = {
            "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
            "Payload": _payload(answer),
        }
        shown["StatusCode"] = answer["StatusCode"]
        if "LogResult" in answer:
            shown["LogResult"] = answer["LogResult"]
        return metadata.added(service, shown, answer, request_id, caller.home.clock.now())
    shown = shapes.answer(operation, answer)
    if service == "events":
        if shown.get("FailedEntryCount"):
            raise StateFailed("EventBridge.FailedEntry", text_of(shown))
        return shown
    return metadata.added(service, shown, answer, request_id, caller.home.clock.now())


async def _sdk(caller: Caller, resource: Resource, work: Work) -> Any:
    operation = documents.sdk_operation(resource.service.removeprefix("aws-sdk:"), resource.action)
    service = operation.service.name
    request_id = caller.home.ids.uuid()
    params = _params(operation, work.payload, service, request_id)
    how: dict[str, Any] = {"access_key": caller.key, "trace": caller.trace, "request_id": request_id}
    try:
        answer = await caller.home.call(service, operation.name, params, **how, **_place(caller, work, params))
    except ApiError as failure:
        raise errors.of_sdk(service, failure, request_id) from None
    return shapes.answer(operation, answer)


async def _asked(
    caller: Caller, service: str, operation: str, params: dict[str, Any], where: dict[str, str], request_id: str = ""
) -> dict[str, Any]:
    request_id = request_id or caller.home.ids.uuid()
    try:
        answer: dict[str, Any] = await caller.home.call(
            service, operation, params, access_key=caller.key, trace=caller.trace, request_id=request_id, **where
        )
    except ApiError as failure:
        raise errors.of_optimized(service, failure, request_id) from None
    return answer


def _params(
    operation: Operation, document: Any, service: str, request_id: str, optimized: bool = False
) -> dict[str, Any]:
    try:
        return shapes.parameters(operation, document)
    except ApiError as failure:
        of = errors.of_optimized if optimized else errors.of_sdk
        raise of(service, failure, request_id) from None


def _prepared(caller: Caller, resource: Resource, payload: Any) -> Any:
    """What Step Functions adds by itself: the execution among the resources of an event."""
    if resource.service == "lambda" and isinstance(payload, dict):
        own = (
            {}
            if "Qualifier" in payload or _is_qualified(str(payload.get("FunctionName")))
            else {"Qualifier": "$LATEST"}
        )
        return {**{name: value for name, value in payload.items() if name != "Payload" or value is not None}, **own}
    if resource.service != "events" or not isinstance(payload, dict):
        return payload
    own = [caller.machine, caller.execution]
    entries = [
        {**entry, "Resources": [*own, *(entry.get("Resources") or ())]} if isinstance(entry, dict) else entry
        for entry in payload.get("Entries") or ()
    ]
    return {**payload, "Entries": entries}


def _is_qualified(function: str) -> bool:
    return function.count(":") > 6 if function.startswith("arn:") else ":" in function


def _check_queue(service: str, params: dict[str, Any]) -> None:
    """A URL that names no host is never reached."""
    url = params.get("QueueUrl", "") if service == "sqs" else ""
    if url and "://" not in url:
        host = url.partition("/")[0]
        raise StateFailed(
            "SQS.SdkClientException", f"Unable to execute HTTP request: {host}: Name or service not known"
        )


def _place(caller: Caller, work: Work, params: dict[str, Any]) -> dict[str, str]:
    """Where the call goes: to the account of the task's own role, if it has one, or to that of the ARN it names."""
    if work.role:
        return {"account": arns.parse(work.role).account}
    for member in ("stateMachineArn", "FunctionName", "TopicArn"):
        text = params.get(member, "")
        if isinstance(text, str) and arns.is_arn(text):
            arn = arns.parse(text)
            return {"account": arn.account, "region": arn.region}
    return {}


def _succeeded(answer: dict[str, Any]) -> dict[str, Any]:
    """Raises the failure of the function: its errorType, and all that it answered as the cause."""
    if not answer.get("FunctionError"):
        return answer
    text = bytes(answer.get("Payload") or b"null").decode(errors="replace")
    found = _decoded(text)
    error = found.get("errorType") if isinstance(found, dict) else None
    if not isinstance(error, str) or not error:
        raise StateFailed(
            "Lambda.Unknown",
            f"The cause could not be determined because Lambda did not return an error type. Returned payload: {text}",
        )
    raise StateFailed(error, text)


def _payload(answer: dict[str, Any]) -> Any:
    return _decoded(bytes(answer.get("Payload") or b"null").decode(errors="replace"))


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
