"""`/_windtunnel/health`: whether the endpoint is there, for people, scripts and load balancers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.gateway.messages import Request, Response

PATH = "/_windtunnel/health"
JSON = "application/json"


def answer(request: Request, status: Callable[[], dict[str, Any]] | None) -> Response:
    """The health page; 404 for anything else under `/_windtunnel/`."""
    if request.path.rstrip("/") != PATH:
        message = f"There is nothing at {request.path}. The health page is {PATH}."
        return says(404, {"message": message})
    shown = {"status": "running", **(status() if status is not None else {})}
    return says(200, shown)


def says(status: int, content: dict[str, Any]) -> Response:
    """A page of ours, as JSON."""
    return Response(status, [("Content-Type", JSON), ("Cache-Control", "no-store")], msgspec.json.encode(content))


def is_json(request: Request) -> bool:
    """Whether it says that it is JSON: a page of some other site cannot send that without asking first."""
    return request.headers.get("content-type", "").partition(";")[0] == JSON
