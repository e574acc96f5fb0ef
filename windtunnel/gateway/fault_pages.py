"""
`/_windtunnel/faults`: the faults of a running cloud, for commands and scripts.

    GET    /_windtunnel/faults         those at work, and how often each struck
    POST   /_windtunnel/faults         one more: a JSON object with the fields of `fabric/faults.py`
    DELETE /_windtunnel/faults[/<id>]  one of them, or all
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.fabric.faults import Fault, Faults, InvalidFault
from windtunnel.gateway.messages import Request, Response

PATH = "/_windtunnel/faults"
_JSON = "application/json"


def answer(request: Request, faults: Faults) -> Response:
    id = request.path.removeprefix(PATH).strip("/")
    if request.method == "GET" and not id:
        return _says(200, {"faults": [{**msgspec.to_builtins(a.fault), "struck": a.struck} for a in faults.active]})
    if request.method == "DELETE":
        if not id:
            faults.clear()
        elif not faults.remove(id):
            return _says(404, {"message": f"There is no fault {id}."})
        return _says(200, {})
    if request.method == "POST" and not id:
        return _added(request, faults)
    return _says(405, {"message": f"{request.method} {request.path} is not possible."})


def _added(request: Request, faults: Faults) -> Response:
    """Only JSON that says so: a page of some other site cannot send that without asking first."""
    if request.headers.get("content-type", "").partition(";")[0] != _JSON:
        return _says(415, {"message": f"A fault is sent as {_JSON}."})
    try:
        fault = faults.add(msgspec.json.decode(request.body, type=Fault))
    except (msgspec.DecodeError, InvalidFault) as problem:
        return _says(400, {"message": str(problem)})
    return _says(201, msgspec.to_builtins(fault))


def _says(status: int, content: dict[str, Any]) -> Response:
    return Response(status, [("Content-Type", _JSON), ("Cache-Control", "no-store")], msgspec.json.encode(content))
