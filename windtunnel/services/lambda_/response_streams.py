"""Invoking functions whose answer is read while they write it. AWS: lambda/latest/dg/configuration-response-streaming.html"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.engine.spec import Outcome
from windtunnel.engine.streaming import Stream
from windtunnel.services.lambda_ import names, payloads
from windtunnel.services.lambda_.functions import LambdaTables

EVENT_STREAM = "application/vnd.amazon.eventstream"


class Streamed(NamedTuple):
    """An invocation that has begun to answer; `outcome` is done when it has ended."""

    version: str
    content_type: str
    """As the function said; empty when it ended without an answer."""
    stream: Stream
    outcome: asyncio.Task[Outcome]


class ResponseStreams(LambdaTables):
    async def invoke_with_response_stream(
        self, ctx, FunctionName, InvocationType="RequestResponse", LogType="None", ClientContext=None, Qualifier=None,
        Payload=b"",
    ):  # fmt: skip
        named = names.parse(FunctionName, Qualifier)
        function, _ = self.function_named(FunctionName, Qualifier)
        if InvocationType == "DryRun":
            self.configuration_of(function.name, named.qualifier)
            return {"StatusCode": 204}
        payload = payloads.checked(Payload, payloads.MAXIMUM_SYNC_BYTES)
        context, tail = payloads.client_context(ClientContext), LogType == "Tail"
        begun = await self.begin(function.name, named.qualifier, payload, ctx.request_id, ctx.trace, context, tail)
        return {
            "StatusCode": 200,
            "ExecutedVersion": begun.version,
            "ResponseStreamContentType": EVENT_STREAM,
            "EventStream": _events(begun, tail),
        }

    async def begin(
        self,
        name: str,
        qualifier: str,
        payload: bytes,
        request_id: str,
        trace: str,
        client_context: str = "",
        tail: bool = False,
    ) -> Streamed:
        """Returns when the function begins to answer, or has ended. Raises ApiError as Invoke does."""
        stream = Stream()
        version: list[str] = []

        async def run() -> Outcome | ApiError:
            try:
                _, outcome = await self.noun("Invocations").run(
                    name, qualifier, payload, request_id, trace, client_context, tail, counts_as_request=True,
                    stream=stream, chosen=lambda config: version.append(config.version),
                )  # fmt: skip
                return outcome
            except ApiError as refused:
                return refused
            finally:
                stream.end()

        work = self.home.spawn(run(), f"streamed invocation of {name}")
        content_type = await stream.begun()
        if not content_type and isinstance(ended := await work, ApiError):
            raise ended
        return Streamed(version[0], content_type, stream, work)


async def _events(begun: Streamed, tail: bool) -> AsyncIterator[dict[str, Any]]:
    async for part in begun.stream:
        yield {"PayloadChunk": {"Payload": part}}
    outcome = await begun.outcome
    complete: dict[str, Any] = {}
    if outcome.error:
        complete = {"ErrorCode": _error_type(outcome.payload), "ErrorDetails": outcome.payload.decode()}
    if tail:
        complete["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    yield {"InvokeComplete": complete}


def _error_type(payload: bytes) -> str:
    try:
        failure = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return "Unhandled"
    return str(failure.get("errorType") or "Unhandled") if isinstance(failure, dict) else "Unhandled"
