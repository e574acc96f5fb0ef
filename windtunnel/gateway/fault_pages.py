"""
`/_windtunnel/faults`: the faults of a running cloud, for commands and scripts.

    GET    /_windtunnel/faults         those at work, and how often each struck
    POST   /_windtunnel/faults         one more: a JSON object with the fields of `fabric/faults.py`
    DELETE /_windtunnel/faults[/<id>]  one of them, or all
"""

from __future__ import annotations

import msgspec

from windtunnel.fabric.faults import Fault, Faults, InvalidFault
from windtunnel.gateway.health import JSON, is_json, says
from windtunnel.gateway.messages import Request, Response

PATH = "/_windtunnel/faults"


def answer(request: Request, faults: Faults) -> Response:
    id = request.path.removeprefix(PATH).strip("/")
    if request.method == "GET" and not id:
        return says(200, {"faults": [{**msgspec.to_builtins(a.fault), "struck": a.struck} for a in faults.active]})
    if request.method == "DELETE":
        if not id:
            faults.clear()
        elif not faults.remove(id):
            return says(404, {"message": f"There is no fault {id}."})
        return says(200, {})
    if request.method == "POST" and not id:
        return _added(request, faults)
    return says(405, {"message": f"{request.method} {request.path} is not possible."})


def _added(request: Request, faults: Faults) -> Response:
    if not is_json(request):
        return says(415, {"message": f"A fault is sent as {JSON}."})
    try:
        fault = faults.add(msgspec.json.decode(request.body, type=Fault))
    except (msgspec.DecodeError, InvalidFault) as problem:
        return says(400, {"message": str(problem)})
    return says(201, msgspec.to_builtins(fault))
