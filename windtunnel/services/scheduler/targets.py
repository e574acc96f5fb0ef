"""Targets of schedules: which call each of them means.

AWS: scheduler/latest/UserGuide/managing-targets-templated.html, managing-targets-universal.html
"""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws import arns, documents
from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.home import Home
from windtunnel.fabric import destinations

TEMPLATED = ("events", "kinesis", "lambda", "sns", "sqs", "states")
_NEED_JSON = ("events", "lambda", "states")
_UNIVERSAL = "aws-sdk:"
_READS = (
    "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover", "validate",
    "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration", "retrieve",
    "testConnection", "translateDocument", "isAuthorized", "invokeModel",
)  # fmt: skip


def check(target: dict[str, Any]) -> None:
    """Raises ValidationException for a target that can never be called, NotImplementedHere for one that is not built."""
    try:
        arn = arns.parse(target["Arn"])
    except ValueError:
        raise _invalid("Provided Arn is not in correct format.") from None
    text = target.get("Input", "")
    if arn.service == "scheduler" and arn.resource.startswith(_UNIVERSAL):
        _check_universal(arn.resource, text)
        return
    if arn.service not in TEMPLATED:
        raise NotImplementedHere(f"A schedule whose target is {target['Arn']}")
    for service, member in (("events", "EventBridgeParameters"), ("kinesis", "KinesisParameters")):
        if (arn.service == service) != (member in target):
            raise _invalid(f"{member} must be specified for targets of {service}, and only for them.")
    if "SqsParameters" in target and arn.service != "sqs":
        raise _invalid("SqsParameters must be specified only for targets of sqs.")
    for member in ("EcsParameters", "SageMakerPipelineParameters"):
        if member in target:
            raise NotImplementedHere(f"The member {member} of a schedule's target")
    if text and arn.service in _NEED_JSON:
        _parsed(text)


def _check_universal(resource: str, text: str) -> None:
    _, _, rest = resource.partition(_UNIVERSAL)
    service, _, action = rest.partition(":")
    try:
        operation = documents.sdk_operation(service, action)
    except KeyError:
        raise _invalid(f"{resource} is not a supported API of the AWS SDK.") from None
    if action.startswith(_READS):
        raise _invalid(f"{resource}: API actions that only read are not supported.")
    if operation.input is not None and operation.input.required and not text:
        raise _invalid(f"Input is required for {resource}.")
    if text:
        _parsed(text)


async def call(home: Home, target: dict[str, Any], text: str, resource: str, key: str) -> None:
    """Call it with this input, in the name of its role's session `key`. `resource` is the schedule. Raises its ApiError."""
    arn = arns.parse(target["Arn"])
    if arn.service == "scheduler":
        await _universal(home, arn.resource, text, key)
    elif arn.service == "states":
        wish = {"stateMachineArn": target["Arn"], "input": text}
        where = {"account": arn.account, "region": arn.region}
        await home.call("stepfunctions", "StartExecution", wish, access_key=key, **where)
    else:
        of_event = target.get("EventBridgeParameters", {})
        await destinations.put(
            home, target["Arn"], text, access_key=key, source=of_event.get("Source", ""),
            detail_type=of_event.get("DetailType", ""), resources=(resource,),
            group=_group(target), deduplication=home.ids.uuid(),
        )  # fmt: skip


def _group(target: dict[str, Any]) -> str:
    """Of the message in a queue, or of the record in a stream."""
    of_stream = target.get("KinesisParameters", {}).get("PartitionKey", "")
    return str(of_stream or target.get("SqsParameters", {}).get("MessageGroupId", ""))


async def _universal(home: Home, resource: str, text: str, key: str) -> None:
    _, service, action = resource.split(":")
    operation = documents.sdk_operation(service, action)
    params = documents.parameters(operation, _parsed(text) if text else {})
    await home.call(operation.service.name, operation.name, params, access_key=key)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise _invalid("Invalid input: it must be well-formed JSON for this target.") from None


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
