"""A front door for tests: it keeps the calls, and answers them as it is told."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.calls import Call
from windtunnel.gateway.data_plane import DataPlane
from windtunnel.gateway.front import Front
from windtunnel.gateway.messages import Request, Response

ID = "11111111-2222-3333-4444-555555555555"


class Ids:
    """Always the same id."""

    def uuid(self) -> str:
        return ID


class Door:
    """`answers` maps operations to a result, an exception, or a function of the call."""

    def __init__(self, answers: dict[str, Any] | None = None, **settings: Any):
        self.calls: list[Call] = []
        self.planes: list[DataPlane] = []
        self.bugs: list[BaseException] = []
        self._answers = answers or {}
        self.front = Front(self._dispatch, self._serve, Ids(), on_bug=self.bugs.append, **settings)

    def __call__(self, request: Request) -> Any:
        return self.front.handle(request)

    def _dispatch(self, call: Call) -> Any:
        self.calls.append(call)
        answer = self._answers.get(call.operation, {})
        if isinstance(answer, BaseException):
            raise answer
        return answer(call) if callable(answer) else answer

    def _serve(self, plane: DataPlane) -> Response:
        self.planes.append(plane)
        return Response(200, [], plane.rest_of_path.encode())


def signed(service: str, region: str = "us-east-1", key: str = "AKIAIOSFODNN7EXAMPLE") -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={key}/20240501/{region}/{service}/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=00"
    )


def json_call(target: str, body: bytes, service: str = "sqs", **headers: str) -> Request:
    """A call in one of the json protocols."""
    fixed = {"host": "localhost:4566", "x-amz-target": target, "authorization": signed(service)}
    return Request(
        "POST", "/", "", {**fixed, **{name.replace("_", "-"): value for name, value in headers.items()}}, body
    )
