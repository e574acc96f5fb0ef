"""The environment variables of a function: AWS's reserved ones, the user's, and where the services are."""

from __future__ import annotations

from windtunnel.engine.spec import Spec

_LIBRARIES = (
    "/var/lang/lib",
    "/lib64",
    "/usr/lib64",
    "/var/runtime",
    "/var/runtime/lib",
    "/var/task",
    "/var/task/lib",
    "/opt/lib",
)
RUNTIME_API = "127.0.0.1:9001"


def variables(
    spec: Spec,
    runtime_api: str = RUNTIME_API,
    task: str = "/var/task",
    runtime_folder: str = "/var/runtime",
    initialization: str = "on-demand",
) -> dict[str, str]:
    """AWS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    reserved = {
        "_HANDLER": spec.handler,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization,
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": spec.log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": spec.region,
        "LAMBDA_RUNTIME_DIR": runtime_folder,
        "LAMBDA_TASK_ROOT": task,
    }
    if spec.log_format == "JSON":
        reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        reserved["AWS_LAMBDA_LOG_LEVEL"] = spec.application_log_level or "INFO"
    if spec.tracing:
        reserved["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR"
    defaults = {
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": ":".join(_LIBRARIES),
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "PWD": task,
        "SHLVL": "0",
        "TZ": ":UTC",
    }
    if spec.endpoint:
        defaults["AWS_ENDPOINT_URL"] = spec.endpoint
    return {**defaults, **spec.credentials, **spec.environment, **reserved}
