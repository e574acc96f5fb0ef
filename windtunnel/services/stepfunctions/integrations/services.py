"""
Which resources a task may name, and which of them are built.

AWS: step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws import documents
from windtunnel.aws.errors import NotImplementedHere
from windtunnel.services.stepfunctions.resource_arns import REQUEST, SYNC, SYNC_2, WAITS_FOR_TOKEN, Resource

UNKNOWN = "unknown"
_PATTERNS: dict[str, dict[str, tuple[str, ...]]] = {
    "apigateway": {"invoke": (REQUEST, WAITS_FOR_TOKEN)},
    "dynamodb": dict.fromkeys(("deleteItem", "getItem", "putItem", "updateItem"), (REQUEST,)),
    "events": {"putEvents": (REQUEST, WAITS_FOR_TOKEN)},
    "http": {"invoke": (REQUEST,)},
    "lambda": {"invoke": (REQUEST, WAITS_FOR_TOKEN)},
    "sns": {"publish": (REQUEST, WAITS_FOR_TOKEN)},
    "sqs": {"sendMessage": (REQUEST, WAITS_FOR_TOKEN)},
    "states": {"startExecution": (REQUEST, SYNC, SYNC_2, WAITS_FOR_TOKEN)},
}
_NOT_BUILT = frozenset(
    (
        "athena", "batch", "bedrock", "codebuild", "databrew", "ecs", "eks", "elasticmapreduce", "emr-containers",
        "emr-serverless", "glue", "http", "mediaconvert", "sagemaker",
    )
)  # fmt: skip


def problem(resource: Resource, home: Any) -> str:
    """Empty for a resource that can be called, UNKNOWN for one that there is not, else what is not built."""
    if resource.is_sdk:
        return _problem_of_sdk(resource, home)
    if resource.service in _NOT_BUILT:
        return f"The integration of Step Functions {resource.service}:{resource.name}"
    patterns = _PATTERNS.get(resource.service, {}).get(resource.action)
    return "" if patterns is not None and resource.pattern in patterns else UNKNOWN


def _problem_of_sdk(resource: Resource, home: Any) -> str:
    if resource.pattern not in (REQUEST, WAITS_FOR_TOKEN):
        return UNKNOWN
    try:
        operation = documents.sdk_operation(resource.service.removeprefix("aws-sdk:"), resource.action)
    except KeyError:
        return UNKNOWN
    try:
        is_built = home.service(operation.service.name).handler(operation.name) is not None
    except NotImplementedHere:
        is_built = False
    return "" if is_built else f"{operation.service.name}:{operation.name}"
