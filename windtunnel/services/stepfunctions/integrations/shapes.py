"""
Between JSON of a state and the parameters and answers of a call, as the SDK integrations translate.

AWS: step-functions/latest/dg/supported-services-awssdk.html: names begin with a capital letter, times are texts, and a value that
is no text stands as JSON where a text is wanted.
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws import timestamps, validation
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation
from windtunnel.aws.shapes import Shape
from windtunnel.services.stepfunctions.language.scopes import encoded, text_of


def parameters(operation: Operation, document: Any) -> dict[str, Any]:
    """Of a document without unknown fields. Raises ApiError (ValidationException) for what does not fit."""
    params: dict[str, Any] = _given(operation.input, document) if operation.input is not None else {}
    validation.check(operation, params)
    return params


def unknown_field(operation: Operation, document: Any) -> str:
    """What is wrong with the names in a document; empty for nothing."""
    if not isinstance(document, dict):
        return "The input must be a JSON object"
    name = _unknown(operation.input, document) if operation.input is not None else next(iter(document), "")
    return f'The field "{name}" is not supported by Step Functions' if name else ""


def known_fields(operation: Operation, document: Any) -> Any:
    """The document without fields that the operation does not have."""
    if not isinstance(document, dict) or operation.input is None:
        return document
    names = {name.lower() for name in operation.input.members}
    return {name: value for name, value in document.items() if name.lower() in names}


def answer(operation: Operation, found: dict[str, Any]) -> dict[str, Any]:
    """The answer of a call as JSON of a state."""
    made: dict[str, Any] = _shown(operation.output, found) if operation.output is not None else {}
    return made


def capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _given(shape: Shape, value: Any) -> Any:
    if shape.type == "structure" and isinstance(value, dict) and not shape.document:
        spelled = {name.lower(): name for name in shape.members}
        found = {}
        for given, inner in value.items():
            name = given if given in shape.members else spelled[given.lower()]
            if inner is not None or shape.members[name].type == "blob":
                found[name] = _given(shape.members[name], inner)
        return found
    if shape.type == "list" and isinstance(value, list):
        return [_given(shape.member, inner) for inner in value]
    if shape.type == "map" and isinstance(value, dict):
        return {key: _given(shape.value, inner) for key, inner in value.items()}
    if shape.type == "blob":
        return encoded(value)
    if shape.type == "string" and not isinstance(value, str):
        return text_of(value)
    if shape.type == "timestamp" and isinstance(value, str):
        try:
            return timestamps.parse(value)
        except ValueError:
            raise ApiError("ValidationException", f"{value} is not a timestamp.") from None
    return value


def _unknown(shape: Shape, value: Any) -> str:
    if shape.type == "structure" and isinstance(value, dict) and not shape.document:
        spelled = {name.lower(): name for name in shape.members}
        for given, inner in value.items():
            name = given if given in shape.members else spelled.get(given.lower())
            if name is None:
                return str(given)
            if found := _unknown(shape.members[name], inner):
                return found
    elif shape.type == "list" and isinstance(value, list):
        return next((found for inner in value if (found := _unknown(shape.member, inner))), "")
    elif shape.type == "map" and isinstance(value, dict):
        return next((found for inner in value.values() if (found := _unknown(shape.value, inner))), "")
    return ""


def _shown(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if shape.type == "structure" and isinstance(value, dict):
        return {
            capital(name): _shown(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type == "list":
        return [_shown(shape.member, inner) for inner in value]
    if shape.type == "map":
        return {key: _shown(shape.value, inner) for key, inner in value.items()}
    if shape.type == "timestamp":
        return timestamps.iso(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode(errors="replace")
    return value
