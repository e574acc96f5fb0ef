"""The environment variables of a function: AWS's reserved ones, the user's, and where the services are."""

from __future__ import annotations

from collections.abc import Iterable

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
_PATH = "/usr/local/bin:/usr/bin/:/bin:/opt/bin"
_LANG_BIN = "/var/lang/bin"
_XRAY_DAEMON = "169.254.100.1"
_XRAY_PORT = "2000"
_UTF8_LOCALE_SINCE = 12
_EXTRA_CERTIFICATES_UNTIL = 18
RUNTIME_API = "127.0.0.1:9001"


def variables(
    spec: Spec,
    runtime_api: str = RUNTIME_API,
    task: str = "/var/task",
    runtime_folder: str = "/var/runtime",
    initialization: str = "on-demand",
    layers: Iterable[str] = ("/opt",),
    modules: str = "/var/runtime/node_modules",
) -> dict[str, str]:
    """
    `layers` are the folders that stand for /opt, `modules` is what the runtime of Node.js brings along. AWS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    reserved = {
        "_HANDLER": spec.handler,
        "AWS_DEFAULT_REGION": spec.region,
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
    if initialization == "snap-start":  # AWS: lambda/latest/dg/snapstart-monitoring.html
        del reserved["AWS_LAMBDA_LOG_GROUP_NAME"], reserved["AWS_LAMBDA_LOG_STREAM_NAME"]
    if spec.log_format == "JSON":
        reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        reserved["AWS_LAMBDA_LOG_LEVEL"] = spec.application_log_level or "INFO"
    defaults = {
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"{_XRAY_DAEMON}:{_XRAY_PORT}",
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": ":".join(_LIBRARIES),
        "PATH": f"{_LANG_BIN}:{_PATH}",
        "TZ": ":UTC",
        "_AWS_XRAY_DAEMON_ADDRESS": _XRAY_DAEMON,
        "_AWS_XRAY_DAEMON_PORT": _XRAY_PORT,
    }
    if spec.runtime == "provided.al2":
        defaults["LD_LIBRARY_PATH"] = ":".join(_LIBRARIES[1:])
        defaults["PATH"] = _PATH
    if not spec.runtime.startswith("provided"):
        reserved["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
        defaults |= {"PWD": task, "SHLVL": "0"}  # left by the shell script in which AWS's runtimes begin
    defaults |= _of_language(spec.runtime, runtime_folder, task, layers, modules)
    if spec.endpoint:
        defaults["AWS_ENDPOINT_URL"] = spec.endpoint
    return {**defaults, **spec.credentials, **spec.environment, **reserved}


def _of_language(runtime: str, runtime_folder: str, task: str, layers: Iterable[str], modules: str) -> dict[str, str]:
    """Where a language looks for modules."""
    if runtime.startswith("python"):
        own = {"PYTHONPATH": runtime_folder}
        if int(runtime.partition(".")[2] or 0) >= _UTF8_LOCALE_SINCE:
            own["LC_CTYPE"] = "C.UTF-8"
        return own
    if runtime.startswith("nodejs"):
        major = runtime.removeprefix("nodejs").partition(".")[0]
        shared = [p for f in layers for p in (f"{f}/nodejs/node{major}/node_modules", f"{f}/nodejs/node_modules")]
        own = {"NODE_PATH": ":".join([*shared, modules, runtime_folder, task])}
        if int(major) <= _EXTRA_CERTIFICATES_UNTIL:
            own["NODE_EXTRA_CA_CERTS"] = f"{runtime_folder}/ca-cert.pem"
        return own
    if runtime.startswith("ruby"):
        return _of_ruby(runtime, runtime_folder, task, layers)
    return {}


def _of_ruby(runtime: str, runtime_folder: str, task: str, layers: Iterable[str]) -> dict[str, str]:
    version = f"{runtime.removeprefix('ruby')}.0"
    gems = [f"{task}/vendor/bundle/ruby/{version}", *(f"{f}/ruby/gems/{version}" for f in layers)]
    return {
        "GEM_HOME": runtime_folder,
        "GEM_PATH": ":".join([*gems, runtime_folder, f"{runtime_folder}/ruby/{version}"]),
        "LD_LIBRARY_PATH": ":".join([_LIBRARIES[0], *_LIBRARIES]),
        "PATH": f"{_LANG_BIN}:{_LANG_BIN}:{_PATH}",
        "RUBYLIB": ":".join([task, f"{runtime_folder}/lib", *(f"{f}/ruby/lib" for f in layers)]),
    }
