"""
`/_windtunnel/deliveries`: what the fabric delivered lately, and making it again.

    GET  /_windtunnel/deliveries        the last ones that are over, oldest first, and those that wait
    POST /_windtunnel/deliveries/<id>   one of them once more, from its first attempt
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.fabric.deliveries import Delivery, Fabric
from windtunnel.gateway.messages import Request, Response

PATH = "/_windtunnel/deliveries"
_JSON = "application/json"


def answer(request: Request, fabric: Fabric, new_id: Callable[[], str]) -> Response:
    id = request.path.removeprefix(PATH).strip("/")
    if request.method == "GET" and not id:
        over = [_shown(past.delivery, ended_at=past.ended_at) for past in fabric.history.all()]
        waiting = [_shown(delivery, due_at=delivery.due_at) for delivery in fabric.waiting()]
        return _says(200, {"over": over, "waiting": waiting})
    if request.method == "POST" and id:
        if request.headers.get("content-type", "").partition(";")[0] != _JSON:  # no page of another site can send that
            return _says(415, {"message": f"A delivery is asked for as {_JSON}."})
        made = fabric.again(id, new_id())
        if made is None:
            return _says(404, {"message": f"There is no delivery {id} (any more): only the last ones are known."})
        return _says(202, _shown(made, due_at=made.due_at))
    return _says(405, {"message": f"{request.method} {request.path} is not possible."})


def _shown(delivery: Delivery, **when: float) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "service": delivery.service,
        "target": delivery.target,
        "accepted_at": delivery.accepted_at,
        "attempts": delivery.attempts,
        "bytes": len(delivery.payload),
        **when,
    }


def _says(status: int, content: dict[str, Any]) -> Response:
    return Response(status, [("Content-Type", _JSON), ("Cache-Control", "no-store")], msgspec.json.encode(content))
