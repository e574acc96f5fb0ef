"""
`/_windtunnel/deliveries`: what the fabric delivered lately, and making it again.

    GET  /_windtunnel/deliveries        the last ones that are over, oldest first, and those that wait
    POST /_windtunnel/deliveries/<id>   one of them once more, from its first attempt
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from windtunnel.fabric.deliveries import Delivery, Fabric
from windtunnel.gateway.health import JSON, is_json, says
from windtunnel.gateway.messages import Request, Response

PATH = "/_windtunnel/deliveries"


def answer(request: Request, fabric: Fabric, new_id: Callable[[], str]) -> Response:
    id = request.path.removeprefix(PATH).strip("/")
    if request.method == "GET" and not id:
        over = [_shown(past.delivery, ended_at=past.ended_at) for past in fabric.history.all()]
        waiting = [_shown(delivery, due_at=delivery.due_at) for delivery in fabric.waiting()]
        return says(200, {"over": over, "waiting": waiting})
    if request.method == "POST" and id:
        if not is_json(request):
            return says(415, {"message": f"A delivery is asked for as {JSON}."})
        made = fabric.again(id, new_id())
        if made is None:
            return says(404, {"message": f"There is no delivery {id} (any more): only the last ones are known."})
        return says(202, _shown(made, due_at=made.due_at))
    return says(405, {"message": f"{request.method} {request.path} is not possible."})


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
