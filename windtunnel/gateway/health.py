"""`/_windtunnel/health`: whether the endpoint is there, for people, scripts and load balancers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from windtunnel.gateway.messages import Request, Response

PATH = "/_windtunnel/health"
_JSON = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]


def answer(request: Request, status: Callable[[], dict[str, Any]] | None) -> Response:
    """The health page; 404 for anything else under `/_windtunnel/`."""
    if request.path.rstrip("/") != PATH:
        message = f"There is nothing at {request.path}. The health page is {PATH}."
        return Response(404, list(_JSON), msgspec.json.encode({"message": message}))
    shown = {"status": "running", **(status() if status is not None else {})}
    return Response(200, list(_JSON), msgspec.json.encode(shown))
