"""
The Python runtime as a program of its own, for a function whose interpreter a wrapper script starts: it is shown to the
function as /var/runtime/bootstrap.py, and speaks the Runtime API at AWS_LAMBDA_RUNTIME_API.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

import importlib.util
import json
import os
import socket
import sys

PLAN = 62
"""See `supervisor.py`. A wrapper that did not hand it on leaves us without the platform's mark, and so without frames."""


def _adopt_package():
    """This folder as the package `_windtunnel`, as in `zygote.py`."""
    folder = os.path.dirname(os.path.abspath(__file__))
    if os.path.isdir(os.path.join(folder, "_windtunnel")):
        folder = os.path.join(folder, "_windtunnel")
    spec = importlib.util.spec_from_file_location(
        "_windtunnel", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["_windtunnel"] = module
    spec.loader.exec_module(module)


def _plan():
    try:
        with open(PLAN, "rb") as file:
            return json.loads(file.read())
    except OSError:
        return {}


def _usual(environ):
    """A plan from nothing but the variables."""
    task = environ.get("LAMBDA_TASK_ROOT", "/var/task")
    version = "python%d.%d" % sys.version_info[:2]
    packages = ["/opt/python/lib/%s/site-packages" % version, "/opt/python"]
    log_format = environ.get("AWS_LAMBDA_LOG_FORMAT", "Text")
    level = environ.get("AWS_LAMBDA_LOG_LEVEL", "")
    return {
        "mark": "",
        "task": task,
        "task_path": [task] + packages,
        "handler": environ["_HANDLER"],
        "log_format": log_format,
        "log_level": level if log_format == "JSON" else "",
    }


def main():
    plan = _plan()
    _adopt_package()
    from _windtunnel import audit, bootstrap, client, imports

    environ = dict(os.environ)
    plan = dict(_usual(environ), **plan)
    plan.update(environ=environ, handler=environ["_HANDLER"], runtime_path=["/var/runtime"])
    own = sys.prefix + "/"
    sys.path[:] = [
        p for p in sys.path[1:] if not (p.startswith(own) and p.endswith(("site-packages", "dist-packages")))
    ]
    if plan.get("sdk"):
        sys.meta_path.append(imports.Offer(plan["sdk"]))
        plan["runtime_path"] = []
    host, _, port = environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
    connection = client.Client(socket.create_connection((host, int(port))))
    watched = audit.Audit()
    watched.watch()
    timed = imports.Imports()
    timed.watch()
    bootstrap.attach_output()
    try:
        bootstrap.Function(connection, plan, watched, timed).live()
    except client.Closed:
        os._exit(0)


if __name__ == "__main__":
    main()
