"""
What a supervisor starts in an environment (`runtimes/python/supervisor.py`): a runtime that is a program, the wrapper
script around it, extensions. A Python function without any of them runs in the forked process itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from windtunnel.engine import sdk
from windtunnel.engine.interpreters import Interpreter
from windtunnel.engine.spec import Spec
from windtunnel.engine.zygotes import DEBUGGER, Program

RUNTIMES = Path(__file__).parent.parent / "runtimes"
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
_TASK = "/var/task"
_LANG = "/var/lang"
_RUNTIME = "/var/runtime"
_OPT = "/opt"
_WRAPPED = ("python", "nodejs", "ruby")
"""Runtimes that start a wrapper script. AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html"""

_KEPT_FROM_EXTENSIONS = frozenset(
    {
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_AWS_XRAY_DAEMON_ADDRESS",
        "_AWS_XRAY_DAEMON_PORT",
        "_HANDLER",
    }
)
"""AWS: https://docs.aws.amazon.com/lambda/latest/dg/extensions-configuration.html#using-extensions-env"""


class Place(NamedTuple):
    """Where a function finds its code and its layers: in a root of its own, or in the folders of this machine."""

    isolated: bool
    task: str
    layers: tuple[str, ...]
    """Searched in this order."""

    @classmethod
    def of(cls, spec: Spec, isolated: bool) -> Place:
        return cls(True, _TASK, (_OPT,)) if isolated else cls(False, spec.code, tuple(reversed(spec.layers)))

    def find(self, path: str) -> str:
        """Where something is that a function calls `/var/task/…` or `/opt/…`."""
        if self.isolated:
            return path
        if path.startswith(_TASK + "/"):
            return self.task + path.removeprefix(_TASK)
        if path.startswith(_OPT + "/"):
            places = [layer + path.removeprefix(_OPT) for layer in self.layers]
            return next((place for place in places if Path(place).exists()), path)
        return path


def brings_runtime(spec: Spec) -> bool:
    """Whether the function brings its own runtime. AWS: lambda/latest/dg/runtimes-custom.html"""
    return spec.runtime.startswith("provided")


def wrapper(spec: Spec) -> str:
    """The script that starts the runtime; empty when there is none or the runtime knows no wrappers."""
    return spec.environment.get(WRAPPER, "") if spec.runtime.startswith(_WRAPPED) else ""


def extensions(spec: Spec) -> list[str]:
    """
    The external extensions in the layers, by path below /opt, sorted by name.
    AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    """
    folders = [Path(layer) / "extensions" for layer in spec.layers]
    names = {file.name for folder in folders if folder.is_dir() for file in folder.iterdir() if file.is_file()}
    return [f"{_OPT}/extensions/{name}" for name in sorted(names)]


def extensions_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Those of the function's variables that its extensions see."""
    return {name: value for name, value in variables.items() if name not in _KEPT_FROM_EXTENSIONS}


def program(spec: Spec, place: Place, interpreter: str, runtime: Program | None) -> dict[str, object] | None:
    """
    The runtime as a supervisor is told (`plan["program"]`); None for Python code in a fork. `runtime` is what the
    processes of the fork server have started already, `interpreter` the Python to start otherwise.
    """
    if brings_runtime(spec):
        places = [f"{place.task}/bootstrap", *(f"{layer}/bootstrap" for layer in place.layers)]
        return {"alternatives": [[path] for path in places], "wrapper": "", "ours": False, "parked": False}
    script = place.find(wrapper(spec))
    if runtime is not None:
        command = list(runtime.command if place.isolated else runtime.outside)
        command = _without_what_is_asked_for(command, spec.environment.get("NODE_OPTIONS", ""))
        afresh = bool(script) or starts_afresh(spec)
        if spec.debug is not None:
            afresh = True
            command.insert(1, f"--inspect-brk=127.0.0.1:{spec.debug.port}")
        return {"alternatives": [command], "wrapper": script, "ours": True, "parked": runtime.parks and not afresh}
    if not script:
        return None
    if place.isolated:
        command = [f"{_LANG}/bin/{Path(interpreter).name}", f"{_RUNTIME}/bootstrap.py"]
    else:
        command = [interpreter, str(RUNTIMES / "python" / "program.py")]
    return {"alternatives": [command], "wrapper": script, "ours": True, "parked": False}


