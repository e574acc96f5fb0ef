"""
JSON that a user wrote as the parameters of a call: inputs of universal targets and of SDK integrations.

    operation = sdk_operation("sqs", "sendMessage");  call = parameters(operation, {"QueueUrl": …, "MessageBody": …})
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws import models, timestamps, validation
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation
from windtunnel.aws.shapes import Shape

_MODELS = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
"""AWS's names of services in SDK integrations, where they are not botocore's."""


def sdk_operation(service: str, action: str) -> Operation:
    """The operation behind `aws-sdk:service:action`, whose first letter is small there. Raises KeyError for none."""
    model = models.load(_MODELS.get(service, service))
    wanted = action.lower()
    return model.operations[next((name for name in model.operations if name.lower() == wanted), "")]


def parameters(operation: Operation, document: Any) -> dict[str, Any]:
    """
    The document as the operation's parameters, checked against its model.

    Members may be written in either case; a text stands for bytes. Raises ApiError (ValidationException) for what does not fit.
    """
    if not isinstance(document, dict):
        raise ApiError("ValidationException", "The input must be a JSON object.")
    params: dict[str, Any] = _value(operation.input, document) if operation.input is not None else {}
    validation.check(operation, params)
    return params


def _value(shape: Shape, value: Any) -> Any:
    if shape.type == "structure" and isinstance(value, dict) and not shape.document:
        spelled = {name.lower(): name for name in shape.members}
        found = {}
        for given, inner in value.items():
            name = given if given in shape.members else spelled.get(given.lower())
            if name is None:
                raise ApiError("ValidationException", f"Unknown parameter in input: {given}")
            found[name] = _value(shape.members[name], inner)
        return found
    if shape.type == "list" and isinstance(value, list):
        return [_value(shape.member, inner) for inner in value]
    if shape.type == "map" and isinstance(value, dict):
        return {key: _value(shape.value, inner) for key, inner in value.items()}
    return _scalar(shape, value)


def _scalar(shape: Shape, value: Any) -> Any:
    if shape.type in ("blob", "string") and not isinstance(value, str):
        raise ApiError("ValidationException", f"{shape.name} must be a text.")
    if shape.type == "blob":
        return value.encode()
    if shape.type == "timestamp" and isinstance(value, str):
        return timestamps.parse(value)
    return value
