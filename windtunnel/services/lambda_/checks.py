"""What CreateFunction and the updates refuse beyond the model's own limits, in Lambda's words."""

from __future__ import annotations

import json
from collections.abc import Callable

from windtunnel.services.lambda_.names import invalid
from windtunnel.services.lambda_.packages import MAXIMUM_UNZIPPED_BYTES
from windtunnel.services.lambda_.records import Configuration, LayerVersion

LayerAt = Callable[[str], LayerVersion | None]
ENVIRONMENT_LIMIT_BYTES = 4096
TAG_LIMIT = 50
LAYER_LIMIT = 5
# AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (creation is blocked for these)
ENDED_RUNTIMES = frozenset(
    [
        "dotnet6",
        "dotnet5.0",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "provided",
        "python2.7",
        "python3.6",
        "python3.7",
        "ruby2.5",
        "ruby2.7",
    ]
)
# AWS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html ("Defined runtime environment variables")
RESERVED_VARIABLES = frozenset(
    [
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
    ]
)
# AWS: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html ("Supported features and limitations")
SNAP_STARTED = ("java11", "java17", "java21", "java25", "python3.12", "python3.13", "python3.14", "dotnet8", "dotnet10")

SNAP_START_EPHEMERAL_MB = 512


def checked(config: Configuration, tags: dict[str, str], layer_at: LayerAt, region: str) -> None:
    """Raises InvalidParameterValueException for a configuration that AWS would refuse."""
    if config.runtime in ENDED_RUNTIMES:
        raise invalid(
            f"The runtime parameter of {config.runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    if not config.runtime or not config.handler:
        missing = "Runtime" if not config.runtime else "Handler"
        raise invalid(f"{missing} is mandatory for functions created with deployment packages.")
    _check_snap_start(config)
    check_tags(tags)
    check_environment(config.environment or {})
    check_layers(config, layer_at, region)
    if config.logging.get("LogFormat", "Text") == "Text" and (
        "ApplicationLogLevel" in config.logging or "SystemLogLevel" in config.logging
    ):
        raise invalid(
            "To set ApplicationLogLevel or SystemLogLevel, LogFormat must be set to JSON. "
            "Update LogFormat to JSON or remove the log level configuration."
        )
    _check_dead_letter(config.dead_letter)


def _check_snap_start(config: Configuration) -> None:
    """AWS: lambda/latest/dg/snapstart.html; its words are known for the runtime only, and taken for the others."""
    if config.snap_start == "None":
        return
    unsupported = ""
    if not config.runtime.startswith(SNAP_STARTED):
        unsupported = config.runtime
    elif config.file_systems:
        unsupported = "EFS"
    elif config.ephemeral > SNAP_START_EPHEMERAL_MB:
        unsupported = f"Ephemeral storage greater than {SNAP_START_EPHEMERAL_MB} MB"
    if unsupported:
        raise invalid(f"{unsupported} is not supported for SnapStart enabled functions.")


def check_tags(tags: dict[str, str]) -> None:
    if len(tags) > TAG_LIMIT:
        raise invalid("Number of tags exceeds resource tag limit.")


def check_environment(variables: dict[str, str]) -> None:
    reserved = sorted(RESERVED_VARIABLES & variables.keys())
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
            f"{', '.join(reserved)}"
        )
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > ENVIRONMENT_LIMIT_BYTES:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            f"exceeded the 4KB limit. String measured: {text}"
        )


def check_layers(config: Configuration, layer_at: LayerAt, region: str) -> None:
    if len(config.layers) > LAYER_LIMIT:
        raise invalid(f"Cannot reference more than {LAYER_LIMIT} layers.")
    seen: dict[str, str] = {}
    size = 0
    for arn in config.layers:
        parts = arn.split(":")
        if parts[3] != region:
            raise invalid(
                f"Layers are not in the same region as the function. Layers are expected to be in region {region}."
            )
        layer = layer_at(arn)
        if layer is None:
            raise invalid(f"Layer version {arn} does not exist.")
        name = arn.rpartition(":")[0]
        if name in seen:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{seen[name]} and {arn} are versions of the same layer."
            )
        seen[name] = arn
        size += layer.unzipped
    if size > MAXIMUM_UNZIPPED_BYTES:
        raise invalid(f"Layers consume more than the available size of {MAXIMUM_UNZIPPED_BYTES} bytes")
    if size + config.unzipped > MAXIMUM_UNZIPPED_BYTES:
        raise invalid(
            f"Function code combined with layers exceeds the maximum allowed size of {MAXIMUM_UNZIPPED_BYTES} bytes. "
            f"The actual size is {size + config.unzipped} bytes."
        )


def _check_dead_letter(target: str) -> None:
    if target and target.split(":")[2] not in ("sqs", "sns"):
        raise invalid(
            f"The provided destination config DestinationArn {target} is invalid: only SQS and SNS are supported."
        )