def debugger(spec: Spec, place: Place, interpreter: str) -> dict[str, object] | None:
    """The debugger of a function in Python as its runtime is told (`plan["debug"]`)."""
    if spec.debug is None or not spec.debug.library:
        return None
    if place.isolated:
        folder, python = f"{_RUNTIME}/{DEBUGGER}", f"{_LANG}/bin/{Path(interpreter).name}"
    else:
        folder, python = str(Path(spec.debug.library).parent), interpreter
    return {"port": spec.debug.port, "folder": folder, "python": python}


def runtime_program(interpreter: Interpreter) -> Program:
    """Our runtime on an interpreter other than Python."""
    return node(interpreter) if interpreter.language == "nodejs" else ruby(interpreter)


def ruby(interpreter: Interpreter) -> Program:
    folder = RUNTIMES / "ruby"
    bootstrap = str(folder / "bootstrap.rb")
    return Program(
        prefix=str(Path(interpreter.path).parent.parent),
        runtime=tuple((name, str(folder / name)) for name in ("bootstrap.rb", "logs.rb")),
        command=(f"{_LANG}/bin/{Path(interpreter.path).name}", f"{_RUNTIME}/bootstrap.rb"),
        outside=(interpreter.path, bootstrap),
        parks=False,
    )


# Node.js

_READ_WHILE_RUNNING = frozenset({"NODE_ENV", "NODE_PATH"})
_SDK = ("@aws-sdk", "@smithy")
"""What AWS's runtimes bring along, if it is installed for all users of this Node.js (`npm install -g`) or by a deployment."""

_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_EXPERIMENTS = {
    20: (19, ("--no-experimental-require-module",)),
    22: (0, ("--no-experimental-require-module", "--no-experimental-detect-module")),
}
"""
What AWS switches off: by major version, since which minor one it is on.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""


def starts_afresh(spec: Spec) -> bool:
    """Whether the function sets what Node.js reads only when it starts."""
    return any(name.startswith(("NODE_", "UV_")) for name in spec.environment.keys() - _READ_WHILE_RUNNING)


def sdk_of_node(interpreter: Interpreter) -> dict[str, Path]:
    """The AWS SDK's scopes that functions in this Node.js find, and where."""
    place = sdk.place_for_node(interpreter.path)
    return {scope: place / scope for scope in _SDK if (place / scope).is_dir()} if place is not None else {}


def node(interpreter: Interpreter) -> Program:
    prefix = Path(interpreter.path).parent.parent
    folder = RUNTIMES / "node"
    shown = {file.name: str(file) for file in folder.iterdir() if file.suffix in (".js", ".mjs", ".cjs")}
    shown |= {f"node_modules/{scope}": str(place) for scope, place in sdk_of_node(interpreter).items()}
    if certificates := next((path for path in _CERTIFICATES if Path(path).is_file()), ""):
        shown["ca-cert.pem"] = certificates
    flags = _node_flags(interpreter.version)
    return Program(
        prefix=str(prefix),
        runtime=tuple(sorted(shown.items())),
        command=(f"{_LANG}/bin/{Path(interpreter.path).name}", *flags, f"{_RUNTIME}/index.mjs"),
        outside=(interpreter.path, *flags, str(folder / "index.mjs")),
    )


def modules(place: Place, runtime: Program | None) -> str:
    """Where a function in Node.js finds what its runtime brings along."""
    if place.isolated or runtime is None:
        return f"{_RUNTIME}/node_modules"
    return str(sdk.place_for_node(runtime.outside[0]) or f"{runtime.prefix}/lib/node_modules")


def _node_flags(version: tuple[int, int]) -> list[str]:
    major, minor = version
    since, switched_off = _EXPERIMENTS.get(major, (0, ()))
    return ["--expose-gc", "--max-http-header-size", "81920", *(switched_off if minor >= since else ())]


def _without_what_is_asked_for(command: list[str], options: str) -> list[str]:
    """AWS's runtime does not switch off an experiment that NODE_OPTIONS switches on."""
    return [word for word in command if not (word.startswith("--no-") and "--" + word[5:] in options.split())]
