"""
What a test of a state puts in place of the world: the result or the error of its task, and a context object.

AWS: step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws import documents
from windtunnel.aws.errors import ApiError
from windtunnel.aws.shapes import Shape
from windtunnel.services.stepfunctions.integrations.shapes import capital
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.resource_arns import REQUEST, SERVICE, resource_of

_MOCKED = ("Task", "Map", "Parallel")
_NUMBERS = ("integer", "long", "float", "double")
_SERVICES = {"states": "stepfunctions"}
_CONTEXT: dict[str, dict[str, str]] = {
    "Execution": {
        "Id": "string", "Input": "any", "Name": "string", "RoleArn": "string", "StartTime": "string", "RedriveCount": "number",
        "RedriveTime": "string",
    },
    "State": {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
    "StateMachine": {"Id": "string", "Name": "string"},
    "Task": {"Token": "string"},
    "Map": {},
}  # fmt: skip


class Result(msgspec.Struct, frozen=True):
    value: Any


def checked(mock: dict[str, Any], fields: dict[str, Any]) -> Result | StateFailed:
    """Raises ValidationException."""
    kind = fields["Type"]
    if kind not in _MOCKED:
        raise _invalid(f"State type '{kind}' is not supported when a mock is specified")
    if "result" in mock and "errorOutput" in mock:
        raise _invalid("A test mock should have only one of the following fields: [result, errorOutput].")
    if "result" not in mock and "errorOutput" not in mock:
        raise _invalid("A test mock must have one of the following fields: [result, errorOutput].")
    if "errorOutput" in mock:
        given = mock["errorOutput"]
        return StateFailed(given.get("error"), given.get("cause"))
    try:
        value = msgspec.json.decode(mock["result"])
    except msgspec.DecodeError:
        raise _invalid("Mocked result must be valid JSON") from None
    if kind in ("Map", "Parallel") and "ResultWriter" not in fields and not isinstance(value, list):
        raise _invalid("Mocked result must be an array.")
    if kind == "Task" and mock.get("fieldValidationMode", "STRICT") != "NONE":
        _check_result(fields["Resource"], value)
    return Result(value)


def context(text: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The context object of a test. Raises ValidationException."""
    try:
        given = msgspec.json.decode(text)
    except msgspec.DecodeError:
        given = None
    if not isinstance(given, dict):
        raise _invalid("Invalid Context object provided: it must be a JSON object")
    for name, inner in given.items():
        allowed = _CONTEXT.get(name)
        if allowed is None:
            raise _wrong_context(f"Field '{name}' is not allowed")
        if name == "Map":
            raise _wrong_context("'Map' field is not supported when mocking a Context object")
        if name == "Task" and not _waits(fields):
            raise _wrong_context(
                "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
                "service integration pattern"
            )
        if not isinstance(inner, dict):
            raise _wrong_context(f"{name} must be an object")
        for field, value in inner.items():
            if field not in allowed:
                raise _wrong_context(f"Field '{field}' is not allowed")
            if allowed[field] == "string" and not isinstance(value, str):
                raise _wrong_context(f"{name}.{field} must be a string")
            if allowed[field] == "number" and (not isinstance(value, (int, float)) or isinstance(value, bool)):
                raise _wrong_context(f"{name}.{field} must be a number")
    return given


def _waits(fields: dict[str, Any]) -> bool:
    return fields["Type"] == "Task" and resource_of(fields["Resource"]).pattern != REQUEST


def _check_result(arn: str, value: Any) -> None:
    """Against the answer of the operation: fields that there are must be of their type."""
    resource = resource_of(arn)
    if resource.kind != SERVICE or resource.pattern not in (REQUEST,):
        return
    service = resource.service.removeprefix("aws-sdk:")
    try:
        operation = documents.sdk_operation(_SERVICES.get(service, service), resource.action)
    except KeyError:
        return
    if operation.output is not None:
        _check(operation.output, value, "")


def _check(shape: Shape, value: Any, name: str) -> None:
    if shape.type == "structure":
        if not isinstance(value, dict):
            raise (
                _unfit(name, "must be an object")
                if name
                else _invalid("Mock result schema validation error: Mock result must be an object")
            )
        for member, inner in shape.members.items():
            shown = capital(member)
            if value.get(shown) is not None:
                _check(inner, value[shown], shown)
    elif shape.type == "list":
        if not isinstance(value, list):
            raise _unfit(name, "must be an array")
        for each in value:
            _check(shape.member, each, name)
    elif shape.type == "map":
        if not isinstance(value, dict):
            raise _unfit(name, "must be an object")
        for each in value.values():
            _check(shape.value, each, name)
    elif shape.type == "boolean":
        if not isinstance(value, bool):
            raise _unfit(name, "must be a boolean")
    elif shape.type in _NUMBERS:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise _unfit(name, "must be a number")
    elif shape.type in ("string", "timestamp"):
        if not isinstance(value, str):
            raise _unfit(name, "must be a string")
        if shape.enum and value not in shape.enum:
            raise _unfit(name, "is not an expected value")


def _unfit(name: str, what: str) -> ApiError:
    return _invalid(f"Mock result schema validation error: Field '{name}' {what}")


def _invalid(words: str) -> ApiError:
    return ApiError("ValidationException", words)


def _wrong_context(words: str) -> ApiError:
    return _invalid(f"Invalid Context object provided: {words}")
