"""`--debug`: which function waits for a debugger, whether that can be, and how an editor attaches to it."""

from __future__ import annotations

import json
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windtunnel.cli.main import Problem
from windtunnel.engine.spec import Debug

if TYPE_CHECKING:
    from windtunnel.aws.home import Home
    from windtunnel.deploy.application import Deployment


async def begin(home: Home, deployment: Deployment, function: str, port: int) -> str:
    """What to tell the user. Raises Problem when there is no such function, no debugger for it, or no such port."""
    functions = {
        key: name for key, name in deployment.physical.items() if deployment.types[key] == "AWS::Lambda::Function"
    }
    name = functions.get(function, function)
    if name not in functions.values():
        raise Problem(
            f"There is no function {function} to debug. This application has: {', '.join(sorted(functions))}."
        )
    config = await home.call("lambda", "GetFunctionConfiguration", {"FunctionName": name})
    runtime = config.get("Runtime", "")
    _check_port(port)
    debug = Debug(port, _debugpy() if runtime.startswith("python") else "")
    if not runtime.startswith(("python", "nodejs")):
        raise Problem(f"{function} runs on {runtime}; a debugger can be attached to functions in Python and Node.js.")
    invocations: Any = home.service("lambda").nouns["Invocations"]
    await invocations.debug(name, debug)
    return f"  {function} waits for a debugger at 127.0.0.1:{port}. For VS Code, in .vscode/launch.json:\n{_snippet(runtime, port)}"


def _debugpy() -> str:
    found = find_spec("debugpy")
    if found is None or found.origin is None:
        raise Problem(
            "debugpy is not installed beside windtunnel, and functions in Python are debugged with it. "
            "Install it: pip install 'windtunnel[debug]', or pip install debugpy."
        )
    return str(Path(found.origin).parent)


def _check_port(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            raise Problem(f"Port {port} is in use. Choose another for the debugger with --debug-port.") from None


def _snippet(runtime: str, port: int) -> str:
    configuration: dict[str, Any] = {"name": "windtunnel", "request": "attach"}
    if runtime.startswith("python"):
        folders = [{"localRoot": "${workspaceFolder}/src", "remoteRoot": "/var/task"}]
        configuration |= {"type": "debugpy", "connect": {"host": "127.0.0.1", "port": port}, "pathMappings": folders}
    else:
        configuration |= {"type": "node", "address": "127.0.0.1", "port": port}
        configuration |= {"localRoot": "${workspaceFolder}/src", "remoteRoot": "/var/task"}
    return f"    {json.dumps(configuration)}\n  with the function's own folder as localRoot."
