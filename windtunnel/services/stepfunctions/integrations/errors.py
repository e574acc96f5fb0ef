"""
The names and words with which the error of a call reaches a state.

Optimized integrations speak as the AWS SDK for Java 1 does, SDK integrations as version 2.
"""

from __future__ import annotations

from windtunnel.aws import models
from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.language.failures import StateFailed

_FIRST = {
    "dynamodb": ("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDB"),
    "events": ("EventBridge", "AmazonEventBridge", "AmazonEventBridge"),
    "lambda": ("Lambda", "AWSLambda", "AWSLambda"),
    "sns": ("SNS", "AmazonSNS", "AmazonSNS"),
    "sqs": ("SQS", "AmazonSQS", "AmazonSQS"),
    "stepfunctions": ("StepFunctions", "AWSStepFunctions", "AWSStepFunctions"),
}
"""Prefix of the error, name of the service in the cause, and of its own exception."""
_SECOND = {"DynamoDB": "DynamoDb", "S3": "S3"}


def of_optimized(service: str, failure: ApiError, request_id: str) -> StateFailed:
    """`Lambda.ResourceNotFoundException`"""
    prefix, named, own = _FIRST[service]
    shape = models.load(service).error(failure.code)
    name = _exception(shape.name) if shape is not None else f"{own}Exception"
    code = shape.error.get("code", shape.name) if shape is not None else failure.code
    cause = (
        f"{failure.message} (Service: {named}; Status Code: {_status(service, failure)}; Error Code: {code}; "
        f"Request ID: {request_id}; Proxy: null)"
    )
    return StateFailed(f"{prefix}.{name}", cause)


def of_sdk(service: str, failure: ApiError, request_id: str) -> StateFailed:
    """`DynamoDb.ResourceNotFoundException`, and `DynamoDb.DynamoDbException` for what has no exception of its own."""
    prefix = prefix_of(service)
    shape = models.load(service).error(failure.code)
    name = _exception(shape.name) if shape is not None else f"{prefix}Exception"
    more = f", Extended Request ID: {request_id}" if service == "s3" else ""
    cause = f"{failure.message} (Service: {prefix}, Status Code: {_status(service, failure)}, Request ID: {request_id}{more})"
    return StateFailed(f"{prefix}.{name}", cause)


def prefix_of(service: str) -> str:
    """`Sqs`, `SecretsManager`, `DynamoDb`: as version 2 of the SDK for Java calls its packages' clients."""
    words = models.load(service).service_id.split()
    return "".join(_SECOND.get(word, word.capitalize() if word.isupper() else word) for word in words)


def _exception(name: str) -> str:
    return name if name.endswith("Exception") else f"{name}Exception"


def _status(service: str, failure: ApiError) -> int:
    if failure.status is not None:
        return failure.status
    shape = models.load(service).error(failure.code)
    found: int = shape.error.get("httpStatusCode", 400) if shape is not None else 400
    return found
