"""
The front door: one HTTP request in, one HTTP response out.

    identify → unchunk → verify → parse → validate → dispatch(Call) → answer
                    any ApiError on the way → fault, in the protocol's shape

Nothing here waits unless the dispatcher does: a call that is answered at once is answered without a task.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from windtunnel.aws.calls import Call
from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.aws.validation import check
from windtunnel.gateway import aws_chunked, cors, health
from windtunnel.gateway.data_plane import DataPlane
from windtunnel.gateway.identify import Identify, Target, Unidentified
from windtunnel.gateway.messages import Request, Response
from windtunnel.gateway.protocols import codec
from windtunnel.gateway.sigv4 import Verifier

Dispatch = Callable[[Call], "dict[str, Any] | Awaitable[dict[str, Any]]"]
Serve = Callable[[DataPlane], "Response | Awaitable[Response]"]
log = logging.getLogger(__name__)


class RequestIds(Protocol):
    """What the front needs of `Ids`."""

    def uuid(self) -> str: ...


class Front:
    """
    Turns requests into calls of `dispatch`, and data-plane requests into calls of `serve`.

    `on_bug` is told of every exception that is not an ApiError, before the client gets an InternalFailure that says
    nothing of it. `verifier` checks signatures where one is given. `status` adds to what the health page shows; `pages`
    answers other paths under `/_windtunnel/`, or None.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        serve: Serve,
        ids: RequestIds,
        identify: Identify | None = None,
        verifier: Verifier | None = None,
        on_bug: Callable[[BaseException], None] | None = None,
        status: Callable[[], dict[str, Any]] | None = None,
        pages: Callable[[Request], Response | None] | None = None,
    ):
        self._dispatch = dispatch
        self._serve = serve
        self._ids = ids
        self._identify = identify or Identify()
        self._verifier = verifier
        self._on_bug = on_bug
        self._status = status
        self._pages = pages

    def handle(self, request: Request) -> Response | Awaitable[Response]:
        """The answer to a request; never raises."""
        request_id = self._ids.uuid()
        if request.path.startswith("/_windtunnel/"):
            shown = self._pages(request) if self._pages is not None else None
            return shown or health.answer(request, self._status)
        if request.method == "OPTIONS" and cors.is_preflight(request):
            plane = self._data_plane(request)
            return cors.preflight(request) if plane is None else self._passed_on(plane, request_id)
        protocol, service, operation = "rest-json", None, None
        try:
            target = self._identify(request)
            if type(target) is DataPlane:
                return self._passed_on(target, request_id)
            assert isinstance(target, Target)
            operation, protocol = target.operation, target.protocol
            service = operation.service
            result = self._dispatch(self._call(request, target, request_id))
            if type(result) is dict:
                response: Response = codec(protocol).answer(operation, result, request_id)
            elif inspect.isawaitable(result):
                return self._later(request, target, result, request_id)
            else:
                raise TypeError(f"{service.name}.{operation.name} answered with {type(result).__name__}, not a dict")
        except Unidentified as unknown:
            service = unknown.service
            response = codec(unknown.protocol).fault(service, None, unknown.error, request_id)
        except ApiError as error:
            response = self._fault(protocol, service, operation, error, request_id)
        except Exception as bug:
            response = self._failed(protocol, service, operation, bug, request_id)
        return cors.allowed(request, response) if "origin" in request.headers else response

    def _call(self, request: Request, target: Target, request_id: str) -> Call:
        operation = target.operation
        headers = request.headers
        if self._verifier is not None:
            self._verifier.verify(request, operation.service.name)
        if "x-amz-content-sha256" in headers or "content-encoding" in headers:
            request = aws_chunked.plain(request, operation.service.name)
        params = codec(target.protocol).parse(operation, request, target.labels)
        token = operation.idempotency_token
        if token is not None and token not in params and operation.service.name not in _TOKEN_IS_WANTED:
            params[token] = self._ids.uuid()
        check(operation, params)
        return Call(
            operation.service.name,
            operation.name,
            target.account,
            target.region,
            params,
            request_id,
            target.access_key,
            headers.get("x-amzn-trace-id", ""),
            headers.get("host", ""),
            target.protocol,
        )

    async def _later(
        self, request: Request, target: Target, result: Awaitable[dict[str, Any]], request_id: str
    ) -> Response:
        operation, protocol = target.operation, target.protocol
        try:
            response: Response = codec(protocol).answer(operation, await result, request_id)
        except ApiError as error:
            response = self._fault(protocol, operation.service, operation, error, request_id)
        except Exception as bug:
            response = self._failed(protocol, operation.service, operation, bug, request_id)
        return cors.allowed(request, response) if "origin" in request.headers else response

    def _fault(
        self, protocol: str, service: Service | None, operation: Operation | None, error: ApiError, request_id: str
    ) -> Response:
        try:
            response: Response = codec(protocol).fault(service, operation, error, request_id)
        except Exception as bug:
            response = self._failed(protocol, service, operation, bug, request_id)
        return response

    def _failed(
        self, protocol: str, service: Service | None, operation: Operation | None, bug: Exception, request_id: str
    ) -> Response:
        """A bug of ours: told to whoever runs the cloud, not to the client."""
        named = f"{service.name}.{operation.name}" if service is not None and operation is not None else "a request"
        log.error("windtunnel failed in %s (request %s)", named, request_id, exc_info=bug)
        if self._on_bug is not None:
            self._on_bug(bug)
        code = "InternalError" if protocol == "rest-xml" else "InternalFailure"
        message = "We encountered an internal error. Please try again."
        error = ApiError(code, message, status=500, sender=False)
        response: Response = codec(protocol).fault(service, None, error, request_id)
        return response

    def _data_plane(self, request: Request) -> DataPlane | None:
        try:
            target = self._identify(request)
        except Unidentified:
            return None
        return target if isinstance(target, DataPlane) else None

    def _passed_on(self, target: DataPlane, request_id: str) -> Response | Awaitable[Response]:
        try:
            answer = self._serve(target)
        except Exception as bug:
            return self._failed("rest-json", None, None, bug, request_id)
        return answer if isinstance(answer, Response) else self._served(answer, request_id)

    async def _served(self, answer: Awaitable[Response], request_id: str) -> Response:
        try:
            return await answer
        except Exception as bug:
            return self._failed("rest-json", None, None, bug, request_id)


# AWS: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html#ClientRequestToken
_TOKEN_IS_WANTED = frozenset({"secretsmanager"})
