"""How the services differ in the words of validation: a small table, and the few sentences of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.aws import runtimes
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation
from windtunnel.aws.shapes import Shape

Own = Callable[[Operation, str, tuple[str, ...], Shape, Any], "ApiError | None"]


def _nothing(operation: Operation, kind: str, path: tuple[str, ...], shape: Shape, value: Any) -> ApiError | None:
    return None


class Words(msgspec.Struct, frozen=True):
    """
    `codes` are tried in order: the first that the operation declares, else the first of all. `own` may answer with a
    sentence of the service's own. A service that does not validate checks everything itself.
    """

    codes: tuple[str, ...] = ("ValidationException",)
    validates: bool = True
    shows_values: bool = True
    shows_enums: bool = True
    elements_not_null: bool = True  # lists "Member must not be null" among the constraints of elements
    names_input: bool = False  # paths of members in the body begin with the name of the input
    own: Own = _nothing


def code_for(operation: Operation, words: Words, kind: str) -> str:
    """The error code of an operation's validation error."""
    return next((code for code in words.codes if code in operation.errors), words.codes[0])


def _name_of(path: tuple[str, ...], shape: Shape, operation: Operation) -> str:
    """The path in the spelling of the model: `Entries.1.Id`."""
    assert operation.input is not None
    steps = [each for each in reversed(path) if each != "member"]
    spelled = {name[:1].lower() + name[1:]: name for name in operation.input.members}
    return ".".join([spelled.get(steps[0], steps[0]), *(each[:1].upper() + each[1:] for each in steps[1:])])


# AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
def _queues(operation: Operation, kind: str, path: tuple[str, ...], shape: Shape, value: Any) -> ApiError | None:
    if kind != "null" or len(path) > 1:
        return None
    name = _name_of(path, shape, operation)
    return ApiError("MissingParameter", f"The request must contain the parameter {name}.")


# AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
def _metrics(operation: Operation, kind: str, path: tuple[str, ...], shape: Shape, value: Any) -> ApiError | None:
    if kind != "null":
        return None
    steps = ".".join(step[:1].upper() + step[1:] if step != "member" else step for step in reversed(path))
    return ApiError("MissingParameter", f"The parameter {steps} is required.")


_PLAIN_NAME = r"[\w+=,.@-]+"


# AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
def _identities(operation: Operation, kind: str, path: tuple[str, ...], shape: Shape, value: Any) -> ApiError | None:
    if kind != "pattern" or shape.pattern != _PLAIN_NAME or len(path) > 1:
        return None
    return ApiError(
        "ValidationError",
        f"The specified value for {path[0]} is invalid. "
        "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    )


# AWS: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
def _functions(operation: Operation, kind: str, path: tuple[str, ...], shape: Shape, value: Any) -> ApiError | None:
    if kind == "enum" and path == ("runtime",):
        return runtimes.unknown(value)
    if kind == "key" and path[0] == "additionalVersionWeights" and any(not 0 <= each <= 1 for each in value.values()):
        weights = ", ".join(f"{version}={float(weight)}" for version, weight in value.items())
        return ApiError(
            "ValidationException",
            f"1 validation error detected: Value '{{{weights}}}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have "
            "value greater than or equal to 0.0]",
        )
    return None


_ENTRY = ("Time", "Source", "Resources", "DetailType", "Detail", "EventBusName", "TraceHeader")
_ENTRY_INSIDE = (
    "kmsKeyIdentifier",
    "internalMetadata",
)  # what the service keeps with an entry, and clients cannot give
MOST_ENTRIES = 10


# AWS: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
def _events(operation: Operation, kind: str, path: tuple[str, ...], shape: Shape, value: Any) -> ApiError | None:
    """Too many entries are shown as the service prints them."""
    if operation.name != "PutEvents" or path != ("entries",) or not value or len(value) <= MOST_ENTRIES:
        return None
    entries = ", ".join(_entry(each) for each in value)
    says = f"Member must have length less than or equal to {MOST_ENTRIES}"
    return ApiError(
        "ValidationException",
        f"1 validation error detected: Value '[{entries}]' at 'entries' failed to satisfy constraint: {says}",
    )


def _entry(entry: dict[str, Any]) -> str:
    given = {name[:1].lower() + name[1:]: entry.get(name) for name in _ENTRY} | dict.fromkeys(_ENTRY_INSIDE)
    texts = {
        name: f"[{', '.join(each)}]" if isinstance(each, list) else "null" if each is None else str(each)
        for name, each in given.items()
    }
    return f"PutEventsRequestEntry({', '.join(f'{name}={text}' for name, text in texts.items())})"


WORDS: dict[str, Words] = {
    "apigateway": Words(names_input=True, elements_not_null=False),
    "apigatewayv2": Words(codes=("BadRequestException",)),
    "cloudformation": Words(codes=("ValidationError",)),
    "cloudwatch": Words(codes=("InvalidParameterValue",), own=_metrics),
    "events": Words(own=_events),
    "iam": Words(codes=("ValidationError",), shows_values=False, shows_enums=False, own=_identities),
    "lambda": Words(own=_functions),
    "logs": Words(codes=("ValidationException", "InvalidParameterException")),
    "s3": Words(validates=False),
    "sns": Words(codes=("ValidationError",)),
    "sqs": Words(codes=("InvalidParameterValue",), own=_queues),
    "sts": Words(codes=("ValidationError",)),
}
